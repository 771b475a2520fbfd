# SPDX-License-Identifier: Apache-2.0
# Figure 3 of the reproduction report   ->   folder/repro_fig3_gmm.png
picture_width = 1500.0; picture_height = 600.0
load here.'/style.gp'
set xrange [-10:10]; set yrange [-10:10]
set xtics -10, 5; set ytics -10, 5
last = exists('code_upper_mode') ? 'code' : 'corrected'
set multiplot
eval heading(21)
do for [k = 1:3] {
    name = word('exact langevin '.last, k)
    eval panel(60 + (k - 1) * 490, 55, 435, 435)
    set title word('"(a)  exact samples" "(b)  Langevin dynamics, ε = 0.1" "(c)  annealed Langevin dynamics, ε = '.(last eq "code" ? "0.1" : "0.003").'"', k) offset 0, -0.5 font ',19'
    if (exists(name.'_upper_mode')) {
        set label 2 'upper mode  '.value(name.'_upper_mode') at graph 0.05, graph 0.93 left textcolor rgb grey
        eval 'plot '.points_of(sprintf('%s_seed%d', name, first_seed))." linecolor rgb 'black'"
    }
    @no_heading
}
unset multiplot
