# SPDX-License-Identifier: Apache-2.0
# Section 3.4 of Gao et al. (2021)   ->   folder/drl_sec3_scores.png
picture_width = 820.0; picture_height = 640.0
load here.'/style.gp'
set logscale xy
set xrange [0.009:1.1]
set format y '10^{%L}'
set xlabel 'noise σ' offset 0, 0.3
set ylabel 'difference, in units of the score' offset 1, 0
set grid linecolor rgb '#dddddd' linewidth 0.8
set key top left spacing 1.3 samplen 2
set tmargin at screen 0.88
eval heading(20)
found = folder.'/scores.txt'
at_small = real(system("awk '$1 > 0.0999 && $1 < 0.1001 {print $2}' ".found))
plot at_small * (x / 0.1)**2 with lines linewidth 4 linecolor rgb '#d0d0d0' title 'order two', \
     found using 1:2 with linespoints pointtype 7 pointsize 0.9 linewidth 1.6 linecolor rgb blue title 'between the scores', \
     found using 1:3 with linespoints pointtype 7 pointsize 0.9 linewidth 1.6 linecolor rgb red title 'what Equation 31 leaves'
