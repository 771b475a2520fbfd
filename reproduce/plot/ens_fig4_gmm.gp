# SPDX-License-Identifier: Apache-2.0
# Figure 4 of the report on denoising score matching   ->   folder/ens_fig4_gmm.png
picture_width = 1500.0; picture_height = 600.0
set terminal pngcairo size 1500,600 font 'Liberation Serif,17' linewidth 1.3 enhanced
load here.'/style.gp'
load folder.'/numbers.gp'
set output folder.'/ens_fig4_gmm.png'
unset key
set xrange [-10:10]; set yrange [-10:10]
set xtics -10, 5; set ytics -10, 5
set multiplot
set label 100 'Langevin dynamics misses the weights of the modes, annealed Langevin dynamics finds them' at screen 0.5, screen 0.95 center font ',21'
do for [k = 1:3] {
    eval panel(60 + (k - 1) * 490, 55, 435, 435)
    set title word('exact_samples Langevin_dynamics annealed_Langevin_dynamics', k) offset 0, -0.5 font ',19' noenhanced
    set title system("echo '".word('exact_samples Langevin_dynamics annealed_Langevin_dynamics', k)."' | tr _ ' '")
    set label 2 'upper mode  '.value(word('exact langevin annealed', k).'_upper_mode') at graph 0.05, graph 0.93 left textcolor rgb grey
    eval 'plot '.points_of(word('exact langevin annealed', k)).' linecolor rgb blue'
    unset label 100
}
unset multiplot
