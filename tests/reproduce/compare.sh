#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# seconds: 60
## \file  benchmarks/compare with programs that say their times at once, or never: rows that are done stay when it is killed, and places are whole.
set -euo pipefail
source "$NCSN_SOURCE_DIR/tests/support/expectations.bash"
needs_tools python3 jq
cd "$place"
mkdir benchmarks
cp "$NCSN_SOURCE_DIR"/benchmarks/{compare,kept.py} benchmarks/
cat > speed << 'END'
#!/usr/bin/env bash
[[ $1 != */mnist64_b8_step/ ]] || sleep 100
echo '{"benchmarks": [{"run_type": "iteration", "real_time": 2, "cpu_time": 2, "peak_mib": 5}]}'
END
chmod +x speed
echo 'print("{\"best_ms\": 3, \"best_cpu_ms\": 3, \"peak_mib\": 7, \"torch\": \"2\"}")' > benchmarks/peer.py
export NCSN_SPEED=$place/speed
compare=(python3 -B benchmarks/compare --rounds 1 --threads 1 --peers eager)
rows() { jq -r '.[] | .case + " " + (.ratio | tostring)' "$1"; }

expect 'a comparison is made' exits_with 0 "${compare[@]}" --cases toy_ssm,mnist64_b8_forward --out whole
expect 'with a row for each' test "$(rows whole.json | tr '\n' ' ')" = 'toy_ssm 1.5 mnist64_b8_forward 1.5 '
expect 'also as a table' test "$(grep -c '^| [a-z]*_\|^| mnist' whole.md)" = 2

setsid "${compare[@]}" --cases toy_ssm,mnist64_b8_forward,mnist64_b8_step --out killed > log 2>&1 &
process=$!
for ((try = 0; try < 200; ++try)); do if grep -qs mnist64_b8_forward killed.md; then break; fi; sleep 0.05; done
kill -KILL -- "-$process"
{ wait "$process" || true; } 2> /dev/null
expect 'one that is killed has the rows that were done' same <(rows killed.json) <(rows whole.json)
expect 'in both files' same killed.md whole.md
expect 'and nothing else' test "$(echo killed*)" = 'killed.json killed.md'
expect 'the next one' exits_with 0 "${compare[@]}" --cases toy_ssm --out killed
expect 'has its own' test "$(rows killed.json)" = 'toy_ssm 1.5'
exit $((failures > 0))
