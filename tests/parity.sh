#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The comparison with the papers' own numbers: that it notices mistakes, and, where the fixtures are (NCSN_FIXTURES, or shared/fixtures beside the
# project), that everything agrees.
# needs: parity
# seconds: 600
set -euo pipefail

program=$NCSN_BUILD_DIR/tests/parity
fixtures=${NCSN_FIXTURES:-$NCSN_SOURCE_DIR/../shared/fixtures}
if [[ ! -d $fixtures ]]; then
    "$program" --self-test
    printf 'no fixtures in %s: only the comparison itself was tested\n' "$fixtures"
    exit 77
fi
"$program" --self-test "$fixtures"
"$program" "$fixtures"
