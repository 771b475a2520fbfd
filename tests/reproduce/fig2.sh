#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: figures_fig2_scores
# seconds: 120
# reproduce/fig2_scores and the report's: one program, with PyTorch's weights and Adam or with Keras'.
source "$NCSN_SOURCE_DIR/tests/support/expectations.bash"
needs_tools gnuplot jq
export NCSN_SETUP=skip
figure=$NCSN_SOURCE_DIR/reproduce/figure
draws() { exits_with 0 "$figure" "$1" --preset smoke --seeds 1 --out "$place/$2" "${@:3}"; }
numbers() { jq -c '[.quantities[] | [.name, .seeds]]' "$place/$1/claim.json"; }

expect 'the figure of the paper' draws fig2_scores paper
expect 'the figure of the report' draws repro_fig2_scores report
expect 'is the paper'\''s with Keras'\'' weights and Keras'\'' Adam' draws fig2_scores both --initialisation keras --optimizer keras-adam
expect 'to the bit' [ "$(numbers report)" = "$(numbers both)" ]
expect 'Glorot'\''s weights alone' draws fig2_scores weights --initialisation keras
expect 'Keras'\'' Adam alone' draws fig2_scores optimizer --optimizer keras-adam
expect 'are four networks in all' [ "$(for run in paper report weights optimizer; do numbers "$run"; done | sort -u | wc -l)" = 4 ]
expect 'weights nobody knows are refused' exits_with 1 "$figure" fig2_scores --out "$place/none" --initialisation glorot
expect 'with those known' says '--initialisation glorot: own and keras are known'
expect 'an optimizer nobody knows, too' exits_with 1 "$figure" fig2_scores --out "$place/none" --optimizer sgd
expect 'with those known' says '--optimizer sgd: adam and keras-adam are known'
exit "$((failures > 0))"
