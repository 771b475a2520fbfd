# SPDX-License-Identifier: Apache-2.0
# Figure 2 of the report on denoising score matching   ->   folder/ens_fig2_field.png
picture_width = 760.0; picture_height = 740.0
load here.'/style.gp'
unset colorbox
set xrange [-10:10]; set yrange [-10:10]
set xtics -10, 5; set ytics -10, 5
eval panel(70, 60, 600, 600)
set title figure_title font ',20'
plot folder.'/mixture_density.txt' with image, \
     folder.'/mixture_score.txt' using ($1-0.05*$3):($2-0.05*$4):(0.1*$3):(0.1*$4) with vectors head filled size 0.25,20 linewidth 1.2 linecolor rgb '#333333'
