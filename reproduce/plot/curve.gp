# SPDX-License-Identifier: Apache-2.0
# The kind curve: a number by step of training, one curve a network.
load folder.'/panels.gp'
picture_width = 900.0; picture_height = 640.0
load here.'/style.gp'
set grid linecolor rgb '#dddddd' linewidth 0.8
set xlabel 'step' offset 0, 0.3
set ylabel option_column offset 1, 0 noenhanced
set key top right spacing 1.25 samplen 2
set title figure_title font ',20'
colours = blue.' '.red.' '.green.' '.orange
plot for [k = 0:panels - 1] folder.'/curves.txt' index k using 1:2 with lines linewidth 1.3 linecolor rgb word(colours, k + 1) title value(sprintf('caption_%d', k))
