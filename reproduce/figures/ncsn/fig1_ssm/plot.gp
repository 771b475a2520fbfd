# SPDX-License-Identifier: Apache-2.0
# Figure 1, middle and right, of Song & Ermon (2019)   ->   folder/fig1_ssm.png
picture_width = 1500.0; picture_height = 660.0
load here.'/style.gp'
set grid linecolor rgb '#dddddd' linewidth 0.8
set xlabel 'iteration' offset 0, 0.3
set multiplot
eval heading(22)
eval running(66)
bound = -15.36                                                                      # -D/(2 σ²), in millions
do for [k = 1:2] {
    eval panel(105 + (k - 1) * 735, 75, 620, 420)
    set title (k == 1 ? 'CIFAR-10' : 'CIFAR-10 + N(0, 0.0001)').(exists('variant_cifar10') ? '  ('.variant_cifar10.')' : '') offset 0, -0.5 font ',19'
    set ylabel 'loss, in millions' offset -0.6, 0
    if (k == 2) {
        set yrange [-16.5:1]
        set label 1 'least possible with this noise' at graph 0.97, first bound + 0.5 right font ',15' textcolor rgb grey
    } else { set label 1 'dashed: the least that the other panel can reach; the scales differ' at graph 0.03, graph 0.06 left font ',15' textcolor rgb grey }
    plot folder.'/curves.txt' using 1:(column(k + 1) / 1e6) with lines linewidth 1 linecolor rgb (k == 1 ? red : blue), \
         '' using 1:(bound) with lines linewidth 1 dashtype 2 linecolor rgb grey noautoscale
    @no_heading
}
unset multiplot
