# SPDX-License-Identifier: Apache-2.0
# Figure 1 of the report on denoising score matching   ->   folder/ens_fig1_process.png
picture_width = 1560.0; picture_height = 640.0
set terminal pngcairo size 1560,640 font 'Liberation Serif,17' linewidth 1.3 enhanced
load here.'/style.gp'
set output folder.'/ens_fig1_process.png'
unset key; unset colorbox
set xrange [-10:10]; set yrange [-10:10]
set xtics -10, 5; set ytics -10, 5
names = 'sigma8 sigma2 last'; levels = '8 2 0.25'
set multiplot
set label 100 'Annealed score matching: the noise goes, and the chains follow the density' at screen 0.5, screen 0.95 center font ',22'
do for [k = 1:3] {
    name = word(names, k)
    eval panel(60 + (k - 1) * 510, 60, 460, 460)
    set title 'σ = '.word(levels, k) offset 0, -0.5 font ',19'
    longest = k == 1 ? 0.06 : k == 2 ? 0.9 : 6.0
    eval sprintf("plot '%s/%s_density.txt' with image, %s linecolor rgb '#b2182b', '%s/%s_score.txt' using ($1-0.45*$3/(abs($3)+abs($4)+%g)):($2-0.45*$4/(abs($3)+abs($4)+%g)):(0.9*$3/(abs($3)+abs($4)+%g)):(0.9*$4/(abs($3)+abs($4)+%g)) with vectors head filled size 0.25,20 linewidth 1 linecolor rgb '#333333'", \
        folder, name, points_of(name), folder, name, longest, longest, longest, longest)
    unset label 100
}
unset multiplot
