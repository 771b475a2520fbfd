#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: figures_asm_fig1_noise_std figures_asm_fig2_toys figures_drl_toys figures_ens_toys figures_fig1_pca
# needs: figures_drl_hmc figures_drl_tables figures_drl_theory figures_ssm_loss figures_fig2_scores figures_fig3_gmm figures_repro_fig11_eps
# needs: figures_sec3_weights figures_sec4_magnitudes
# seconds: 900
# reproduce/all --preset smoke: every figure with a program runs and shows what is known, in one report; a claim or a guard that fails makes it fail.
source "$NCSN_SOURCE_DIR/tests/support/expectations.bash"
needs_tools gnuplot jq
export NCSN_SETUP=skip OMP_NUM_THREADS=1
finds_mnist || true                                                                 # without it figures that need it are skipped

cd "$NCSN_SOURCE_DIR/reproduce"
mapfile -t ids < <(jq -n -r -L figures 'include "figures"; catalogue | to_entries[] | select(.value.program) | .key' figures/*/*/figure.json)
cd "$place"
programs=$(jq -n -r -L "$NCSN_SOURCE_DIR/reproduce/figures" 'include "figures"; [catalogue[] | .program // "kinds"] | unique[]' \
    "$NCSN_SOURCE_DIR"/reproduce/figures/*/*/figure.json)
expect 'every program of figures is a figure'"'"'s' \
    [ "$programs" = "$(cd "$NCSN_SOURCE_DIR/experiments/figures" && printf '%s\n' *.cpp | sed 's/\.cpp$//' | LC_ALL=C sort)" ]
expect 'every one shows what is known' exits_with 0 "$NCSN_SOURCE_DIR/reproduce/all" --preset smoke --out "$place/all" "${ids[@]}"
skipped=$(grep -c ' skipped: ' "$place/log" || true)
expect 'the report has a part for each' [ "$(grep -c '^## ' "$place/all/report.md")" = $((${#ids[@]} - skipped)) ]
expect 'with what was measured' grep -qF '| (b) Langevin: weight of the upper mode | 0.498 ± 0.011 |' "$place/all/report.md"
expect 'with what the paper says' grep -qF '| Proposition 1 | t, 2 degrees of freedom |' "$place/all/report.md"

cp -r "$NCSN_SOURCE_DIR/reproduce" "$place/reproduce"
figures=$place/reproduce/figures
expect 'a claim is turned round' edit "$figures/asm/asm_fig1_noise_std/figure.json" \
    '(.claims[] | select(.quantity == "every_level")) |= (.below = .above | del(.above))'
expect 'one false statement fails' exits_with 1 "$place/reproduce/all" --out "$place/bad" asm_fig1_noise_std ens_fig2_field
expect 'and is counted' says '1 as known, 1 not, 0 skipped'
expect 'and named in the report' grep -qF '1 not (asm_fig1_noise_std)' "$place/bad/report.md"
expect 'a guard is made sharper' edit "$figures/ens/ens_fig2_field/figure.json" '.guards[].below = 1e-9'
expect 'so does a guard' exits_with 1 "$place/reproduce/all" --out "$place/guard" ens_fig2_field
expect 'a quantity is named wrongly' edit "$figures/ens/ens_fig2_field/figure.json" '.guards[].quantity = "slope"'
expect 'and a quantity that nobody measures' exits_with 1 "$place/reproduce/all" --out "$place/unknown" ens_fig2_field
expect 'a figure without its data is skipped' env NCSN_DATA="$place/none" "$NCSN_SOURCE_DIR/reproduce/all" --out "$place/some" ens_fig4_gmm fig1_pca
expect 'and named' grep -qF '1 skipped (fig1_pca)' "$place/some/report.md"
expect 'a figure nobody wrote is refused' exits_with 2 "$place/reproduce/all" fig99
expect 'one is made to wait' edit "$figures/ens/ens_fig4_gmm/figure.json" '.waits = "another machine"'
expect 'which is refused, too' exits_with 2 "$place/reproduce/all" ens_fig4_gmm
expect 'a preset nobody wrote, too' exits_with 2 "$place/reproduce/all" --preset best
expect 'what docs/results says comes from the files that were kept' "$NCSN_SOURCE_DIR/reproduce/report" --docs --check
exit "$((failures > 0))"
