# SPDX-License-Identifier: Apache-2.0
# Figure 2 from what the program fig2_scores wrote   ->   folder/fig2_scores.png
picture_width = 1500.0; picture_height = 640.0
load here.'/style.gp'
set format '%h'

square(x) = panel(x, 131, 425, 425)
set xrange [-8.6:8.6]; set yrange [-8.6:8.6]
set xtics -8, 4; set ytics -8, 4
set label 1 at graph 0.5, graph -0.155 center font ',19'
set label 2 at graph 0.5, graph -0.225 center font ',15.5' textcolor rgb grey

if (name ne 'fig2_scores') {                                                        # the report names its axes
    set label 3 'x' at graph 0.87, graph -0.065 center; set label 4 'y' at graph -0.065, graph 0.87 center
}
set multiplot
eval heading(22)
eval square(50)
set palette defined (0 '#000004', 1 '#1b0c41', 2 '#4a0c6b', 3 '#781c6d', 4 '#a52c60', 5 '#cf4446', 6 '#ed6925', 7 '#fb9b06', 8 '#f7d13d', 9 '#fcffa4')
unset colorbox
set label 1 '(a)  density of the data'
set label 2 '0.2 N((−5, −5), I) + 0.8 N((5, 5), I)'
set xrange [-8:8]; set yrange [-8:8]
plot folder.'/density.txt' using 1:2:3 with image
@no_heading

# Arrows start at their point, as long as the score in units of which the longest fills 1.3 cells of the grid.
cell = 16 / 19.0
stats folder.'/fields.txt' using (sqrt($3 ** 2 + $4 ** 2)) nooutput
scale = 1.3 * cell / STATS_max
set xrange [-8.6:8.6]; set yrange [-8.6:8.6]
set style arrow 1 head filled size screen 0.0042,22,60 linewidth 0.9 linecolor rgb blue
eval square(554)
set label 1 '(b)  exact score ∇ log p(x)'
set label 2 'arrows begin at their point; one scale for (b) and (c)'
plot folder.'/fields.txt' using 1:2:(scale * $3):(scale * $4) with vectors arrowstyle 1

eval square(1058)
set label 1 '(c)  learned score s(x)'
set label 2 'mean error '.word(error_near, 1).' near the modes, '.word(error_far, 1).' far from them'
do for [i = 0:1] { set object 1 + i rectangle center 10 * i - 5, 10 * i - 5 size 5, 5 front fillstyle empty border linecolor rgb '#d62728' linewidth 2.2 }
plot folder.'/fields.txt' using 1:2:(scale * $5):(scale * $6) with vectors arrowstyle 1
unset multiplot
