#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# seconds: 60
# One description a figure: list, commands, help and pictures have what it says, and say it nowhere else.
source "$NCSN_SOURCE_DIR/tests/support/expectations.bash"
needs_tools jq
cd "$NCSN_SOURCE_DIR/reproduce"
field() { jq -r "$2" "$1"; }                                                        # file filter

descriptions=(figures/*/*/figure.json)
ids=$(printf '%s\n' "${descriptions[@]}" | awk -F/ '{ print $3 }')
catalogue=$(jq -n -L figures 'include "figures"; catalogue' "${descriptions[@]}")
numbers=$(jq -r '.[] | "\(.paper) \(.number)"' <<<"$catalogue" | sort -u)
expect '62 figures' [ "$(grep -c Figure <<<"$numbers")" = 62 ]
expect '11 tables' [ "$(grep -c Table <<<"$numbers")" = 11 ]
expect 'no id appears twice' [ -z "$(sort <<<"$ids" | uniq -d)" ]
listed=$(./list | sed -nE 's/^  ([a-z][a-z0-9_]+) .*/\1/p')
expect 'the list has every entry, and no other' [ "$(sort <<<"$listed")" = "$(sort <<<"$ids")" ]
expect 'and counts them' grep -q '^62 figures, 11 tables' <(./list)
commands=$(find . -maxdepth 1 -type l -printf '%f\n')
expect 'every entry is a command, and no other link is there' [ "$(sort <<<"$commands")" = "$(sort <<<"$ids")" ]
expect 'which is reproduce/figure' [ -z "$(find . -maxdepth 1 -type l -not -lname figure)" ]

# What is said of results that were kept.
of_figures() { jq -n -r -L figures --slurpfile figures <(cat <<<"$catalogue") "include \"figures\"; $1" "${@:2}"; }
marks=$(of_figures '["holds", "fails, as known", "FAILS", "not evaluated"] | map(mark) | join(" ")')
expect 'a statement that fails is marked so, whether that was known or not' [ "$marks" = '✓ ✗ ✗ –' ]
kept=../docs/results/claims/fig3_gmm.smoke.json
expect 'a result is of its description' [ -z "$(of_figures 'outdated($figures[0])' "$kept")" ]
jq '.claims[0].statement = "another"' "$kept" >"$place/other.json"
expect 'one of another description is found' grep -q '^fig3_gmm.smoke: .*another' <<<"$(of_figures 'outdated($figures[0])' "$place/other.json")"
jq '(.claims[] | select(.verdict | startswith("fails"))).verdict = "FAILS"' "$kept" >"$place/unknown.json"
expect 'and a table names what fails' \
    [ "$(for file in "$kept" "$place/unknown.json"; do of_figures '[inputs] | map({id, claim: ., paper: "ncsn", number: "Figure 3"})
        | table(.; {ncsn: {cite: "-"}}; $figures[0]) | select(contains("fig3_gmm"))' "$file"; done | uniq | wc -l)" = 1 ]

# What stands in for a paper's data is named where it is seen.
recipes=$(jq -n 'reduce inputs as $one ({}; .[input_filename / "/" | .[-1] | rtrimstr(".json")] = $one)' networks/*.json)
unnamed() { jq -r -L figures --slurpfile recipes <(cat <<<"$recipes") 'include "figures"; unnamed_stand_ins($recipes[0])' <<<"$1"; }
expect 'every stand-in is named in a caption or the title' [ -z "$(unnamed "$catalogue")" ]
expect 'and one that is not is found' grep -qx 'fig10_celeba.short celeba: olivetti32' <<<"$(unnamed \
    "$(jq '.fig10_celeba.presets.short.panels[0].caption = "CelebA"' <<<"$catalogue")")"
twin=../docs/results/claims/drl_fig11_cifar10.short.json
same() { of_figures '[inputs] | map({id, claim: ., paper: "drl", number: "-"}) | twins($figures[0]) | tojson' "$@"; }
jq '.id = "drl_fig4_samples" | .quantities[0].name = "another"' "$twin" >"$place/twin.json"
expect 'one run under two names is one experiment' grep -q '"drl_fig11_cifar10":"drl_fig4_samples"' <<<"$(same "$place/twin.json" "$twin")"
jq '.quantities[0].seeds[0] += 0.001' "$place/twin.json" >"$place/other.json"
expect 'two runs are two' [ -z "$(grep -o drl_fig11_cifar10 <<<"$(same "$place/other.json" "$twin")")" ]
kept=../docs/results/claims/fig2_scores.smoke.json other=../docs/results/claims/repro_fig2_scores.smoke.json
expect 'one like another with other numbers is an experiment of its own' [ -z "$(grep -o '"repro_fig2_scores"' <<<"$(same "$kept" "$other")")" ]
jq '.id = "repro_fig2_scores"' "$kept" >"$place/again.json"
expect 'and with the same numbers is not' grep -q '"repro_fig2_scores":"fig2_scores"' <<<"$(same "$kept" "$place/again.json")"
jq '.settings.preset = "short"' "$other" >"$place/longer.json"
expect 'nor where another preset was kept' grep -q '"repro_fig2_scores":"fig2_scores"' <<<"$(same "$kept" "$place/longer.json")"
ahead=$(jq '.fig3_gmm.presets.smoke.waits = "rain"' <<<"$catalogue")
expect 'a figure whose smoke waits is not one that runs' grep -q 'not yet: waits for rain' \
    <<<"$(jq -r -L figures --slurpfile papers figures/papers.json 'include "figures"; list("all"; $papers[0])' <<<"$ahead")"

ready=$(./list --ready | sed -nE 's/^  ([a-z][a-z0-9_]+) .*/\1/p')
for file in "${descriptions[@]}"; do
    id=$(cut -d/ -f3 <<<"$file") help=$("./$(cut -d/ -f3 <<<"$file")" --help)
    claim=$(field "$file" '.claim // ""')
    [[ -z $claim ]] || expect "$id --help says its claim" grep -qF -- "Claim:    $claim" <<<"$help"
    if grep -qx "$id" <<<"$ready"; then
        for part in Setting Presets Tested Exit Usage; do expect "$id --help says its $part" grep -q "^$part: " <<<"$help"; done
        like=$(field "$file" '.like // ""')
        plots=("figures/"*"/$id/plot.gp" "figures/${like:-none}/plot.gp" "plot/$(jq -r --arg id "$id" '.[$id].kind // "none"' <<<"$catalogue").gp")
        expect "$id has a plot" [ -n "$(ls "${plots[@]}" 2>/dev/null)" ]
    else
        expect "$id --help says what it waits for" grep -qE '^Waits: |^(Presets:  |          )smoke  waits for ' <<<"$help"
        status=0; "./$id" >/dev/null 2>&1 || status=$?
        expect "$id ends as one that is skipped" [ "$status" = 77 ]
    fi
done
for plot in figures/*/*/plot.gp plot/samples.gp plot/curve.gp plot/table.gp; do
    expect "$plot takes its title from the description" grep -qE "eval heading|figure_title|load here\.'/table\.gp'" "$plot"
done
while IFS= read -r title; do
    expect "no plot says: $title" [ -z "$(grep -rlF --include='*.gp' -e "$title" plot figures)" ]
done < <(jq -r '.title // empty' "${descriptions[@]}")
exit "$((failures > 0))"
