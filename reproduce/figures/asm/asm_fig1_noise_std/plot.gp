# SPDX-License-Identifier: Apache-2.0
# Figure 1 of adversarial score matching   ->   folder/asm_fig1_noise_std.png
curves = folder.'/curves.txt'

picture_width = 1500.0; picture_height = 690.0
load here.'/style.gp'
set grid linecolor rgb '#dddddd' linewidth 0.8
set xrange [0:232]; set yrange [0:50]
set xtics ('0' 0, 'L/4' 58, 'L/2' 116, '3L/4' 174, 'L' 232)
set ytics 0, 10
set xlabel 'level' offset 0, 0.3
set key top right spacing 1.25 samplen 2.5 textcolor rgb '#333333'

set multiplot layout 1, 2 margins 0.055, 0.985, 0.135, 0.85 spacing 0.075
eval heading(21)
dots = 'every 8 with points pointtype 6 pointsize 0.9 linewidth 1.1'

set ylabel 'standard deviation of the noise in x' offset 1.2, 0
set title '(a)  noise in x' offset 0, -0.5 font ',19'
set label 2 'lines: the recursion for a perfect score; circles: our samplers' at graph 0.98, graph 0.65 right font ',15' textcolor rgb grey
plot curves using 1:3 with lines linewidth 2 linecolor rgb red title 'ALS, n = 1', '' using 1:4 @dots linecolor rgb red notitle, \
     '' using 1:5 with lines linewidth 2 linecolor rgb orange title 'ALS, n = 2', '' using 1:6 @dots linecolor rgb orange notitle, \
     '' using 1:7 with lines linewidth 2 linecolor rgb green title 'ALS, n = 5', '' using 1:8 @dots linecolor rgb green notitle, \
     '' using 1:2 with lines linewidth 2.4 dashtype (6,4) linecolor rgb 'black' title 'CAS: the schedule', '' using 1:11 @dots linecolor rgb 'black' notitle

@no_heading; unset label 2
set ylabel 'its excess over the schedule' offset 1.2, 0
set title '(b)  annealed Langevin less consistent annealed sampling'
plot curves using 1:($3-$2) with lines linewidth 2 linecolor rgb red title 'ALS, n = 1', \
     '' using 1:($5-$2) with lines linewidth 2 linecolor rgb orange title 'ALS, n = 2', \
     '' using 1:($7-$2) with lines linewidth 2 linecolor rgb green title 'ALS, n = 5', \
     '' using 1:($9-$2) with lines linewidth 2 linecolor rgb '#2166ac' title 'ALS, n = 20', \
     '' using 1:($11-$2) with lines linewidth 2.4 dashtype (6,4) linecolor rgb 'black' title 'CAS'
unset multiplot
