#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# needs: tour_01_mixture tour_02_sliced tour_03_images tour_04_own_sampler tour_05_own_layer tour_06_idioms tour_07_extending train
# Every block of C++ in README.md and docs is part of a program of experiments/tour, of a network of the catalogue or of a test of an operation, which
# are compiled and run: the same lines in a row, but for blank lines, indentation and the column of a comment. tests/programs/tour.sh runs every
# program of the tour.
set -euo pipefail
cd "$NCSN_SOURCE_DIR"

plain() { sed -E 's/[[:blank:]]+/ /g; s/^ //; s/ $//; /^$/d'; }
declare -A programs=()
for program in experiments/tour/*.cpp experiments/networks/*.cpp tests/autodiff/*.cpp; do programs[$program]=$'\n'$(plain < "$program")$'\n'; done

status=0 count=0
look_for() {                                                                        # place, block
    local program
    for program in "${!programs[@]}"; do [[ ${programs[$program]} != *$'\n'"$2"$'\n'* ]] || { count=$((count + 1)); return 0; }; done
    printf '%s: this block is in no program of experiments/tour, network or test of an operation:\n%s\n' "$1" "$(sed 's/^/  /' <<<"$2")"
    status=1
}
while IFS= read -r page; do
    line=0 block= inside=no
    while IFS= read -r text; do
        line=$((line + 1))
        case $inside$text in
            'no```cpp'*) inside=yes block= begin=$line ;;
            'yes```'*) inside=no; look_for "$page:$begin" "$(plain <<<"$block")" ;;
            yes*) block+=$text$'\n' ;;
        esac
    done < "$page"
done < <(find README.md docs -name '*.md' | sort)

for program in experiments/tour/*.cpp; do
    name=$(basename "$program" .cpp)
    grep -qE "^[^#]*accepts tour/$name\b" tests/programs/tour.sh || { printf 'tests/programs/tour.sh does not run %s\n' "$program"; status=1; }
done
if (( count == 0 )); then printf 'README.md and docs show no C++\n'; status=1; fi
printf '%d blocks of C++ are parts of programs\n' "$count"
exit $status
