# SPDX-License-Identifier: Apache-2.0
# Panels of images side by side, each with its caption and what was measured on it: the kinds samples, sweep, progress, nearest and inpainting.
load folder.'/panels.gp'
height_of(k) = real(word(heights, k + 1)); width_of(k) = real(word(widths, k + 1))
tallest = 0; total = 0
do for [k = 0:panels - 1] { tallest = height_of(k) > tallest ? height_of(k) : tallest; total = total + width_of(k) }
# Pixels of the picture to one of an image: as large as fits, a whole number so that images stay sharp.
zoom = floor(1560 / (total + 12.0 * panels)); room = floor(900 / tallest); zoom = zoom < room ? zoom : room; zoom = zoom < 1 ? 1 : zoom
gap = 40
load folder.'/numbers.gp'
measures = 'digits noise saturated first_digits last_digits first_noise last_noise distance copies unseen diversity error stranger psnr stranger_psnr jump fd_digits kd_digits fd_efficientnet kd_efficientnet fid kid inception_score'
said = '"digits to a classifier" noise clipped "digits, first column" "digits, last column" "noise, first column" "noise, last column" "distance to training set" "of copies" "of unseen images" "diversity of completions" "their error" "error of another image" "their PSNR (dB)" "PSNR of another image" "longest step" "FD (digits)" "KD (digits)" "FD (EfficientNet-Lite0)" "KD (EfficientNet-Lite0)" FID KID IS'
variable_of(k, m, between) = word(names, k + 1).between.word(measures, m)
line_of(k, m, between, what) = exists(variable_of(k, m, between)) ? "\n".what.'  '.value(variable_of(k, m, between)) : ''
numbers_of(k) = (text = '', sum [m = 1:words(measures)] (text = text.line_of(k, m, '_', word(said, m)).line_of(k, m, '_floor_', 'of real images'), 0), \
    text[2:*])
# A panel is no narrower than its caption and what is said below it.
slot_of(k) = (least = 9.5 * strlen(value(sprintf('caption_%d', k))), text = numbers_of(k), least = text eq '' || least > 290 ? least : 290, \
    zoom * width_of(k) > least ? zoom * width_of(k) : least)
lines_of(k) = (text = numbers_of(k), (sum [c = 1:strlen(text)] (text[c:c] eq "\n")) + 1)
lines = 4; slots = 0
do for [k = 0:panels - 1] { lines = lines_of(k) > lines ? lines_of(k) : lines; slots = slots + slot_of(k) }
below = 30.0 + 22 * lines
picture_width = slots + gap * (panels + 1.0); picture_width = picture_width < 760 ? 760.0 : picture_width
picture_height = zoom * tallest + 130 + below
load here.'/style.gp'
unset border; unset tics
left = (picture_width - slots - gap * (panels - 1.0)) / 2
set multiplot
eval heading(picture_width < 1000 ? 17 : 21)
eval running(66)
do for [k = 0:panels - 1] {
    eval panel(left + (slot_of(k) - zoom * width_of(k)) / 2, picture_height - 130 - zoom * height_of(k), zoom * width_of(k), zoom * height_of(k))
    set xrange [-0.5:width_of(k) - 0.5]; set yrange [-0.5:height_of(k) - 0.5]
    set title value(sprintf('caption_%d', k)) offset 0, -0.6 font ',17'
    set label 1 numbers_of(k) at graph 0.5, graph 0 center offset 0, -1 font ',14' textcolor rgb grey
    plot sprintf('%s/panel%d.png', folder, k) binary filetype=png with rgbimage
    left = left + slot_of(k) + gap
    @no_heading
}
unset multiplot
