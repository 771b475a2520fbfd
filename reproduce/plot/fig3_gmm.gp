# SPDX-License-Identifier: Apache-2.0
# Figure 3 from what the program fig3_gmm wrote:  gnuplot -e "folder='out/fig3_gmm'" fig3_gmm.gp   ->   folder/fig3_gmm.png
load folder.'/numbers.gp'
sample(name) = sprintf('%s/%s_seed%d.npy', folder, name, first_seed)

set encoding utf8
set minussign
set terminal pngcairo size 1500,1220 font 'Liberation Serif,17' linewidth 1.4 enhanced
set output folder.'/fig3_gmm.png'
set border linewidth 1.0 linecolor rgb '#333333'
set format '%h'
set tics nomirror scale 0.5 textcolor rgb '#333333'
unset key

# Squares of 400 pixels.
w = 400 / 1500.0; h = 400 / 1220.0
x1 = 0.047; x2 = 0.377; x3 = 0.707
y1 = 0.603; y2 = 0.112
panel(x, y) = sprintf('set lmargin at screen %g; set rmargin at screen %g; set bmargin at screen %g; set tmargin at screen %g', x, x + w, y, y + h)

set multiplot
set label 100 'Langevin dynamics misses the weights of the modes, annealed Langevin dynamics finds them' at screen 0.5, screen 0.974 center font ',22'

# Scatter panels.
set xrange [-8:8]; set yrange [-8:8]
set xtics -8, 4; set ytics -8, 4
points = "binary skip=128 format='%float32%float32' using 1:2 with points pointtype 7 pointsize 0.32 linecolor rgb '#1f3b73'"
set label 1 at graph 0.5, graph -0.155 center font ',19'
set label 6 at graph 0.5, graph -0.225 center font ',15.5' textcolor rgb '#555555'
set label 2 at graph 0.05, graph 0.94 left font ',15' textcolor rgb '#555555'

eval panel(x1, y1)
set label 1 '(a)  exact samples'
set label 6 '1,280 points'
set label 2 'upper mode  '.exact_upper_mode
eval 'plot sample("exact") '.points
unset label 100

eval panel(x2, y1)
set label 1 '(b)  Langevin dynamics'
set label 6 '1,000 steps, ε = 0.1'
set label 2 'upper mode  '.langevin_upper_mode
eval 'plot sample("langevin") '.points

eval panel(x3, y1)
if (exists('code_upper_mode')) {
    set label 1 '(c)  annealed Langevin dynamics'
    set label 6 'the authors’ program: σ from 20 to 1, ε = 0.1'
    set label 2 'upper mode  '.code_upper_mode
    eval 'plot sample("code") '.points
}

eval panel(x2, y2)
if (exists('corrected_upper_mode')) {
    set label 1 '(e)  annealed, corrected'
    set label 6 'σ from 10 to 0.1, ε = 0.003'
    set label 2 'upper mode  '.corrected_upper_mode
    eval 'plot sample("corrected") '.points
}

# What the printed settings do.
if (exists('paper_growth')) {
    eval panel(x1, y2)
    set label 1 '(d)  annealed, as printed: diverges'
    set label 6 'σ from 10 to 0.1, ε = 0.1'
    set label 2 'size of the samples' at graph 0.05, graph 0.78
    set xrange [0:75]; set yrange [1:1e41]
    set xtics 0, 25; set ytics 1, 1e10 format '10^{%T}'; unset mytics
    set logscale y
    set label 3 'step' at graph 0.97, graph 0.05 right font ',15' textcolor rgb '#555555'
    set label 4 '× '.word(paper_growth, 1).' a step' at graph 0.05, graph 0.71 left font ',15' textcolor rgb '#555555'
    set label 5 'largest float' at first 3.5, first 1e37 left font ',15' textcolor rgb '#b2182b'
    set arrow 1 from graph 0, first 3.4e38 to graph 1, first 3.4e38 nohead linecolor rgb '#b2182b' dashtype 2 linewidth 1
    plot folder.'/growth.txt' using 1:2 with lines linewidth 2 linecolor rgb '#b2182b'
    unset logscale y; unset arrow 1; unset label 3; unset label 4; unset label 5
    set format y '%h'
}

# How the weights form.
eval panel(x3, y2)
set label 1 '(f)  weight of the upper mode'
set label 6 'after each of the ten levels, one seed'
unset label 2
set xrange [0.5:10.5]; set yrange [0.45:0.9]
set xtics 1, 1; set ytics 0.5, 0.1 format '%.1f'
set key at graph 0.97, graph 0.16 right font ',15' samplen 2 spacing 1.2 textcolor rgb '#333333' reverse Left
set arrow 1 from graph 0, first 0.8 to graph 1, first 0.8 nohead linecolor rgb '#777777' dashtype 2 linewidth 1
set label 3 'target 0.8' at graph 0.04, first 0.818 left font ',15' textcolor rgb '#555555'
paths = ''; titles = ''
if (exists('code_upper_mode')) { paths = paths.' code'; titles = titles.' "σ from 20 to 1"' }
if (exists('corrected_upper_mode')) { paths = paths.' corrected'; titles = titles.' "σ from 10 to 0.1"' }
if (words(paths) > 0) {
    plot for [k = 1:words(paths)] folder.'/'.word(paths, k).'_path.txt' using 1:2 with linespoints pointtype (k == 1 ? 7 : 5) pointsize 0.9 \
        linewidth 1.6 linecolor rgb (k == 1 ? '#1f3b73' : '#2b8c5a') title word(titles, k)
}
unset multiplot
