#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Alphabetical order of the folders is dependency order: a header includes its own folder and earlier ones, and inside a folder nobody goes round.
set -euo pipefail
export LC_ALL=C
cd "$NCSN_SOURCE_DIR/include"

# "header included-header", one pair a line
edges=$(find ncsn -name '*.hpp' -exec grep -HE '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]ncsn/' {} + |
    sed -E 's|^([^:]+):[^<"]*[<"]([^>"]+)[>"].*|\1 \2|' | sort)
status=0

late=$(awk '{ split($1, from, "/"); split($2, to, "/") }
    from[2] != "ncsn.hpp" && to[2] > from[2] { print "  " $1 " includes " $2 }' <<<"$edges")
if [[ -n $late ]]; then printf 'these include a later folder:\n%s\n' "$late"; status=1; fi

device=$(awk '$1 !~ "^ncsn/arrays/" && $2 ~ "^ncsn/arrays/(cpu|cuda)/" { print "  " $1 " includes " $2 }' <<<"$edges")
if [[ -n $device ]]; then printf 'these name a device; arrays/ has a header that brings every device:\n%s\n' "$device"; status=1; fi

absent=$(while read -r from to; do [[ -z $to || -f $to ]] || printf '  %s includes %s\n' "$from" "$to"; done <<<"$edges")
if [[ -n $absent ]]; then printf 'these include a header that does not exist:\n%s\n' "$absent"; status=1; fi

if ! cycle=$(tsort <<<"$edges" 2>&1 >/dev/null); then printf 'these include each other:\n%s\n' "$cycle"; status=1; fi

unquoted=$(find ncsn -name '*.hpp' -exec grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' {} + || true)
if [[ -n $unquoted ]]; then printf 'these do not include with <ncsn/...>:\n%s\n' "$unquoted"; status=1; fi

if [[ -f ncsn/ncsn.hpp ]]; then
    reached=ncsn/ncsn.hpp
    while more=$(awk 'NR == FNR { reached[$1]; next } $1 in reached && !($2 in reached) { print $2 }' <(printf '%s\n' $reached) - <<<"$edges" |
        sort -u) && [[ -n $more ]]; do reached+=$'\n'$more; done
    # xtensor and MPI are wanted by who includes their headers, and by nobody else
    forgotten=$(find ncsn -name '*.hpp' -not -path '*/cuda/*' -not -name xtensor.hpp -not -name mpi_processes.hpp | sort |
        grep -vxF -f <(printf '%s\n' "$reached") || true)
    wanted=$(grep /xtensor.hpp <<<"$reached" || true)
    if [[ -n $wanted ]]; then printf 'ncsn.hpp brings xtensor, which few programs want:\n%s\n' "$wanted"; status=1; fi
    if [[ -n $forgotten ]]; then printf 'ncsn.hpp does not bring:\n%s\n' "$forgotten"; status=1; fi
fi
exit $status
