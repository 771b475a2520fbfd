#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# seconds: 300
# What including a header costs: seconds of the compiler's front end, and its memory. include_cost.tsv has all headers as they were measured; the test
# measures ncsn.hpp and the costliest header of each folder again and fails when memory or time has grown by half. Time is compared in units of a
# standard header measured at once beside it, since machines differ. With --all every header is measured, and the table printed; --update keeps it.
set -euo pipefail

source_dir=${NCSN_SOURCE_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
table=$source_dir/tests/checks/include_cost.tsv
compiler=${CXX:-g++} budget=5                                                       # seconds of ncsn.hpp on the machine of the table
place=$(mktemp -d)
trap 'rm -rf -- "$place"' EXIT

command -v "$compiler" >/dev/null || { echo "skipped: no $compiler"; exit 77; }
if [[ $("$compiler" --version) != *"Free Software Foundation"* ]]; then echo 'skipped: the table is of g++'; exit 77; fi
measured() {                                                                        # header -> seconds MiB, as the compiler counts them itself
    printf '#include <%s>\n' "$1" >"$place/unit.cpp"
    "$compiler" -std=c++20 -fsyntax-only -fopenmp -w -ftime-report -I "$source_dir/include" -isystem /usr/include/eigen3 "$place/unit.cpp" \
        >"$place/report" 2>&1 || { cat "$place/report" >&2; return 1; }
    awk '/^ *TOTAL/ { memory = $NF; print $3, int(memory ~ /M$/ ? memory : memory ~ /G$/ ? 1024 * memory : memory / 1024) }' "$place/report"
}
everything() { (cd "$source_dir/include" && find ncsn -name '*.hpp' -not -path '*/cuda/*' | LC_ALL=C sort); }

if [[ ${1:-} == --all || ${1:-} == --update ]]; then
    {
        printf '# Seconds and MiB of g++ for each header alone, and for <regex>, by tests/checks/include_cost.sh --update.\n'
        for header in regex $(everything); do
            read -r seconds memory < <(measured "$header")
            printf '%s\t%s\t%s\n' "$header" "$seconds" "$memory"
        done
    } | if [[ $1 == --update ]]; then tee "$table"; else cat; fi
    exit
fi

chosen=$(awk -F'\t' '!/^#/ && $1 != "regex" { n = split($1, part, "/"); room = n > 2 ? part[2] : ""; if ($2 > most[room]) { most[room] = $2; name[room] = $1 } }
    END { for (room in name) print name[room] }' "$table" | LC_ALL=C sort)
kept() { awk -F'\t' -v header="$1" -v column="$2" '$1 == header { print $column }' "$table"; }
status=0
printf '%-44s %8s %8s %6s %6s\n' header seconds 'in table' MiB 'there'
for header in $chosen; do
    if [[ ! -f $source_dir/include/$header ]]; then echo "$header is not there any more: tests/checks/include_cost.sh --update"; status=1; continue; fi
    for attempt in 1 2 3; do                                                        # of three, for other programs run meanwhile
        read -r unit _ < <(measured regex)
        read -r seconds memory < <(measured "$header")
        if awk -v s="$seconds" -v u="$unit" -v kept="$(kept "$header" 2)" -v kept_unit="$(kept regex 2)" 'BEGIN { exit !(s / u > 1.5 * kept / kept_unit) }'; then
            slow=yes
        else slow=; break; fi
    done
    printf '%-44s %8s %8s %6s %6s\n' "$header" "$seconds" "$(kept "$header" 2)" "$memory" "$(kept "$header" 3)"
    if [[ -n $slow ]]; then echo "  takes more than half as long again as the table says, in units of <regex> ($unit s here)"; status=1; fi
    if (( 2 * memory > 3 * $(kept "$header" 3) )); then echo '  takes more than half as much memory again as the table says'; status=1; fi
done
if awk -v s="$(kept ncsn/ncsn.hpp 2)" -v budget="$budget" 'BEGIN { exit !(s > budget) }'; then
    echo "ncsn.hpp has a budget of $budget s; the table says $(kept ncsn/ncsn.hpp 2)"; status=1
fi
exit $status
