#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The papers' own numbers, where the fixtures are (NCSN_FIXTURES, or shared/fixtures beside the project): everything agrees, and mistakes in these
# very files would be noticed.
# needs: parity
# seconds: 600
set -euo pipefail

program=$NCSN_BUILD_DIR/tests/parity
fixtures=${NCSN_FIXTURES:-$NCSN_SOURCE_DIR/../shared/fixtures}
if [[ ! -d $fixtures ]]; then
    printf 'no fixtures in %s\n' "$fixtures"
    exit 77
fi
export NCSN_DATA=${NCSN_DATA:-$NCSN_SOURCE_DIR/data}                                # where published weights are, if they are
"$program" "$fixtures"
"$program" --self-test "$fixtures"
