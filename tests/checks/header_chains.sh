#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Rows of headers (tests/support/header_chains) have no header that does not surely include the one before it, and lose none.
source "$NCSN_SOURCE_DIR/tests/support/expectations.bash"

folder=$place/include
mkdir -p "$folder/ncsn"
header() { printf '#pragma once\n%b' "$2" > "$folder/ncsn/$1.hpp"; }
header number ''
header tensor '#include <ncsn/number.hpp>\n'
header network '#include <ncsn/tensor.hpp>\n'
header device '#if defined(NCSN_NOWHERE)\n#include <ncsn/network.hpp>\n# ifdef NCSN_NEITHER\n# endif\n#include <ncsn/tensor.hpp>\n#endif\n'
header kernel '#if defined(NCSN_NOWHERE)\n#endif\n#include <ncsn/device.hpp>\n'

rows() { bash "$NCSN_SOURCE_DIR/tests/support/header_chains" "$folder" ncsn/{device,kernel,network,number,tensor}.hpp | LC_ALL=C sort; }
expect 'headers stand in rows of what they include, through others or not, but not under a condition' \
    test "$(rows)" = 'ncsn/device.hpp ncsn/kernel.hpp
ncsn/number.hpp ncsn/tensor.hpp ncsn/network.hpp'
exit "$((failures > 0))"
