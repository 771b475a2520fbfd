# SPDX-License-Identifier: Apache-2.0
# What the figures share. Before it is loaded: picture_width and picture_height, in pixels. reproduce/figure sets here (this folder), folder (of the
# results) and name; numbers.gp, which the figure's program wrote, has the title, what was run, and the numbers.
load folder.'/numbers.gp'
set terminal pngcairo size picture_width, picture_height font 'Liberation Serif,17' linewidth 1.3 enhanced
set output folder.'/'.name.'.png'
set encoding utf8
set minussign
unset key
set border linewidth 1.0 linecolor rgb '#333333'
set tics nomirror scale 0.5 textcolor rgb '#333333'
blue = '#1f3b73'; red = '#b2182b'; green = '#2b8c5a'; orange = '#e08214'; grey = '#555555'
# A palette from white to blue for densities under arrows and points.
set palette defined (0 '#ffffff', 0.15 '#dbe6f4', 0.5 '#8fb1dc', 1 '#2f5f9f')
# The title of the description above everything, and below it what was run. `unset label` after the first panel removes them from the next ones.
heading(size) = sprintf("set label 100 figure_title at screen 0.5, screen %g center font ',%d'", 1 - 31 / picture_height, size)
running(pixels) = ran eq '' ? '' : sprintf("set label 101 'run here, preset '.preset.': '.ran at screen 0.5, screen %g center font ',16' textcolor rgb grey", \
    1 - pixels / picture_height)
no_heading = 'unset label 100; unset label 101'
# A panel with its lower left corner and size in pixels of the picture.
panel(x, y, width, height) = sprintf('set lmargin at screen %g; set rmargin at screen %g; set bmargin at screen %g; set tmargin at screen %g', \
    x / picture_width, (x + width) / picture_width, y / picture_height, (y + height) / picture_height)
points_of(array) = sprintf("'%s/%s.npy' binary skip=128 format='%%float32%%float32' using 1:2 with points pointtype 7 pointsize 0.3", folder, array)
