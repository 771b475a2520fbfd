# SPDX-License-Identifier: Apache-2.0
# A table: folder/table.txt, cells separated by tabs, the first row a heading; folder/table.gp has rows, columns and the letters of each column.
load folder.'/table.gp'
letter = 9.6; gap = 30.0; line = 34.0
width_of(c) = letter * word(widths, c) + gap
left_of(c) = c > 1 ? left_of(c - 1) + width_of(c - 1) : 0
table_width = left_of(columns + 1)
load folder.'/numbers.gp'
title_width = 11.0 * strlen(figure_title)
picture_width = 60 + (table_width > title_width ? table_width : title_width); picture_width = picture_width < 620 ? 620.0 : picture_width
picture_height = 118 + line * rows
load here.'/style.gp'
unset border; unset tics
set datafile separator "\t"
set multiplot
eval heading(21)
eval running(66)
eval panel((picture_width - table_width) / 2, 24, table_width, line * rows)
set xrange [0:table_width]; set yrange [-rows:0]
plot for [c = 1:columns] folder.'/table.txt' using (left_of(c)):(-$0 - 0.5):(strcol(c)) with labels left font ',16', \
    -1 with lines linewidth 0.9 linecolor rgb grey, for [r = 2:rows] -r with lines linewidth 0.5 linecolor rgb '#dddddd'
unset multiplot
