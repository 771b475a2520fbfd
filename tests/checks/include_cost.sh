#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# seconds: 300
# What including a header costs: seconds of the compiler's front end, and its memory. include_cost.tsv has all headers as they were measured; the test
# measures ncsn.hpp and the costliest header of each folder again and fails when memory or time has grown by half. Time is compared in units of a
# standard header measured at once beside it, since machines differ. With --all every header is measured, and the table printed; --update keeps
# it, and fails when ncsn.hpp is above its budget. --add measures the headers that are new, in the same units, and takes out those that are gone.
set -euo pipefail
export LC_ALL=C

source_dir=${NCSN_SOURCE_DIR:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
table=$source_dir/tests/checks/include_cost.tsv
compiler=${CXX:-g++} budget=5                                                       # seconds of ncsn.hpp on the machine of the table
place=$(mktemp -d)
trap 'rm -rf -- "$place"' EXIT

command -v "$compiler" >/dev/null || { echo "skipped: no $compiler"; exit 77; }
if [[ $("$compiler" --version) != *"Free Software Foundation"* ]]; then echo 'skipped: the table is of g++'; exit 77; fi
front_end() {                                                                       # header, options of a report
    printf '#include <%s>\n' "$1" >"$place/unit.cpp"
    "$compiler" -std=c++20 -fsyntax-only -fopenmp -w "${@:2}" -I "$source_dir/include" -isystem /usr/include/eigen3 "$place/unit.cpp" \
        >"$place/report" 2>&1 || { cat "$place/report" >&2; return 1; }
}
seconds_of() {                                                                      # header, options -> processor seconds
    local TIMEFORMAT=%U
    { time front_end "$@" 2>"$place/errors"; } 2>&1 || { cat "$place/errors" >&2; return 1; }
}
memory_of() {                                                                       # header -> MiB, as the compiler counts them itself
    front_end "$1" -ftime-report
    reported_memory
}
reported_memory() {
    awk '/^ *TOTAL/ { memory = $NF; print int(memory ~ /M$/ ? memory : memory ~ /G$/ ? 1024 * memory : memory / 1024) }' "$place/report"
}
kept() { awk -F'\t' -v header="$1" -v column="$2" '$1 == header { print $column }' "$table"; }
everything() { (cd "$source_dir/include" && find ncsn -name '*.hpp' -not -path '*/cuda/*' -not -name mpi_processes.hpp | sort); }

least_seconds_of() { for attempt in 1 2 3; do seconds_of "$1"; done | sort -n | head -n 1; }
title='# Seconds and MiB of g++ for each header alone, and for <regex>, by tests/checks/include_cost.sh --update.'
in_table() { sed '/^#/d; /^regex\t/d; s/\t.*//' "$table"; }

if [[ ${1:-} == --add ]]; then
    unit=$(least_seconds_of regex)
    {
        printf '%s\n' "$title"
        grep -P '^regex\t' "$table"
        {
            grep -F -f <(everything | sed 's/$/\t/') "$table"
            for header in $(comm -13 <(in_table | sort) <(everything)); do
                seconds=$(awk -v s="$(least_seconds_of "$header")" -v u="$unit" -v kept="$(kept regex 2)" 'BEGIN { printf "%.3f", s / u * kept }')
                printf '%s\t%s\t%s\n' "$header" "$seconds" "$(memory_of "$header")"
            done
        } | sort
    } >"$place/table"
    cp "$place/table" "$table"
    exit
fi
if [[ ${1:-} == --all || ${1:-} == --update ]]; then
    {
        printf '%s\n' "$title"
        for header in regex $(everything); do printf '%s\t%s\t%s\n' "$header" "$(least_seconds_of "$header")" "$(memory_of "$header")"; done
    } | if [[ $1 == --update ]]; then tee "$table"; else cat; fi
    [[ $1 == --all ]] || kept ncsn/ncsn.hpp 2 | awk -v budget="$budget" '$1 > budget { print "ncsn.hpp has a budget of " budget " s"; exit 1 }'
    exit
fi

costliest='!/^#/ && $1 != "regex" {
    n = split($1, part, "/")
    room = n > 2 ? part[2] : ""
    if ($2 > most[room]) { most[room] = $2; name[room] = $1 }
}
END { for (room in name) print name[room] }'
chosen=$(awk -F'\t' "$costliest" "$table" | sort)
status=0
for header in $(comm -3 <(in_table | sort) <(everything)); do
    echo "$header is in the table or in include/ncsn, and not in both: tests/checks/include_cost.sh --add"
    status=1
done
printf '%-44s %8s %8s %6s %6s\n' header seconds 'in table' MiB 'there'
unit=$(seconds_of regex)
for header in $chosen; do
    [[ -f $source_dir/include/$header ]] || continue
    most=$(awk -v s="$(kept "$header" 2)" 'BEGIN { print 1.5 * s }')
    # With the report, which takes some time, and twice without where that was too long: other programs run meanwhile.
    for options in -ftime-report '' ''; do
        [[ -n $options ]] || unit=$(seconds_of regex)
        seconds=$(seconds_of "$header" $options)
        [[ -z $options ]] || memory=$(reported_memory)
        slow=$(awk -v s="$seconds" -v u="$unit" -v most="$most" -v kept_unit="$(kept regex 2)" 'BEGIN { if (s / u * kept_unit > most) print "yes" }')
        if [[ -z $slow ]]; then break; fi
    done
    printf '%-44s %8s %8s %6s %6s\n' "$header" "$seconds" "$(kept "$header" 2)" "$memory" "$(kept "$header" 3)"
    if [[ -n $slow ]]; then echo "  more than $most s, in units of <regex>: $(kept regex 2) s in the table, $unit s here"; status=1; fi
    if (( 2 * memory > 3 * $(kept "$header" 3) )); then echo '  takes more than half as much memory again as the table says'; status=1; fi
done
exit $status
