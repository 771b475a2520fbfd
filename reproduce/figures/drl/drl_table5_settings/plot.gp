# SPDX-License-Identifier: Apache-2.0
# Table 5 of diffusion recovery likelihood   ->   folder/drl_table5_settings.png
load here.'/table.gp'
