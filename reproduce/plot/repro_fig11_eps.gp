# SPDX-License-Identifier: Apache-2.0
# Figure 11 of the reproduction report:  gnuplot -e "folder='out/repro_fig11_eps'" repro_fig11_eps.gp   ->   folder/repro_fig11_eps.png
set encoding utf8
set minussign
set terminal pngcairo size 1800,1130 font 'Liberation Serif,16' linewidth 1.3 enhanced
set output folder.'/repro_fig11_eps.png'
set border linewidth 1.0 linecolor rgb '#333333'
set tics nomirror scale 0.5 textcolor rgb '#333333'
unset key
set xrange [-10:10]; set yrange [-10:10]
set xtics -10, 5; set ytics -10, 5

wide = '10^{−1} 10^{−2} 10^{−3} 10^{−4} 10^{−5} 10^{−6}'
narrow = '10^{−4} 8·10^{−5} 6·10^{−5} 4·10^{−5} 2·10^{−5} 10^{−5}'
points = "binary skip=128 format='%float32%float32' using 1:2 with points pointtype 7 pointsize 0.3"
w = 250 / 1800.0; h = 250 / 1130.0
panel(column, row) = sprintf('set lmargin at screen %g; set rmargin at screen %g; set bmargin at screen %g; set tmargin at screen %g', \
    0.045 + column * 0.161, 0.045 + column * 0.161 + w, 0.66 - row * 0.305, 0.66 - row * 0.305 + h)

set multiplot
set label 100 'No step size gives both modes their weight and width with the score as coded; with the variance 1 + σ² some do' at screen 0.5, screen 0.977 center font ',21'
do for [row = 0:2] {
    name = word('wide narrow corrected', row + 1)
    title = word('(a) (b) Ours:', row + 1).'  '.(row == 2 ? 'variance 1 + σ²' : 'as coded, variance σ²').'     (in red: weight of the upper mode, and its standard deviation)'
    do for [k = 0:5] {
        eval panel(k, row)
        set format y (k == 0 ? '%g' : '')
        set title 'ε = '.word(row == 1 ? narrow : wide, k + 1) offset 0, -0.7
        if (k == 0) { set label 1 title at screen 0.045, screen 0.66 - row * 0.305 + h + 0.036 left font ',15' textcolor rgb '#555555' } else { unset label 1 }
        set label 2 system(sprintf("cat '%s/%s%d.txt'", folder, name, k)) at graph 0.05, graph 0.93 left font ',15' textcolor rgb '#b2182b'
        eval 'plot sprintf("%s/%s%d.npy", folder, name, k) '.points." linecolor rgb '".(row == 2 ? '#2b8c5a' : '#1f3b73')."'"
        unset label 100
    }
}
unset multiplot
