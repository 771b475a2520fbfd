# SPDX-License-Identifier: Apache-2.0
# Figure 6 of the report on denoising score matching   ->   folder/ens_fig6_ecdf.png
picture_width = 900.0; picture_height = 640.0
set terminal pngcairo size 900,640 font 'Liberation Serif,17' linewidth 1.4 enhanced
load here.'/style.gp'
set output folder.'/ens_fig6_ecdf.png'
set xrange [-15:15]; set yrange [0:1]
set xlabel 'first coordinate' offset 0, 0.3
set ylabel 'fraction of points below' offset 1, 0
set grid linecolor rgb '#dddddd' linewidth 0.8
set key bottom right spacing 1.25 samplen 2
set title 'The steps of the distribution function melt as the noise grows' font ',20'
colours = blue.' '.green.' '.orange.' '.red
plot for [k = 0:3] folder.'/curves.txt' index k using 1:3 with lines linewidth 4 linecolor rgb '#d0d0d0' notitle, \
     for [k = 0:3] folder.'/curves.txt' index k using 1:2 with lines linewidth 1.4 linecolor rgb word(colours, k + 1) title sprintf('σ = %d', 2**k), \
     NaN with lines linewidth 4 linecolor rgb '#d0d0d0' title 'exact'
