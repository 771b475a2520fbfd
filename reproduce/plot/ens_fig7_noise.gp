# SPDX-License-Identifier: Apache-2.0
# Figure 7 of the report on denoising score matching   ->   folder/ens_fig7_noise.png
picture_width = 1700.0; picture_height = 450.0
set terminal pngcairo size 1700,450 font 'Liberation Serif,17' linewidth 1.3 enhanced
load here.'/style.gp'
set output folder.'/ens_fig7_noise.png'
unset key
set xrange [-20:20]; set yrange [-20:20]
set xtics -10, 10, 10; set ytics -20, 10
set multiplot
set label 100 'A mixture of three Gaussians under growing noise' at screen 0.5, screen 0.94 center font ',21'
do for [k = 1:5] {
    eval panel(55 + (k - 1) * 330, 45, 300, 300)
    set format y (k == 1 ? '%g' : '')
    set title (k == 1 ? 'the data' : 'σ = '.word('0 1 2 4 8', k)) offset 0, -0.6 font ',19'
    eval 'plot '.points_of('sigma'.word('0 1 2 4 8', k)).' linecolor rgb blue'
    unset label 100
}
unset multiplot
