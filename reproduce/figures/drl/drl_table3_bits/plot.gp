# SPDX-License-Identifier: Apache-2.0
# Table 3 of diffusion recovery likelihood   ->   folder/drl_table3_bits.png
picture_width = 1000.0; picture_height = 220.0; columns = 5; rows = 2
load here.'/table.gp'
