// SPDX-License-Identifier: Apache-2.0
/// \file  What a benchmark tells beside its times.
#pragma once

#include <benchmark/benchmark.h>

#include <sys/resource.h>

inline void report_memory(benchmark::State& state) {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    state.counters["peak_mib"] = static_cast<double>(usage.ru_maxrss) / 1024;
}
