# SPDX-License-Identifier: Apache-2.0
# Table 3 of diffusion recovery likelihood   ->   folder/drl_table3_bits.png
load here.'/table.gp'
