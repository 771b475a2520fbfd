# SPDX-License-Identifier: Apache-2.0
# Figure 3 of adversarial score matching: distances by step size, ours and the authors'   ->   folder/asm_fig3_fid_eps.png
# The table's rows: a caption with the sampler, the step size, FID, FD (digits).
table = folder.'/table.txt'
# The authors' own points (CIFAR-10, 5,000 samples), a part of them: step size, FID of final and of denoised samples.
$cas << END
3.741e-6 228.2 254.7
3.941e-6 62.5 78.8
4.129e-6 32.06 38.31
4.360e-6 20.51 24.22
4.635e-6 16.09 18.25
4.954e-6 14.75 15.44
5.130e-6 14.75 14.78
5.516e-6 15.56 14.30
5.726e-6 16.29 14.28
6.180e-6 18.30 14.50
7.017e-6 22.32 14.95
8.139e-6 24.41 14.89
9.907e-6 25.40 15.32
1.200e-5 26.30 15.65
1.512e-5 29.30 17.17
1.996e-5 35.88 22.38
2.395e-5 44.01 29.03
3.117e-5 64.44 44.47
END
$als << END
1.000e-5 455.4 455.3
1.158e-5 309.4 304.7
1.263e-5 122.1 111.2
1.316e-5 74.50 56.34
1.414e-5 46.44 22.59
1.526e-5 40.09 16.78
1.632e-5 38.15 15.40
1.737e-5 36.90 15.04
1.842e-5 36.33 15.12
1.947e-5 36.23 15.65
2.103e-5 36.39 16.47
2.517e-5 38.65 19.70
3.069e-5 43.99 25.81
3.483e-5 50.21 32.21
4.034e-5 59.34 40.91
5.000e-5 79.40 59.82
END
picture_width = 1500.0; picture_height = 760.0
load here.'/style.gp'
set multiplot
eval heading(20)
eval running(60)
set grid linecolor rgb '#dddddd' linewidth 0.8
# As in the paper the step of ALS, above, lies on the axis of CAS, below, by 0.88 eps - 0.8e-5; all in units of 1e-5. For other levels than those of
# CIFAR-10 that is scaled by the least admissible steps: 7.044e-6 of MNIST's 102 levels from 16, 3.620e-6 of the 232 from 50.
scale = preset eq 'paper' ? 1.0 : 7.044 / 3.620
on_axis(eps, scale) = 0.88 * eps - 0.8 * scale
tics_above(first, last, step, scale) = sprintf("set x2tics ('' 0); do for [eps = %d:%d:%d] { eval sprintf(\"set x2tics add ('%%d' %%g)\", eps, " \
    ."on_axis(eps, %g)) }", first, last, step, scale)
set xlabel 'ε of CAS / 10^{−5}' offset 0, 0.3
set x2label 'ε of ALS / 10^{−5}' offset 0, -0.3
eval panel(110, 95, 580, 470)
set title preset eq 'paper' ? 'here' : 'here: MNIST' offset 0, -0.2
set ylabel 'distance from test images' offset 1.2, 0
set key bottom right spacing 1.2 samplen 2
if (preset eq 'paper') { set xrange [0:3.8]; set x2range [0:3.8]; eval tics_above(1, 5, 1, scale) } \
else { set xrange [-1:15]; set x2range [-1:15]; eval tics_above(2, 18, 4, scale) }
set yrange [0:*]
set datafile separator "\t"; set datafile missing NaN
mean_of(c) = real(word(c eq '-' ? strcol(3) : c, 1))
error_of(c) = words(c eq '-' ? strcol(3) : c) > 2 ? real(word(c eq '-' ? strcol(3) : c, 3)) : 0
of(sampler, denoised) = substr(strcol(1), 1, 3) eq sampler && (strstrt(strcol(1), 'denoised') > 0) == denoised
ours(sampler, denoised, place) = sprintf("table every ::1 using (of('%s', %d) ? %s : NaN):(mean_of(strcol(4))):(error_of(strcol(4)))", sampler, \
    denoised, place)
als = 'on_axis(1e5 * $2, scale)'
eval 'plot '.ours('ALS', 0, als)." with yerrorlines pointtype 7 pointsize 0.9 linecolor rgb red title 'ALS', ". \
     ours('ALS', 1, als)." with yerrorlines pointtype 6 pointsize 1.6 linecolor rgb red title 'ALS, denoised', ". \
     ours('CAS', 0, '1e5 * $2')." with yerrorlines pointtype 7 pointsize 0.9 linecolor rgb blue title 'CAS', ". \
     ours('CAS', 1, '1e5 * $2')." with yerrorlines pointtype 6 pointsize 1.6 linecolor rgb blue title 'CAS, denoised'"
@no_heading
set datafile separator whitespace
eval panel(840, 95, 580, 470)
set title "the authors' points: CIFAR-10" offset 0, -0.2
set ylabel 'FID of 5,000 samples'
set xrange [0:3.8]; set x2range [0:3.8]; set yrange [10:80]
eval tics_above(1, 5, 1, 1)
plot $als using (on_axis(1e5 * $1, 1)):2 with linespoints pointtype 7 pointsize 0.7 linecolor rgb red title 'ALS', \
     $als using (on_axis(1e5 * $1, 1)):3 with linespoints pointtype 6 pointsize 0.7 linecolor rgb red title 'ALS, denoised', \
     $cas using (1e5 * $1):2 with linespoints pointtype 7 pointsize 0.7 linecolor rgb blue title 'CAS', \
     $cas using (1e5 * $1):3 with linespoints pointtype 6 pointsize 0.7 linecolor rgb blue title 'CAS, denoised'
unset multiplot
