#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: figures_fig3_gmm
# seconds: 60
# reproduce/fig3_gmm: the figure is drawn and its claims hold; with a wrong expectation it fails.
set -euo pipefail

command -v gnuplot >/dev/null || { echo 'gnuplot (Debian package gnuplot-nox) is not installed'; exit 77; }
place=$(mktemp -d)
trap 'rm -rf -- "$place"' EXIT
export NCSN_SETUP=skip
script=$NCSN_SOURCE_DIR/reproduce/fig3_gmm expected=$NCSN_SOURCE_DIR/reproduce/expected/fig3_gmm.json
failures=0
expect() { if "${@:2}"; then echo "ok      $1"; else echo "FAILED  $1"; failures=$((failures + 1)); fi; }
exits_with() { local status=0; "$script" "${@:2}" >"$place/log" 2>&1 || status=$?; [[ $status == "$1" ]] || { cat "$place/log"; return 1; }; }
says() { grep -qF -- "$1" "$place/log"; }
is_png() { [[ $(head -c 4 "$1" | tail -c 3) == PNG && $(wc -c <"$1") -gt 20000 ]]; }
is_shown_wrong() { grep -qF '"passed": false' "$1"; }

expect 'two seeds reproduce the figure' exits_with 0 --seeds 1,2 --out "$place/good figure"
expect 'the verdict says so' says 'verdict: reproduced, 15 of 15'
expect 'and the library explains why the printed settings diverge' says 'epsilon below 0.0202 (full_step) or 0.0404 (half_step)'
expect 'the picture is a picture' is_png "$place/good figure/fig3_gmm.png"
expect 'the samples are kept' [ -s "$place/good figure/corrected_seed2.npy" ]
expect 'the verdict too' grep -qF '"passed": true' "$place/good figure/claim.json"

expect 'one variant alone' exits_with 0 --seeds 1 --variant corrected --out "$place/one"
expect 'has its own numbers only' says 'verdict: reproduced, 9 of 9'
expect 'and a picture' is_png "$place/one/fig3_gmm.png"

sed '/"langevin.upper_mode"/s/"expected": 0.5/"expected": 0.8/' "$expected" >"$place/wrong.json"
expect 'plain Langevin expected at 0.8 fails' exits_with 1 --seeds 1 --out "$place/bad" --expected "$place/wrong.json"
expect 'by name' says 'langevin.upper_mode'
expect 'with a verdict' says 'verdict: NOT reproduced, 14 of 15'
expect 'also in the file' is_shown_wrong "$place/bad/claim.json"
sed '/"code.upper_mode"/s/"tolerance": 0.05/"tolerance": 0.0001/' "$expected" >"$place/strict.json"
expect 'a tolerance without mercy fails' exits_with 1 --seeds 1 --out "$place/bad" --expected "$place/strict.json"

"$NCSN_BUILD_DIR/experiments/figures/fig3_gmm" --help >"$place/log"
expect 'the help names the variants' says '--variant'
expect 'an unknown variant is refused' "$(command -v bash)" -c '! "$0" --variant best --out "$1" >/dev/null 2>&1' "$script" "$place/none"
mkdir "$place/bin"
for tool in bash dirname mkdir rm cat; do ln -s "$(command -v $tool)" "$place/bin/"; done
expect 'without gnuplot the package is named' \
    "$(command -v bash)" -c '! PATH=$2 "$0" --out "$1" >"$3" 2>&1' "$script" "$place/none" "$place/bin" "$place/log"
expect 'which is' says 'gnuplot-nox'
exit "$((failures > 0))"
