# SPDX-License-Identifier: Apache-2.0
# Table 4 of diffusion recovery likelihood   ->   folder/drl_table4_architectures.png
picture_width = 1100.0; picture_height = 460.0; columns = 3; rows = 10
load here.'/table.gp'
