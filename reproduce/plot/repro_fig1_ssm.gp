# SPDX-License-Identifier: Apache-2.0
# Figure 1 of the reproduction report   ->   folder/repro_fig1_ssm.png
picture_width = 1500.0; picture_height = 1120.0
set terminal pngcairo size 1500,1120 font 'Liberation Serif,17' linewidth 1.3 enhanced
load here.'/style.gp'
load folder.'/numbers.gp'
set output folder.'/repro_fig1_ssm.png'
unset key
set grid linecolor rgb '#dddddd' linewidth 0.8
set xlabel 'iteration' offset 0, 0.3
set ylabel 'loss, in millions' offset -0.6, 0
curves = folder.'/curves.txt'
loss(k) = sprintf("curves using 1:(column(%d) / 1e6) with lines linewidth 1", k)
bound = -15.36
set multiplot
set label 100 'The report’s network, too, settles only with the noise that was meant, σ = 0.01, not with that of its program, σ = 0.0001' \
    at screen 0.5, screen 0.971 center font ',21'
eval panel(105, 625, 600, 385)
set title '(a)  CIFAR-10' offset 0, -0.5 font ',19'
eval 'plot '.loss(2).' linecolor rgb red'
unset label 100

eval panel(860, 625, 600, 385)
set title '(b)  perturbed as coded, σ = 0.0001'
eval 'plot '.loss(3).' linecolor rgb red'

eval panel(105, 85, 600, 385)
set title '(c)  perturbed as meant, σ = 0.01'
set yrange [-16.5:1]
set arrow 1 from graph 0, first bound to graph 1, first bound nohead dashtype 2 linecolor rgb grey
set label 1 'least possible with this noise' at graph 0.97, first bound + 0.6 right font ',15' textcolor rgb grey
eval 'plot '.loss(4).' linecolor rgb blue'
unset arrow 1; unset label 1
set autoscale y

eval panel(860, 85, 600, 385)
set title '(d)  batch normalisation by the batch, not frozen'
set key bottom left font ',15' samplen 2 textcolor rgb '#333333'
eval 'plot '.loss(5).' linecolor rgb red title "CIFAR-10", '.loss(6).' linecolor rgb blue title "σ = 0.01"'
unset multiplot
