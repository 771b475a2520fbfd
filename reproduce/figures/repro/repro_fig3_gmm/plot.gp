# SPDX-License-Identifier: Apache-2.0
# Figure 3 of the reproduction report   ->   folder/repro_fig3_gmm.png
picture_width = 1500.0; picture_height = 490.0
load here.'/style.gp'
set xrange [-10:10]; set yrange [-10:10]
set xtics -5, 5, 5; set ytics -5, 5, 5
variants = 'exact langevin'                                                         # and two of those that were run
do for [name in 'report code corrected'] {
    if (words(variants) < 4 && exists(name.'_upper_mode')) { variants = variants.' '.name }
}
title_of(name) = name eq 'exact' ? '(a)  exact samples' : name eq 'langevin' ? '(b)  Langevin dynamics' : \
    name eq 'report' ? '(c)  annealed, σ from 20 to e^{0.1}' : name eq 'code' ? '(d)  annealed, σ from 20 to 1' : 'annealed, σ from 10 to 0.1'
set multiplot
eval heading(21)
do for [k = 1:words(variants)] {
    name = word(variants, k)
    eval panel(60 + (k - 1) * 365, 55, 330, 330)
    set title title_of(name) offset 0, -0.5 font ',19'
    if (exists(name.'_upper_mode')) {
        set label 2 'upper mode  '.value(name.'_upper_mode') at graph 0.97, graph 0.50 right font ',15' textcolor rgb grey
        set label 3 'deviation  '.value(name.'_upper_deviation') at graph 0.97, graph 0.43 right font ',15' textcolor rgb grey
        eval 'plot '.points_of(sprintf('%s_seed%d', name, first_seed))." linecolor rgb 'black'"
    }
    @no_heading
}
unset multiplot
