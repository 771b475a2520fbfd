#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The text of the project: licence lines, widths, blanks, words that the style forbids, and nothing of a developer's machine.
set -euo pipefail
cd "$NCSN_SOURCE_DIR"

shopt -s lastpipe                                                                   # report, the last of a pipe, sets status here
status=0
report() {                                                                          # title; reads the findings
    local findings
    findings=$(cat)
    if [[ -n $findings ]]; then printf '%s:\n%s\n' "$1" "$(sed 's/^/  /' <<<"$findings")"; status=1; fi
}
# grep over a list of files; finding nothing is no failure.
search() {                                                                          # pattern file ...
    (( $# > 1 )) || return 0
    LC_ALL=C.UTF-8 grep -HnIE -e "$@" || [[ $? == 1 ]]
}

if tracked=$(git -c safe.directory='*' ls-files -co --exclude-standard 2>/dev/null); then
    mapfile -t all < <(while IFS= read -r file; do [[ ! -f $file || -L $file ]] || printf '%s\n' "$file"; done <<<"$tracked")
else
    mapfile -t all < <(find . \( -path './build*' -o -path ./out -o -path ./runs -o -path ./.git \) -prune -o -type f -print | sed 's|^\./||')
fi
mapfile -t sources < <(printf '%s\n' "${all[@]}" | grep -E '\.(hpp|cpp|cuh|cu)$')
mapfile -t headers < <(printf '%s\n' "${all[@]}" | grep -E '^include/.*\.(hpp|cuh)$')
scripts=()
for file in "${all[@]}"; do
    if [[ $(head -c 2 "$file" | tr -d '\0') == '#!' ]]; then scripts+=("$file"); fi
done

for file in "${sources[@]}"; do [[ $(head -n 1 "$file") == '// SPDX-License-Identifier: Apache-2.0' ]] || echo "$file"; done |
    report 'the first line is not "// SPDX-License-Identifier: Apache-2.0"'
for file in "${headers[@]}"; do [[ $(sed -n 2p "$file") == '/// \file  '* ]] || echo "$file"; done | report 'the second line is not "/// \file  ..."'
for file in "${headers[@]}"; do grep -qx '#pragma once' "$file" || echo "$file"; done | report 'no "#pragma once"'
for file in "${scripts[@]}"; do sed -n 2p "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || echo "$file"; done |
    report 'the second line of the script names no licence'
for file in "${scripts[@]}"; do
    [[ -x $file || $file == *.sh || $file == tests/support/* ]] || echo "$file"
done | report 'the script is not executable'
search $'\t' "${sources[@]}" | report 'a tab'
search '[[:blank:]]+$|'$'\r' "${sources[@]}" "${scripts[@]}" | report 'blanks at the end of a line'
mapfile -t wide < <(printf '%s\n' "${sources[@]}" "${scripts[@]}" README.md docs/*.md docs/*/*.md |
    grep -v '^benchmarks/.*\(sh\|py\)$\|^benchmarks/[^.]*$')
search '^[^|].{150,}' "${wide[@]}" | report 'more than 150 columns'                # a table's lines begin with |
search 'std::(ranges::)?views::|\bviews::|std::format\b' "${sources[@]}" | report 'std::views, std::format (clang 14 and g++ 12 fail on them)'
search '\bdetail(s)?::|namespace detail|_impl\.hpp' "${headers[@]}" | report 'a detail:: maze'
search '\b(std::)?(abort|exit|cout|cerr|printf)\b *(\(|<<)' "${headers[@]}" | report 'a header prints, aborts or exits'
search '(^|[^[:alnum:]_.-])/(work|root|home)/' "${all[@]}" | report 'a path of a developer'\''s machine'
search '\b(TO''DO|FIX''ME|XX''X)\b' "${all[@]}" | report 'unfinished'
exit $status
