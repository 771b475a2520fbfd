# SPDX-License-Identifier: Apache-2.0
# What the figures share; loaded after the terminal is set.
set encoding utf8
set minussign
set border linewidth 1.0 linecolor rgb '#333333'
set tics nomirror scale 0.5 textcolor rgb '#333333'
blue = '#1f3b73'; red = '#b2182b'; green = '#2b8c5a'; orange = '#e08214'; grey = '#555555'
# A palette from white to blue for densities under arrows and points.
set palette defined (0 '#ffffff', 0.15 '#dbe6f4', 0.5 '#8fb1dc', 1 '#2f5f9f')
# A panel with its lower left corner and size in pixels of a picture of the given size.
panel(x, y, width, height) = sprintf('set lmargin at screen %g; set rmargin at screen %g; set bmargin at screen %g; set tmargin at screen %g', \
    x / picture_width, (x + width) / picture_width, y / picture_height, (y + height) / picture_height)
points_of(name) = sprintf("'%s/%s.npy' binary skip=128 format='%%float32%%float32' using 1:2 with points pointtype 7 pointsize 0.3", folder, name)
