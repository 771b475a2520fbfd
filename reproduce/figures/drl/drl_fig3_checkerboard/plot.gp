# SPDX-License-Identifier: Apache-2.0
# Figure 3 of diffusion recovery likelihood   ->   folder/drl_fig3_checkerboard.png
picture_width = 1860.0; picture_height = 700.0
load here.'/style.gp'
unset tics; unset colorbox
set xrange [-3.2:3.2]; set yrange [-3.2:3.2]
set cbrange [0:0.2]                                                                 # the board's density is 0.125
set multiplot
eval heading(22)
set label 101 'KL(true || model) in nats on a grid of 200 x 200 cells over [−4, 4]²; means over the seeds; '.ran \
    at screen 0.5, screen 0.028 center font ',16' textcolor rgb grey
cloud(name) = \
    sprintf("'%s/%s.npy' binary skip=128 format='%%float32%%float32' using 1:2 with points pointtype 7 pointsize 0.2 linecolor rgb blue", folder, name)
shade(name) = \
    sprintf("'%s/%s.npy' binary array=(200,200) skip=128 format='%%float32' origin=(-3.98,-3.98) dx=0.04 dy=0.04 with image", folder, name)
do for [k = 0:6] {
    t = 6 - k
    eval panel(22 + k * 261, 358, 250, 250)
    set title sprintf(t == 6 ? 't = %d (noise)' : t == 0 ? 't = %d (data)' : 't = %d', t) offset 0, -0.7 font ',18'
    eval 'plot '.cloud(sprintf('samples%d', t))
    do for [n = 100:101] { eval sprintf('unset label %d', n) }
    unset title
    eval panel(22 + k * 261, 90, 250, 250)
    set label 1 (t < 6 ? 'KL '.value(sprintf('kl_level%d', t)) : 'N(0, I)') at graph 0.5, graph -0.075 center font ',16'
    eval 'plot '.shade(sprintf('density%d', t))
    unset label 1
}
unset multiplot
