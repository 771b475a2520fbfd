#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: figures_fig3_gmm
# seconds: 60
# reproduce/fig3_gmm: the figure is drawn and shows what is known; with a false statement or a wrong guard it fails.
source "$NCSN_SOURCE_DIR/tests/support/expectations.bash"
needs_tools gnuplot jq
export NCSN_SETUP=skip
script=$NCSN_SOURCE_DIR/reproduce/fig3_gmm
ends_with() { exits_with "$1" "$script" "${@:2}"; }

expect 'three seeds show what is known' ends_with 0 --out "$place/good figure"
expect 'the verdict says so' says 'verdict: 3 of 6 statements of the paper reproduced (3 not, as known); 14 of 14 guards hold'
expect 'and the library explains why the printed settings diverge' says 'epsilon below 0.0202 (full_step) or 0.0404 (half_step)'
expect 'the picture is a picture' is_png "$place/good figure/fig3_gmm.png" 20000
expect 'the samples are kept' [ -s "$place/good figure/corrected_seed2.npy" ]
expect 'with every seed' [ "$(jq '.quantities[0].seeds | length' "$place/good figure/claim.json")" = 3 ]
expect 'the title is that of the description' grep -qF "$(jq -r .title "$NCSN_SOURCE_DIR/reproduce/figures/ncsn/fig3_gmm/figure.json")" \
    "$place/good figure/numbers.gp"
expect 'reproduce/figure draws the same' "$NCSN_SOURCE_DIR/reproduce/figure" fig3_gmm --out "$place/again" >/dev/null
expect 'with the same bits' [ "$(jq -c .quantities "$place/again/claim.json")" = "$(jq -c .quantities "$place/good figure/claim.json")" ]

expect 'one variant alone' ends_with 0 --seeds 1 --variant corrected --out "$place/one"
expect 'tests what one seed can' \
    says 'verdict: 1 of 3 statements of the paper reproduced (1 not, as known, 1 not tested: one seed); 9 of 9 guards hold'
expect 'and a picture' is_png "$place/one/fig3_gmm.png" 20000

# The report's levels, which end at e^0.1, are a panel of its own figure and of no other.
script=$NCSN_SOURCE_DIR/reproduce/repro_fig3_gmm
expect 'the report'\''s levels give its weight and its width' ends_with 0 --out "$place/report"
expect 'by the law of the chains' says 'verdict: 3 of 3 statements of the paper reproduced, 3 of 3 of ours hold; 14 of 14 guards hold'
shared() { jq -c '[.quantities[] | select(.name | startswith("report.") | not) | [.name, .seeds]]' "$1"; }
expect 'all else has the same bits' [ "$(shared "$place/report/claim.json")" = "$(shared "$place/good figure/claim.json")" ]
expect 'and is drawn' is_png "$place/report/repro_fig3_gmm.png" 20000
script=$NCSN_SOURCE_DIR/reproduce/fig3_gmm
expect 'which Figure 3 itself does not have' ends_with 1 --variant report --out "$place/none"
expect 'and says so' says '--variant report: code, paper, corrected are known'

copy() {
    rm -rf "$place/reproduce"
    cp -r "$NCSN_SOURCE_DIR/reproduce" "$place/reproduce"
    script=$place/reproduce/fig3_gmm description=$place/reproduce/figures/ncsn/fig3_gmm/figure.json
}
copy
expect 'a claim is turned round' edit "$description" '(.claims[] | select(.quantity == "langevin.upper_mode")) |= (.is = .differs | del(.differs))'
export NCSN_BUILD_DIR
expect 'plain Langevin at 0.8 fails' ends_with 1 --out "$place/bad"
expect 'by name' says 'langevin.upper_mode is 0.800: FAILS'
expect 'with a verdict' says 'verdict: 2 of 6 statements of the paper reproduced (1 NOT, 3 not, as known)'
expect 'also in the file' [ "$(jq .passed "$place/bad/claim.json")" = false ]
copy
expect 'a guard is made sharper' edit "$description" '(.guards[] | select(.near == 0.79)).tolerance = 1e-4'
expect 'a guard without mercy fails' ends_with 1 --out "$place/bad"
copy
expect 'a field is named wrongly' edit "$description" '(.claims[] | select(.gap)) |= (.hint = .gap | del(.gap))'
expect 'a failure without its reason is refused' ends_with 1 --out "$place/bad"
expect 'by name' says 'unknown field "hint"'
script=$NCSN_SOURCE_DIR/reproduce/fig3_gmm

expect 'the help names the variants' grep -q -- '--variant' <("$script" --help)
expect 'an unknown variant is refused' ends_with 1 --variant best --out "$place/none"
expect 'an unknown preset is refused' ends_with 2 --preset best --out "$place/none"
expect 'what is no option is refused' ends_with 109 --colour red --out "$place/none"
mkdir "$place/bin"
for tool in bash dirname mkdir rm cat jq; do ln -s "$(command -v $tool)" "$place/bin/"; done
expect 'without gnuplot the package is named' \
    "$(command -v bash)" -c '! PATH=$2 "$0" --out "$1" >"$3" 2>&1' "$script" "$place/none" "$place/bin" "$place/log"
expect 'which is' says 'gnuplot-nox'
exit "$((failures > 0))"
