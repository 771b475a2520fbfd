#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The gradient registry is complete: every operation of include/ncsn/autodiff (structs *_op, functions of a Differentiable X, function objects)
# is named in the first argument of a check_every_mode call in tests/autodiff, and nothing is named there that does not exist.
set -euo pipefail
export LC_ALL=C
cd "$NCSN_SOURCE_DIR"

# No operations: what the families are made of, and what looks at a value without its derivatives.
exempt='elementwise_function
elementwise
linear_map
bilinear
plain
shape_of
zeros_like
as
node_of'

operations=$(cat include/ncsn/autodiff/*.hpp | awk '
    { sub(/\/\/.*/, "") }
    /^(template <[^{]*> )?(struct|class) [a-z_]+/ { match($0, /(struct|class) [a-z_0-9]+/); type = substr($0, RSTART, RLENGTH); sub(/.* /, "", type) }
    /^};?$/ { type = "" }
    /^(template <[^{]*> )?struct [a-z_0-9]+_op / { print type }
    /^inline constexpr .*elementwise_function<.*> [a-z_0-9]+;/ { match($0, /[a-z_0-9]+;/); print substr($0, RSTART, RLENGTH - 1) }
    /^[^ ].*[ &]([a-z_0-9]+|operator[-+*\/])\((double c, )?const X& x/ { match($0, /([a-z_0-9]+|operator[-+*\/])\((double c, )?const X& x/)
        name = substr($0, RSTART, RLENGTH); sub(/\(.*/, "", name); print name }
    /^ +.*operator\(\)\(const X& x/ && type != "" { print type }' | sort -u | grep -vxF "$exempt")
entries=$(cat tests/autodiff/*.cpp | tr '\n' ' ' | grep -oE 'check_every_mode(_of_two)?\( *"[^"]*"' |
    sed -E 's/^[^"]*"|"$//g' | tr ' ' '\n' | sort -u)

status=0
missing=$(comm -23 <(printf '%s\n' "$operations") <(printf '%s\n' "$entries"))
if [[ -n $missing ]]; then
    printf 'operations without an entry (check_every_mode("<name> ...", ...) in tests/autodiff):\n%s\n' "$missing"
    status=1
fi
unknown=$(comm -13 <(printf '%s\n' "$operations") <(printf '%s\n' "$entries"))
if [[ -n $unknown ]]; then printf 'entries of operations that do not exist:\n%s\n' "$unknown"; status=1; fi
(( $(wc -l <<<"$operations") >= 40 )) || { printf 'only these operations were found; has their form changed?\n%s\n' "$operations"; status=1; }
exit $status
