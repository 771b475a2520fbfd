# SPDX-License-Identifier: Apache-2.0
# Table 4 of diffusion recovery likelihood   ->   folder/drl_table4_architectures.png
load here.'/table.gp'
