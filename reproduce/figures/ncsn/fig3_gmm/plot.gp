# SPDX-License-Identifier: Apache-2.0
# Figure 3 from what the program fig3_gmm wrote   ->   folder/fig3_gmm.png
sample(name) = sprintf('%s/%s_seed%d.npy', folder, name, first_seed)

picture_width = 1500.0; picture_height = 1220.0
load here.'/style.gp'
set format '%h'

square(column, row) = panel(70 + column * 495, 736 - row * 599, 400, 400)
set multiplot
eval heading(22)

# Scatter panels.
set xrange [-8:8]; set yrange [-8:8]
set xtics -8, 4; set ytics -8, 4
points = "binary skip=128 format='%float32%float32' using 1:2 with points pointtype 7 pointsize 0.32 linecolor rgb blue"
set label 1 at graph 0.5, graph -0.155 center font ',19'
set label 6 at graph 0.5, graph -0.225 center font ',15.5' textcolor rgb grey
set label 2 at graph 0.05, graph 0.94 left font ',15' textcolor rgb grey

eval square(0, 0)
set label 1 '(a)  exact samples'
set label 6 '1,280 points'
set label 2 'upper mode  '.exact_upper_mode
eval 'plot sample("exact") '.points
@no_heading

eval square(1, 0)
set label 1 '(b)  Langevin dynamics'
set label 6 '1,000 steps, ε = 0.1'
set label 2 'upper mode  '.langevin_upper_mode
eval 'plot sample("langevin") '.points

eval square(2, 0)
if (exists('code_upper_mode')) {
    set label 1 '(c)  annealed Langevin dynamics'
    set label 6 'the authors’ program: σ from 20 to 1, ε = 0.1'
    set label 2 'upper mode  '.code_upper_mode
    eval 'plot sample("code") '.points
}

eval square(1, 1)
if (exists('corrected_upper_mode')) {
    set label 1 '(e)  annealed, corrected'
    set label 6 'σ from 10 to 0.1, ε = 0.003'
    set label 2 'upper mode  '.corrected_upper_mode
    eval 'plot sample("corrected") '.points
}

# What the printed settings do.
if (exists('paper_growth')) {
    eval square(0, 1)
    set label 1 '(d)  annealed, as printed: diverges'
    set label 6 'σ from 10 to 0.1, ε = 0.1'
    set label 2 'size of the samples' at graph 0.05, graph 0.78
    set xrange [0:75]; set yrange [1:1e41]
    set xtics 0, 25; set ytics 1, 1e10 format '10^{%T}'; unset mytics
    set logscale y
    set label 3 'step' at graph 0.97, graph 0.05 right font ',15' textcolor rgb grey
    set label 4 '× '.word(paper_growth, 1).' a step' at graph 0.05, graph 0.71 left font ',15' textcolor rgb grey
    set label 5 'largest float' at first 3.5, first 1e37 left font ',15' textcolor rgb red
    set arrow 1 from graph 0, first 3.4e38 to graph 1, first 3.4e38 nohead linecolor rgb red dashtype 2 linewidth 1
    plot folder.'/growth.txt' using 1:2 with lines linewidth 2 linecolor rgb red
    unset logscale y; unset arrow 1; unset label 3; unset label 4; unset label 5
    set format y '%h'
}

# How the weights form.
eval square(2, 1)
set label 1 '(f)  weight of the upper mode'
set label 6 'after each level, one seed; thin: in equilibrium'
unset label 2
set xrange [0.5:10.5]; set yrange [0.45:0.9]
set xtics 1, 1; set ytics 0.5, 0.1 format '%.1f'
set key at graph 0.97, graph 0.16 right font ',15' samplen 2 spacing 1.2 textcolor rgb '#333333' reverse Left
set arrow 1 from graph 0, first 0.8 to graph 1, first 0.8 nohead linecolor rgb '#777777' dashtype 2 linewidth 1
set label 3 'target 0.8' at graph 0.04, first 0.818 left font ',15' textcolor rgb grey
paths = ''; titles = ''
if (exists('code_upper_mode')) { paths = paths.' code'; titles = titles.' "σ from 20 to 1"' }
if (exists('corrected_upper_mode')) { paths = paths.' corrected'; titles = titles.' "σ from 10 to 0.1"' }
if (words(paths) > 0) {
    colour(k) = word(paths, k) eq 'code' ? '#1f3b73' : '#2b8c5a'
    plot for [k = 1:words(paths)] folder.'/'.word(paths, k).'_path.txt' using 1:3 with lines linewidth 0.8 linecolor rgb colour(k) notitle, \
        for [k = 1:words(paths)] folder.'/'.word(paths, k).'_path.txt' using 1:2 with linespoints pointtype (word(paths, k) eq 'code' ? 7 : 5) \
            pointsize 0.9 linewidth 1.6 linecolor rgb colour(k) title word(titles, k)
}
unset multiplot
