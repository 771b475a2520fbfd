#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The comparison with the papers' own numbers notices mistakes: changed numbers, missing tensors, damaged files, unknown models. Needs no fixture.
# needs: parity
set -euo pipefail
"$NCSN_BUILD_DIR/tests/parity" --self-test
