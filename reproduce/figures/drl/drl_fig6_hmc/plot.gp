# SPDX-License-Identifier: Apache-2.0
# Figure 6 of diffusion recovery likelihood   ->   folder/drl_fig6_hmc.png
picture_width = 1700.0; picture_height = 660.0
load here.'/style.gp'
set grid linecolor rgb '#dddddd' linewidth 0.8
set multiplot layout 1, 3 margins 0.05, 0.985, 0.14, 0.78 spacing 0.065
eval heading(21)
eval running(66)
set xlabel 'level t' offset 0, 0.3
set ylabel 'step h' offset 1, 0
set title 'adapted step' font ',18'
plot folder.'/levels.txt' using 1:2 with lines linewidth 2 linecolor rgb blue
@no_heading
set ylabel 'acceptance'
set yrange [0:1]
set title 'acceptance; grey: of the chains that adapted it' font ',18'
plot folder.'/levels.txt' using 1:3 with lines linewidth 1 linecolor rgb '#aaaaaa', '' using 1:4 with lines linewidth 2 linecolor rgb blue, \
     0.6 with lines dashtype (6,4) linecolor rgb grey, 0.9 with lines dashtype (6,4) linecolor rgb grey
set yrange [*:*]
set logscale x 2
set xlabel 'samples'; set ylabel 'ln Z'
set title 'estimates of ln Z' font ',18'
set key bottom right
names = 'one ten fifty'; titles = '"1 move a level" "more moves" "50 moves"'; colours = '#1f3b73 #b2182b #2b8c5a'
shown = exists('fifty_last') ? 3 : 2
plot for [k = 1:shown] '<cat '.folder.'/'.word(names, k).'_curve.txt 2>/dev/null' using 1:2 with linespoints pointtype 7 linewidth 2 \
    linecolor rgb word(colours, k) title word(titles, k)
unset multiplot
