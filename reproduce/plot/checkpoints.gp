# SPDX-License-Identifier: Apache-2.0
# The kind checkpoints: a distance by step of training, one curve a network, with the standard error over seeds, what it is between real images, and
# the checkpoint that is chosen.
load folder.'/panels.gp'
picture_width = 900.0; picture_height = 640.0
load here.'/style.gp'
set tmargin at screen 1 - 96 / picture_height
eval heading(20)
eval running(66)
set grid linecolor rgb '#dddddd' linewidth 0.8
set xlabel 'step of training' offset 0, 0.3
set ylabel distance offset 1, 0
set key top right spacing 1.25 samplen 2
set offsets graph 0.05, graph 0.05, graph 0.2, graph 0.1
colours = blue.' '.red.' '.green.' '.orange
if (evaluated == 0) { set xrange [0:1]; set yrange [0.1:1]; set label 50 'not evaluated' at graph 0.5, graph 0.5 center }
do for [k = 0:panels - 1] {
    if (exists(sprintf('best_%d', k))) {
        set label 1 + k sprintf('step %d', value(sprintf('best_%d', k))) at value(sprintf('best_%d', k)), value(sprintf('lowest_%d', k)) \
            center offset 0, -1.2 point pointtype 6 pointsize 2.2 linecolor rgb word(colours, k + 1) font ',15' textcolor rgb word(colours, k + 1)
    }
}
floor_of(k) = exists(sprintf('floor_%d', k)) ? value(sprintf('floor_%d', k)) : NaN
plot for [k = 0:panels - 1] folder.'/curves.txt' index k using 1:2:3 with yerrorlines pointtype 7 pointsize 0.8 linewidth 1.2 \
         linecolor rgb word(colours, k + 1) title value(sprintf('caption_%d', k)), \
     for [k = 0:panels - 1] floor_of(k) with lines dashtype 3 linecolor rgb word(colours, k + 1) \
         title (exists(sprintf('floor_%d', k)) ? 'real images' : '')
