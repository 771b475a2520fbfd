#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# include/ncsn/<folder>/<name>.hpp has tests/<folder>/<name>.cpp, or a line "<folder>/<name>.hpp  <test>" in tests/checks/untested.txt.
# arrays/cpu/<name>.hpp is also covered by tests/arrays/<name>.cpp, which every device must pass.
set -euo pipefail
cd "$NCSN_SOURCE_DIR"

status=0
complain() { printf '%s\n' "$*"; status=1; }
declare -A covered=()
while read -r header test _; do
    [[ -n $header && $header != '#'* ]] || continue
    covered[$header]=$test
    [[ -f include/ncsn/$header ]] || complain "untested.txt: there is no include/ncsn/$header"
    [[ -f tests/$test ]] || complain "untested.txt: $header is said to be covered by tests/$test, which does not exist"
    [[ ! -f tests/${header%.hpp}.cpp ]] || complain "untested.txt: $header has its own test by now"
done < tests/checks/untested.txt

while IFS= read -r header; do
    [[ -f tests/${header%.hpp}.cpp || -n ${covered[$header]:-} ]] && continue
    shared=${header/#arrays\/cpu\//arrays\/}
    [[ -f tests/${shared%.hpp}.cpp ]] || complain "no test: include/ncsn/$header (expected tests/${header%.hpp}.cpp)"
done < <(cd include/ncsn && find . -mindepth 2 -name '*.hpp' -not -path '*/cuda/*' | sed 's|^\./||' | sort)
exit $status
