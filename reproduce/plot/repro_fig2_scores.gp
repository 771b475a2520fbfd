# SPDX-License-Identifier: Apache-2.0
# Figure 2 of the reproduction report: that of the NCSN paper with named axes   ->   folder/repro_fig2_scores.png
name = 'repro_fig2_scores'
load here.'/fig2_scores.gp'
