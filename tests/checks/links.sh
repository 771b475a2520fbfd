#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# seconds: 30
# Every page and picture that a page links to is there, and every page that a source, a script or an error sends its reader to.
set -euo pipefail
cd "$NCSN_SOURCE_DIR"
status=0 links=0
while IFS= read -r page; do
    while IFS= read -r link; do
        links=$((links + 1))
        if [[ ! -e $(dirname "$page")/$link ]]; then printf '%s links to %s, which does not exist\n' "$page" "$link"; status=1; fi
    done < <(grep -oE '\]\([^)#: ]+(#[^)]*)?\)' "$page" | sed -E 's/^\]\(([^)#]+).*/\1/')
done < <(find . -name '*.md' -not -path './build*' -not -path './out/*' | sort)
while IFS=: read -r file page; do
    links=$((links + 1))
    if [[ ! -e $page ]]; then printf '%s names %s, which does not exist\n' "$file" "$page"; status=1; fi
done < <(grep -rIoE '\bdocs/[a-z0-9_/-]+\.md' include experiments reproduce tests benchmarks data | sort -u)
printf '%d links\n' "$links"
exit $((status || links == 0))
