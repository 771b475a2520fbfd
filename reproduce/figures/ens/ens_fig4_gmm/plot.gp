# SPDX-License-Identifier: Apache-2.0
# Figure 4 of the report on denoising score matching   ->   folder/ens_fig4_gmm.png
picture_width = 1500.0; picture_height = 600.0
load here.'/style.gp'
set xrange [-10:10]; set yrange [-10:10]
set xtics -10, 5; set ytics -10, 5
set multiplot
eval heading(21)
do for [k = 1:3] {
    eval panel(60 + (k - 1) * 490, 55, 435, 435)
    set title word('"exact samples" "Langevin dynamics" "annealed Langevin dynamics"', k) offset 0, -0.5 font ',19'
    set label 2 'upper mode  '.value(word('exact langevin annealed', k).'_upper_mode') at graph 0.05, graph 0.93 left textcolor rgb grey
    eval 'plot '.points_of(word('exact langevin annealed', k)).' linecolor rgb blue'
    @no_heading
}
unset multiplot
