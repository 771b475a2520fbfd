# SPDX-License-Identifier: Apache-2.0
# Section 3.2 of Gao et al. (2021)   ->   folder/drl_sec3_efficiency.png
picture_width = 820.0; picture_height = 640.0
load here.'/style.gp'
set logscale x 2
set xrange [0.2:5]; set yrange [0:1.05]
set xtics ('1/4' 0.25, '1/2' 0.5, '1' 1, '2' 2, '4' 4)
set xlabel 'variance of the noise in units of the data' offset 0, 0.3
set ylabel 'information used, in units of the data' offset 1, 0
set grid linecolor rgb '#dddddd' linewidth 0.8
set key bottom right spacing 1.3 samplen 2
set tmargin at screen 0.86
eval heading(20)
eval running(58)
found = folder.'/information.txt'
plot x / (1 + x) with lines linewidth 4 linecolor rgb '#c7d3e8' title 'by Equation 24: mean', \
     1 - 1 / (1 + x)**2 with lines linewidth 4 linecolor rgb '#e8c7cb' title 'precision', \
     found using 1:2 with points pointtype 7 pointsize 1.3 linecolor rgb blue title 'from the variance of estimates: mean', \
     found using 1:3 with points pointtype 7 pointsize 1.3 linecolor rgb red title 'precision'
