#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: figures_asm_fig1_noise_std figures_asm_fig2_toys figures_drl_toys figures_ens_toys figures_fig1_pca
# needs: figures_ssm_loss figures_fig2_scores figures_fig3_gmm figures_repro_fig11_eps
# seconds: 900
# reproduce/all --preset smoke: every figure with a script is reproduced, in one report; a claim that fails makes it fail.
set -euo pipefail

command -v gnuplot >/dev/null || { echo 'gnuplot (Debian package gnuplot-nox) is not installed'; exit 77; }
place=$(mktemp -d)
trap 'rm -rf -- "$place"' EXIT
export NCSN_SETUP=skip OMP_NUM_THREADS=1
failures=0
expect() { if "${@:2}"; then echo "ok      $1"; else echo "FAILED  $1"; failures=$((failures + 1)); fi; }
exits_with() { local status=0; "${@:2}" >"$place/log" 2>&1 || status=$?; cat "$place/log"; [[ $status == "$1" ]]; }
says() { grep -qF -- "$1" "$place/log"; }

expect 'every figure is reproduced' exits_with 0 "$NCSN_SOURCE_DIR/reproduce/all" --preset smoke --out "$place/all"
expect 'the report has a part for each' [ "$(grep -c '^## ' "$place/all/report.md")" = "$("$NCSN_SOURCE_DIR/reproduce/list" --ids | wc -l)" ]
expect 'with numbers' grep -qF '| (a) annealed Langevin, n = 1: deviation at L/4 | plot | 22.377' "$place/all/report.md"

cp -r "$NCSN_SOURCE_DIR/reproduce" "$place/reproduce"
sed -i '/"n1.at_quarter"/s/22.377/23.377/' "$place/reproduce/expected/asm_fig1_noise_std.json"
expect 'one wrong expectation fails' exits_with 1 "$place/reproduce/all" --out "$place/bad" asm_fig1_noise_std ens_fig2_field
expect 'and is counted' says '1 reproduced, 1 not, 0 skipped'
expect 'and named in the report' grep -qF '1 not (asm_fig1_noise_std)' "$place/bad/report.md"
expect 'a figure without its data is skipped' env NCSN_DATA="$place/none" "$NCSN_SOURCE_DIR/reproduce/all" --out "$place/some" ens_fig2_field fig1_pca
expect 'and named' grep -qF '1 skipped (fig1_pca)' "$place/some/report.md"
expect 'a figure nobody wrote is refused' exits_with 2 "$place/reproduce/all" fig99
expect 'a preset nobody wrote, too' exits_with 2 "$place/reproduce/all" --preset best
exit "$((failures > 0))"
