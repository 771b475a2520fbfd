// SPDX-License-Identifier: Apache-2.0
/// \file  How the benchmarks of the GPU look at the clock.
#pragma once

#include <ncsn/arithmetic/count.hpp>
#include <ncsn/arrays/elementwise.hpp>                                               // brings the device

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <vector>

/// Seconds of a steady clock.
inline double seconds_now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// Seconds to measure for, as a command line says them.
inline double seconds_of(const char* text) {
    char* end = nullptr;
    const double seconds = std::strtod(text, &end);
    ncsn::require(end != text && *end == '\0' && seconds > 0 && std::isfinite(seconds), "seconds '", text, "': a positive number was expected");
    return seconds;
}

/// Milliseconds of a call and the most memory that was in use at a time.
struct timing {
    double best = 0, median = 0, peak_mib = 0;
};
inline double peak_mib() { return static_cast<double>(ncsn::cuda::pool().most_bytes_in_use()) / (1 << 20); }

/// Several calls are asked for between two looks at the clock: the host runs ahead, as in use. Long work is timed once.
inline timing measured(double seconds, const std::function<void()>& work, int unmeasured = 5) {
    using ncsn::cuda;
    for (int i = 0; i < unmeasured; ++i) work();                                    // choices, captured graphs and kept forms are made
    cuda::synchronize();
    cuda::pool().restart();
    std::vector<double> times;
    const auto add = [&](int calls) {
        const double start = seconds_now();
        for (int i = 0; i < calls; ++i) work();
        cuda::synchronize();
        times.push_back(1e3 * (seconds_now() - start) / calls);
    };
    const double begun = seconds_now();
    add(1);
    const int each = std::clamp(static_cast<int>(200 / times.front()), 1, 20);      // 0.2 s
    if (each > 1) times.clear();
    while (times.empty() || seconds_now() < begun + seconds) add(each);
    std::sort(times.begin(), times.end());
    return {times.front(), times[times.size() / 2], peak_mib()};
}

/// What the library has to say goes to stderr, and convolutions are chosen by timing.
inline void prepare_device() {
    ncsn::cuda::on_warning = [](const std::string& text) { std::cerr << text << '\n'; };
    ncsn::cuda::tune = true;
}
