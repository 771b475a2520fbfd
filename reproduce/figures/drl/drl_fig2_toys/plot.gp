# SPDX-License-Identifier: Apache-2.0
# Figure 2 of diffusion recovery likelihood   ->   folder/drl_fig2_toys.png
picture_width = 1760.0; picture_height = 985.0
load here.'/style.gp'
unset tics; unset colorbox
set xrange [-2.6:2.6]; set yrange [-2.6:2.6]
set multiplot
eval heading(22)
set label 105 'recovery likelihood' at screen 0.415, screen 0.898 center font ',19'
set label 102 'short-run marginal likelihood' at screen 0.798, screen 0.898 center font ',19'
set arrow 101 from screen 0.230, screen 0.881 to screen 0.601, screen 0.881 nohead linecolor rgb grey
set arrow 102 from screen 0.613, screen 0.881 to screen 0.984, screen 0.881 nohead linecolor rgb grey
set label 103 'KL(true || model) in nats, both normalised on a grid of 200 x 200 cells over [−4, 4]²; means over the seeds; '.ran \
    at screen 0.5, screen 0.051 center font ',16' textcolor rgb grey
steps = 'steps: recovery likelihood δ² = 0.1 σ², short-run δ² = 0.0002'
if (exists('ring_short_large_step_kl')) {
    both(method) = value('checkerboard_'.method.'_kl').' and '.value('ring_'.method.'_kl')
    steps = steps.'.  The steps decide: the first with 0.0002 σ² has KL '.both('ours_small_step').', the second with 0.01 has '.both('short_large_step')
}
set label 104 steps at screen 0.5, screen 0.022 center font ',16' textcolor rgb grey
cloud(name) = \
    sprintf("'%s/%s.npy' binary skip=128 format='%%float32%%float32' using 1:2 with points pointtype 7 pointsize 0.22 linecolor rgb blue", folder, name)
shade(name) = \
    sprintf("'%s/%s.npy' binary array=(200,200) skip=128 format='%%float32' origin=(-3.98,-3.98) dx=0.04 dy=0.04 with image", folder, name)
parts = 'data ours ours_density short short_density'
titles = 'data samples density samples density'
do for [row = 0:1] {
    name = word('checkerboard ring', row + 1)
    set cbrange [0:(row == 0 ? 0.2 : 1.2)]                                           # the true densities reach 0.125 and 0.88
    do for [k = 1:5] {
        part = word(parts, k)
        eval panel(42 + (k - 1) * 336 + (k > 1 ? 16 : 0), 500 - row * 376, 318, 318)
        if (row == 0) { set title word(titles, k) offset 0, -0.7 font ',18' } else { unset title }
        if (k == 1) {
            set label 1 (row == 0 ? 'checkerboard' : '8 Gaussians') at graph -0.06, graph 0.5 center rotate by 90 font ',18'
        } else { unset label 1 }
        is_density = k == 3 || k == 5
        if (k == 1) { unset label 2 } else {
            set label 2 (is_density ? 'KL '.value(name.'_'.word(parts, k - 1).'_kl') : \
                sprintf('%.0f %% where the data are', 100 * real(word(value(name.'_'.part.'_samples'), 1)))) at graph 0.5, graph -0.055 center font ',17'
        }
        eval 'plot '.(is_density ? shade(name.'_'.part) : cloud(name.'_'.part))
        do for [n = 100:105] { eval sprintf('unset label %d', n) }
        unset arrow
    }
}
unset multiplot
