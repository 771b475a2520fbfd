# SPDX-License-Identifier: Apache-2.0
# A table: folder/table.txt, cells separated by tabs, the first row a heading. Before it is loaded: picture_width, picture_height, columns, rows.
load here.'/style.gp'
unset border; unset tics
set datafile separator "\t"
set multiplot
eval heading(21)
eval running(66)
set lmargin at screen 0.03; set rmargin at screen 0.97; set bmargin at screen 0.04; set tmargin at screen 1 - 100 / picture_height
set xrange [0:columns]; set yrange [-rows:0]
plot for [c = 1:columns] folder.'/table.txt' using (c - 1):(-$0 - 0.5):(strcol(c)) with labels left font ',16', \
    -1 with lines linewidth 0.7 linecolor rgb grey
unset multiplot
