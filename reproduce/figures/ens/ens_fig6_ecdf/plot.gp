# SPDX-License-Identifier: Apache-2.0
# Figure 6 of the report on denoising score matching   ->   folder/ens_fig6_ecdf.png
picture_width = 900.0; picture_height = 640.0
load here.'/style.gp'
set xrange [-15:15]; set yrange [0:1]
set xlabel 'first coordinate' offset 0, 0.3
set ylabel 'fraction of points below' offset 1, 0
set grid linecolor rgb '#dddddd' linewidth 0.8
set key bottom right spacing 1.25 samplen 2
set title figure_title font ',20'
colours = blue.' '.green.' '.orange.' '.red.' black'
plot for [k = 0:4] folder.'/curves.txt' index k using 1:3 with lines linewidth 4 linecolor rgb '#d0d0d0' notitle, \
     for [k in '4 0 1 2 3'] folder.'/curves.txt' index int(k) using 1:2 with lines linewidth 1.4 linecolor rgb word(colours, int(k) + 1) \
         title (k eq '4' ? 'no noise' : sprintf('σ = %d', 2**int(k))), \
     NaN with lines linewidth 4 linecolor rgb '#d0d0d0' title 'exact'
