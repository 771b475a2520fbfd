#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# seconds: 30
# reproduce/list tells the truth: 62 figures and 11 tables, each named once; every figure with a script has all that belongs to it.
set -euo pipefail

cd "$NCSN_SOURCE_DIR/reproduce"
failures=0
expect() { if "${@:2}"; then echo "ok      $1"; else echo "FAILED  $1"; failures=$((failures + 1)); fi; }
entries=$(grep -v '^#' figures.tsv)
kinds() { cut -f2,3 <<<"$entries" | sort -u | grep -c "$1"; }

expect '62 figures' [ "$(kinds Figure)" = 62 ]
expect '11 tables' [ "$(kinds Table)" = 11 ]
expect 'no id appears twice' [ -z "$(cut -f1 <<<"$entries" | sort | uniq -d)" ]
./list >/dev/null
for id in $(./list --ids); do
    for part in Claim Expected Setting Presets Cost Usage; do expect "$id says its $part" grep -q "^# $part: " "$id"; done
    expect "$id has expected numbers" [ -s "expected/$id.json" ]
    expect "$id has a picture" [ -s "plot/$id.gp" ]
    expect "$id waits for nothing" [ -z "$(grep -P "^$id\t" figures.tsv | cut -f5)" ]
done
for script in *; do                                                                 # the other way round: no script that the list forgets
    case $script in all | expected | figures.tsv | list | plot | quickstart | setup) continue ;; esac
    expect "$script is in the list" grep -qP "^$script\t" figures.tsv
done
missing=$(while IFS=$'\t' read -r id _ _ _ needs; do [[ -x $id || -n $needs ]] || echo "$id"; done <<<"$entries")
expect 'what has no script says what it waits for' [ -z "$missing" ]
[[ -z $missing ]] || printf '%s\n' "$missing"
exit "$((failures > 0))"
