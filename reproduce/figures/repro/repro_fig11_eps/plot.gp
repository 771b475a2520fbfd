# SPDX-License-Identifier: Apache-2.0
# Figure 11 of the reproduction report   ->   folder/repro_fig11_eps.png
picture_width = 1800.0; picture_height = 1190.0
load here.'/style.gp'
set xrange [-10:10]; set yrange [-10:10]
set xtics -5, 5, 5; set ytics -10, 5
set style textbox opaque noborder margins 1, 0.5

wide = '10^{−1} 10^{−2} 10^{−3} 10^{−4} 10^{−5} 10^{−6}'
narrow = '10^{−4} 8·10^{−5} 6·10^{−5} 4·10^{−5} 2·10^{−5} 10^{−5}'
points = "binary skip=128 format='%float32%float32' using 1:2 with points pointtype 7 pointsize 0.3"
square(column, row) = panel(81 + column * 290, 800 - row * 365, 250, 250)

set multiplot
eval heading(21)
do for [row = 0:2] {
    name = word('wide narrow corrected', row + 1)
    title = word('(a) (b) Ours:', row + 1).'  '.(row == 2 ? 'variance 1 + σ²' : 'as coded, variance σ²').'     (in red: weight of the upper mode, and its standard deviation)'
    do for [k = 0:5] {
        eval square(k, row)
        set format y (k == 0 ? '%g' : '')
        set title 'ε = '.word(row == 1 ? narrow : wide, k + 1) offset 0, -0.7
        if (k == 0) { set label 1 title at screen 0.045, screen (800 - row * 365 + 250 + 50) / picture_height left font ',15' textcolor rgb grey } else { unset label 1 }
        set label 2 system(sprintf("cat '%s/%s%d.txt'", folder, name, k)) at graph 0.05, graph 0.93 left font ',15' textcolor rgb red front boxed
        eval 'plot sprintf("%s/%s%d.npy", folder, name, k) '.points." linecolor rgb '".(row == 2 ? green : blue)."'"
        @no_heading
    }
}
unset multiplot
