# SPDX-License-Identifier: Apache-2.0
# Table 5 of diffusion recovery likelihood   ->   folder/drl_table5_settings.png
picture_width = 1100.0; picture_height = 400.0; columns = 5; rows = 7
load here.'/table.gp'
