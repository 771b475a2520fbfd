# SPDX-License-Identifier: Apache-2.0
# Figure 7 of the report on denoising score matching   ->   folder/ens_fig7_noise.png
picture_width = 1700.0; picture_height = 450.0
load here.'/style.gp'
set xrange [-20:20]; set yrange [-20:20]
set xtics -10, 10, 10; set ytics -20, 10
set multiplot
eval heading(21)
do for [k = 1:5] {
    eval panel(55 + (k - 1) * 330, 45, 300, 300)
    set format y (k == 1 ? '%g' : '')
    set title (k == 1 ? 'the data' : 'σ = '.word('0 1 2 4 8', k)) offset 0, -0.6 font ',19'
    eval 'plot '.points_of('sigma'.word('0 1 2 4 8', k)).' linecolor rgb blue'
    @no_heading
}
unset multiplot
