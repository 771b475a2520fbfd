# SPDX-License-Identifier: Apache-2.0
# Figure 1, left, of Song & Ermon (2019)   ->   folder/fig1_pca.png
has_cifar10 = int(system(sprintf("test -f '%s/cifar10_error.txt' && echo 1 || echo 0", folder)))
picture_width = 1600.0; picture_height = has_cifar10 ? 640.0 : 420.0
load here.'/style.gp'
set multiplot
eval heading(22)

# Ten images a strip; the last row of the array is the lowest.
strip(array, side) = sprintf("'%s/%s.npy' binary skip=128 array=(%d,%d) format='%%float32' flipy with rgbimage", folder, array, 10 * side, side)
cifar10 = 'CIFAR-10'.(exists('variant_cifar10') ? ' ('.variant_cifar10.')' : '')
# What the printed number of components leaves, and how many of them these images need.
left(error, components) = sprintf('mean error %.5f; 0.01 needs %d', real(word(error, 1)), int(real(word(components, 1))))
caption(k) = k == 0 ? 'MNIST' : k == 2 ? cifar10 : \
    k == 1 ? 'from '.option_mnist." of 784 components\n".left(mnist_mean_error, mnist_mean_k) : \
             'from '.option_cifar10." of 3072 components\n".left(cifar10_mean_error, cifar10_mean_k)
unset tics; unset border
do for [k = 0:(has_cifar10 ? 3 : 1)] {
    side = k < 2 ? 28 : 32
    eval panel(20, picture_height - (has_cifar10 ? 170 : 200) - 80 * k - (k < 2 ? 0 : 40), 720, 72)
    set xrange [-0.5:10 * side - 0.5]; set yrange [-0.5:side - 0.5]
    set label 1 caption(k) at graph 1.015, graph (k % 2 == 0 ? 0.5 : 0.66) left font ',15' textcolor rgb grey
    eval 'plot '.strip(word('mnist_originals mnist_reconstructions cifar10_originals cifar10_reconstructions', k + 1), side)
    @no_heading
}
unset label 1
set border; set tics nomirror
eval panel(1170, 75, 405, picture_height - 165)
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
