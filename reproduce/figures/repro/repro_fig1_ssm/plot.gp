# SPDX-License-Identifier: Apache-2.0
# Figure 1 of the reproduction report   ->   folder/repro_fig1_ssm.png
picture_width = 1680.0; picture_height = 1150.0
load here.'/style.gp'
set grid linecolor rgb '#dddddd' linewidth 0.8
set xlabel 'iteration' offset 0, 0.3
set ylabel 'loss, in millions' offset -0.6, 0
bound = -15.36                                                                      # -D/(2 σ²) for σ = 0.01, in millions
data = 'CIFAR-10'.(exists('variant_cifar10') ? ' ('.variant_cifar10.')' : '')
# Each panel has its own scale, and shows the bound where it is within, so that a curve that falls is not drawn flat beside one that falls below it.
titles = '"images as they are" "perturbed as coded, σ = 0.0001" "perturbed as meant, σ = 0.01" "images as they are" "perturbed as meant, σ = 0.01"'
colours = red.' '.red.' '.blue.' '.red.' '.blue
set multiplot
eval heading(21)
eval running(66)
set label 102 'batch normalisation frozen, as coded' at screen 0.5, screen 1 - 105 / picture_height center font ',18'
set label 103 'batch normalisation by the batch' at screen 0.5, screen 1 - 630 / picture_height center font ',18'
do for [k = 1:5] {
    row = k > 3
    eval panel(105 + (row ? k - 4 : k - 1) * 545 + (row ? 270 : 0), row ? 85 : 620, 440, 350)
    set title sprintf('(%s)  ', word('a b c d e', k)).word(titles, k) offset 0, -0.5 font ',18'
    noisy = k == 3 || k == 5
    if (noisy) {
        set yrange [-16.5:1]
        set label 1 'least possible with this noise' at graph 0.97, first bound + 0.7 right font ',15' textcolor rgb grey
    } else {
        set autoscale y
        set label 1 'deviation over mean of the second half:  '.value(word('clean_fluctuation coded_fluctuation - live_clean_fluctuation -', k)) \
            at graph 0.03, graph 0.07 left font ',14' textcolor rgb grey
    }
    plot folder.'/curves.txt' using 1:(column(k + 1) / 1e6) with lines linewidth 1 linecolor rgb word(colours, k), \
         '' using 1:(bound) with lines linewidth 1 dashtype 2 linecolor rgb grey noautoscale
    @no_heading; unset label 102; unset label 103
}
unset multiplot
