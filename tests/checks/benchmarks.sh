#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# seconds: 120
# Benchmarks compile. This is the compiler's front end alone, a sixth of the time: they are built when somebody wants their numbers.
source "$NCSN_SOURCE_DIR/tests/support/expectations.bash"

compiler=$(sed -n 's/^CMAKE_CXX_COMPILER:[A-Z]*=//p' "$NCSN_BUILD_DIR/CMakeCache.txt")
refused() { ! checked "$1"; }
checked() { "$compiler" "@$NCSN_BUILD_DIR/tests/flags.CXX" -w -fsyntax-only "$1" >"$place/log" 2>&1; }
echo '#include <benchmark/benchmark.h>' >"$place/library.cpp"
checked "$place/library.cpp" || { echo 'skipped: Google Benchmark is not installed'; exit 77; }
for source in "$NCSN_SOURCE_DIR"/benchmarks/*.cpp; do expect "benchmarks/${source##*/} compiles" checked "$source"; done
echo '#include "report.hpp"
int wrong() { return benchmark; }' >"$place/wrong.cpp"
expect 'and what is wrong does not' refused "$place/wrong.cpp"
exit "$((failures > 0))"
