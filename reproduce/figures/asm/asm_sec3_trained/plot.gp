# SPDX-License-Identifier: Apache-2.0
# Sections 3 and 4 of adversarial score matching, trained   ->   folder/asm_sec3_trained.png
picture_width = 1660.0; picture_height = 720.0
load here.'/style.gp'
noise = folder.'/noise.txt'
set multiplot
eval heading(20)
eval running(60)
eval panel(100, 95, 560, 500)
set grid linecolor rgb '#dddddd' linewidth 0.8
set logscale xy
set format x '10^{%T}'
set xrange [*:*] reverse noextend
set yrange [*:*] noextend
set ytics (0.25, 0.5, 1, 2, 4, 8, 16, 64, 256, 1024, 4096, 16384)
set xlabel 'σ' offset 0, 0.3
set ylabel 'noise in x over σ' offset 1.2, 0
set key top left spacing 1.25 samplen 2
set title 'noise at the entry of each level'
plot noise using 1:3 with lines linewidth 1 linecolor rgb red notitle, \
     noise using 1:2 with points pointtype 7 pointsize 0.6 linecolor rgb red title 'ALS, n = 1', \
     noise using 1:5 with lines linewidth 1 linecolor rgb orange notitle, \
     noise using 1:4 with points pointtype 7 pointsize 0.6 linecolor rgb orange title 'ALS, n = 5', \
     1 with lines linewidth 1 linecolor rgb 'black' notitle, \
     noise using 1:6 with points pointtype 7 pointsize 0.6 linecolor rgb 'black' title 'CAS'
@no_heading; unset grid; unset logscale xy; unset xlabel; unset ylabel; unset key
set xrange [*:*] noreverse; set yrange [*:*]
unset tics; set size ratio -1
eval panel(700, 270, 300, 150)
set title 'CAS from data with noise'
plot folder.'/data.png' binary filetype=png with rgbimage
eval panel(1010, 270, 300, 150)
set title 'CAS from noise alone'
plot folder.'/noise.png' binary filetype=png with rgbimage
eval panel(1320, 270, 300, 150)
set title 'the same, noise by norm'
plot folder.'/norm.png' binary filetype=png with rgbimage
unset multiplot
