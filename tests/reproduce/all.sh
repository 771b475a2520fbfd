#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: figures_asm_fig1_noise_std figures_asm_fig2_toys figures_drl_toys figures_ens_toys figures_fig1_pca
# needs: figures_ssm_loss figures_fig2_scores figures_fig3_gmm figures_repro_fig11_eps
# seconds: 900
# reproduce/all --preset smoke: every figure with a program runs and shows what is known, in one report; a claim or a guard that fails makes it fail.
set -euo pipefail

for tool in gnuplot jq; do command -v $tool >/dev/null || { echo "$tool is not installed"; exit 77; }; done
place=$(mktemp -d)
trap 'rm -rf -- "$place"' EXIT
export NCSN_SETUP=skip OMP_NUM_THREADS=1
failures=0
expect() { if "${@:2}"; then echo "ok      $1"; else echo "FAILED  $1"; failures=$((failures + 1)); fi; }
exits_with() { local status=0; "${@:2}" >"$place/log" 2>&1 || status=$?; cat "$place/log"; [[ $status == "$1" ]]; }
says() { grep -qF -- "$1" "$place/log"; }

cd "$NCSN_SOURCE_DIR/reproduce"
mapfile -t ids < <(jq -n -r -L figures 'include "figures"; catalogue | to_entries[] | select(.value.program) | .key' figures/*/*/figure.json)
cd "$place"
expect 'there are 17 with a program' [ "${#ids[@]}" = 17 ]
expect 'every one shows what is known' exits_with 0 "$NCSN_SOURCE_DIR/reproduce/all" --preset smoke --out "$place/all" "${ids[@]}"
skipped=$(grep -c ' skipped: ' "$place/log" || true)
expect 'the report has a part for each' [ "$(grep -c '^## ' "$place/all/report.md")" = $((17 - skipped)) ]
expect 'with what was measured' grep -qF '| (b) Langevin: weight of the upper mode | 0.498 ± 0.011 |' "$place/all/report.md"
expect 'with what the paper says' grep -qF '| Proposition 1 | t, 2 degrees of freedom |' "$place/all/report.md"

cp -r "$NCSN_SOURCE_DIR/reproduce" "$place/reproduce"
figures=$place/reproduce/figures
sed -i '/"quantity": "every_level", "above": 1/s/"above": 1/"below": 1/' "$figures/asm/asm_fig1_noise_std/figure.json"
expect 'one false statement fails' exits_with 1 "$place/reproduce/all" --out "$place/bad" asm_fig1_noise_std ens_fig2_field
expect 'and is counted' says '1 as known, 1 not, 0 skipped'
expect 'and named in the report' grep -qF '1 not (asm_fig1_noise_std)' "$place/bad/report.md"
sed -i 's/"below": 1e-05/"below": 1e-09/' "$figures/ens/ens_fig2_field/figure.json"
expect 'so does a guard' exits_with 1 "$place/reproduce/all" --out "$place/guard" ens_fig2_field
sed -i 's/"quantity": "gradient"/"quantity": "slope"/' "$figures/ens/ens_fig2_field/figure.json"
expect 'and a quantity that nobody measures' exits_with 1 "$place/reproduce/all" --out "$place/unknown" ens_fig2_field
expect 'a figure without its data is skipped' env NCSN_DATA="$place/none" "$NCSN_SOURCE_DIR/reproduce/all" --out "$place/some" ens_fig4_gmm fig1_pca
expect 'and named' grep -qF '1 skipped (fig1_pca)' "$place/some/report.md"
expect 'a figure nobody wrote is refused' exits_with 2 "$place/reproduce/all" fig99
expect 'one that waits, too' exits_with 2 "$place/reproduce/all" table1_cifar10
expect 'a preset nobody wrote, too' exits_with 2 "$place/reproduce/all" --preset best
expect 'what docs/results says comes from the files that were kept' "$NCSN_SOURCE_DIR/reproduce/report" --docs --check
exit "$((failures > 0))"
