# SPDX-License-Identifier: Apache-2.0
# Figure 2 of adversarial score matching   ->   folder/asm_fig2_toys.png
picture_width = 1680.0; picture_height = 960.0
load here.'/style.gp'
unset tics
set xrange [-2.5:2.5]; set yrange [-2.5:2.5]
set multiplot
eval heading(22)
set label 101 'orange: 5,000 points of the data; green: 256 samples; '.ran at screen 0.5, screen 0.928 center font ',16' textcolor rgb grey
data(set) = sprintf("'%s/%s_data.npy' binary skip=128 format='%%float32%%float32' using 1:2 with points pointtype 7 pointsize 0.28 linecolor rgb '#f4a259'", folder, set)
crosses(set, run) = sprintf("'%s/%s_%s.npy' binary skip=128 format='%%float32%%float32' using ($0 < 256 ? $1 : NaN):2 with points pointtype 2 pointsize 0.8 linewidth 1.2 linecolor rgb '#1b7837'", folder, set, run)
runs = 'notebook_final notebook_denoised langevin_final langevin_denoised'
titles = '"the notebook’s sampler: final" "denoised" "Langevin dynamics: final" "denoised"'
do for [row = 0:1] {
    set_name = word('swiss_roll gaussians', row + 1)
    do for [k = 1:4] {
        eval panel(20 + (k - 1) * 415, 440 - row * 430, 400, 400)
        if (row == 0) { set title word(titles, k) offset 0, -0.7 font ',18' } else { unset title }
        set label 1 (k == 1 ? word('(a) (b)', row + 1) : '') at graph 0.04, graph 0.94 font ',19'
        eval 'plot '.data(set_name).', '.crosses(set_name, word(runs, k))
        @no_heading
    }
}
unset multiplot
