# SPDX-License-Identifier: Apache-2.0
# Figure 1, left, of Song & Ermon (2019)   ->   folder/fig1_pca.png
has_cifar10 = int(system(sprintf("test -f '%s/cifar10_error.txt' && echo 1 || echo 0", folder)))
picture_width = 1560.0; picture_height = has_cifar10 ? 640.0 : 420.0
set terminal pngcairo size picture_width, picture_height font 'Liberation Serif,17' linewidth 1.4 enhanced
load here.'/style.gp'
load folder.'/numbers.gp'
set output folder.'/fig1_pca.png'
set multiplot
set label 100 'Images lie near a linear subspace' at screen 0.5, screen (picture_height - 32) / picture_height center font ',22'

# Ten images a strip; the last row of the array is the lowest.
strip(name, side) = sprintf("'%s/%s.npy' binary skip=128 array=(%d,%d) format='%%float32' flipy with rgbimage", folder, name, 10 * side, side)
unset key; unset tics; unset border
do for [k = 0:(has_cifar10 ? 3 : 1)] {
    side = k < 2 ? 28 : 32
    eval panel(20, picture_height - (has_cifar10 ? 170 : 200) - 80 * k - (k < 2 ? 0 : 40), 720, 72)
    set xrange [-0.5:10 * side - 0.5]; set yrange [-0.5:side - 0.5]
    set label 1 word('"MNIST" "from 595 of 784 components" "CIFAR-10" "from 2,165 of 3,072 components"', k + 1) at graph 1.015, graph 0.5 left font ',15' textcolor rgb grey
    eval 'plot '.strip(word('mnist_originals mnist_reconstructions cifar10_originals cifar10_reconstructions', k + 1), side)
    unset label 100
}
unset label 1
set border; set tics nomirror
eval panel(1130, 75, 405, picture_height - 165)
set xrange [0:1]; set yrange [1e-4:2]
set logscale y; set format y '10^{%T}'
set xtics 0, 0.25
set xlabel 'share of the components' offset 0, 0.3
set ylabel 'largest pixel error' offset 1, 0
set grid linecolor rgb '#dddddd' linewidth 0.8
set key bottom left spacing 1.2 samplen 2 font ',15'
set arrow 1 from 0, 0.01 to 1, 0.01 nohead dashtype 2 linecolor rgb grey
if (has_cifar10) {
    plot folder.'/mnist_error.txt' using 4:2 with linespoints pointtype 7 pointsize 0.6 linecolor rgb blue title 'MNIST, mean', \
         '' using 4:3 with lines dashtype 3 linewidth 1.6 linecolor rgb blue title 'MNIST, worst', \
         folder.'/cifar10_error.txt' using 4:2 with linespoints pointtype 7 pointsize 0.6 linecolor rgb red title 'CIFAR-10, mean', \
         '' using 4:3 with lines dashtype 3 linewidth 1.6 linecolor rgb red title 'CIFAR-10, worst'
} else {
    plot folder.'/mnist_error.txt' using 4:2 with linespoints pointtype 7 pointsize 0.6 linecolor rgb blue title 'mean over images', \
         '' using 4:3 with lines dashtype 3 linewidth 1.6 linecolor rgb blue title 'worst image'
}
unset multiplot
