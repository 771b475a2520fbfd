# SPDX-License-Identifier: Apache-2.0
# Figure 1 of the report on denoising score matching   ->   folder/ens_fig1_process.png
picture_width = 1560.0; picture_height = 640.0
load here.'/style.gp'
unset colorbox
set xrange [-10:10]; set yrange [-10:10]
set xtics -10, 5; set ytics -10, 5
levels = '8 2 0.25'
parts = 'sigma8 sigma2 last'
# One compression for all panels: an arrow about its point, of length |s|/(|s| + 0.3).
arrow(a, b, part) = 1.1 * part / (sqrt(a ** 2 + b ** 2) + 0.3)
set multiplot
eval heading(22)
set label 102 'arrows: the score s, of length |s|/(|s| + 0.3) in every panel; red: the chains; blue: the density' at screen 0.5, screen 1 - 66 / picture_height \
    center font ',16' textcolor rgb grey
do for [k = 1:3] {
    part = word(parts, k)
    eval panel(60 + (k - 1) * 510, 50, 460, 460)
    set title 'σ = '.word(levels, k) offset 0, -0.5 font ',19'
    eval sprintf("plot '%s/%s_density.txt' with image, ", folder, part).points_of(part).sprintf(" linecolor rgb red, '%s/%s_score.txt' ", folder, part). \
        "using ($1-arrow($3,$4,$3)/2):($2-arrow($3,$4,$4)/2):(arrow($3,$4,$3)):(arrow($3,$4,$4)) with vectors head filled size 0.25,20 linewidth 1 linecolor rgb '#333333'"
    @no_heading; unset label 102
}
unset multiplot
