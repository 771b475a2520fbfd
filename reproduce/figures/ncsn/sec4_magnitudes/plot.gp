# SPDX-License-Identifier: Apache-2.0
# Section 4 of Song & Ermon (2019)   ->   folder/sec4_magnitudes.png
picture_width = 1300.0; picture_height = 620.0
load here.'/style.gp'
set logscale xy
set format x '10^{%T}'; set format y '10^{%T}'
set xlabel 'σ' offset 0, 0.3
set xrange [0.007:1.4]
set grid linecolor rgb '#dddddd' linewidth 0.8
levels = folder.'/levels.txt'
set multiplot
eval heading(20)
eval running(60)
eval panel(100, 90, 500, 400)
set key top right spacing 1.25 samplen 2
set title '§4.2: length of the score'
plot levels using 1:3 with lines linewidth 5 linecolor rgb '#d0d0d0' title '√D / σ, the noise itself', \
     levels using 1:2 with linespoints pointtype 7 pointsize 0.9 linewidth 1.6 linecolor rgb blue title '‖s(x + σz, σ)‖'
eval panel(740, 90, 500, 400)
set key center right
set title '§4.2, §4.3: what is weighted by σ²'
plot levels using 1:4 with linespoints pointtype 7 pointsize 0.9 linewidth 1.6 linecolor rgb green title 'weighted loss λ(σ) ℓ(σ)', \
     levels using 1:5 with linespoints pointtype 7 pointsize 0.9 linewidth 1.6 linecolor rgb orange title 'drift of a step over its noise'
unset multiplot
