# SPDX-License-Identifier: Apache-2.0
# Section 4 of diffusion recovery likelihood where the truth is known   ->   folder/drl_sec4_truths.png
picture_width = 1500.0; picture_height = 640.0
load here.'/style.gp'
unset tics
set xrange [-2.3:2.3]; set yrange [-2.3:2.3]
set multiplot
eval heading(22)
eval running(62)
cloud(name) = \
    sprintf("'%s/%s.npy' binary skip=128 format='%%float64%%float64' using 1:2 with points pointtype 7 pointsize 0.22 linecolor rgb blue", folder, name)
do for [k = 1:3] {
    name = word('data one long', k)
    eval panel(30 + (k - 1) * 350, 160, 330, 330)
    set title (k == 1 ? 'data' : k == 2 ? 'normal approximations' : 'long chains') offset 0, -0.7 font ',18'
    set label 1 'within 3 deviations  '.value(name.'_inside') at graph 0.5, graph -0.06 center font ',16'
    set label 2 'mean of |x|²  '.value(name.'_square') at graph 0.5, graph -0.13 center font ',16'
    set label 3 'shares of modes off  '.value(name.'_shares_off') at graph 0.5, graph -0.20 center font ',16'
    eval 'plot '.cloud(name)
    @no_heading; unset label 1; unset label 2; unset label 3
}
unset border; unset title
eval panel(1090, 130, 380, 400)
set xrange [0:1]; set yrange [0:1]
set label 10 'ln Z less the truth; the share of the' at graph 0.0, graph 0.97 left font ',17'
set label 11 'samples that count at the worst level' at graph 0.0, graph 0.90 left font ',17'
do for [k = 1:4] {
    name = word('exact one long six', k)
    said = k == 1 ? 'exact samples' : k == 2 ? 'normal approximations' : k == 3 ? 'long chains' : 'T = 6, exact samples'
    set label 10 + 2 * k said at graph 0.0, graph 0.92 - 0.2 * k left font ',17'
    set label 11 + 2 * k value(name.'_off').'     '.value(name.'_effective') at graph 0.05, graph 0.92 - 0.2 * k - 0.07 left font ',17' textcolor rgb grey
}
plot NaN notitle
unset multiplot
