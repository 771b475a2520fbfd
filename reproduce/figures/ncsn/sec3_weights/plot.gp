# SPDX-License-Identifier: Apache-2.0
# Section 3.2.2 of Song & Ermon (2019)   ->   folder/sec3_weights.png
picture_width = 820.0; picture_height = 680.0
load here.'/style.gp'
set xrange [0.45:1]; set yrange [0.4:1]
set xlabel 'weight π of the upper mode' offset 0, 0.3
set ylabel 'share of the chains that end there' offset 1, 0
set grid linecolor rgb '#dddddd' linewidth 0.8
set key top left spacing 1.3 samplen 2
set tmargin at screen 0.86
eval heading(19)
eval running(60)
shares = folder.'/weights.txt'
plot x with lines linewidth 5 linecolor rgb '#d0d0d0' title 'as many as belong there', \
     shares using 1:2 with linespoints pointtype 7 pointsize 1 linewidth 1.6 linecolor rgb red title 'Langevin dynamics', \
     shares using 1:3 with linespoints pointtype 7 pointsize 1 linewidth 1.6 linecolor rgb blue title 'annealed Langevin dynamics'
