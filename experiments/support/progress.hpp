// SPDX-License-Identifier: Apache-2.0
/// \file  How long something takes, and a line that says so.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>

namespace ncsn {

/// Seconds since its construction.
class stopwatch {
public:
    double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// "2 h 05 min", "4 min 10 s", "12 s".
inline std::string duration(double seconds) {
    constexpr double longest = 1e15;                                                // beyond, and infinity, no integer has to hold
    const auto s = static_cast<long>(std::min(longest, std::max(0.0, seconds)) + 0.5);
    char text[48];
    if (s >= 3600) std::snprintf(text, sizeof text, "%ld h %02ld min", s / 3600, s / 60 % 60);
    else if (s >= 60) std::snprintf(text, sizeof text, "%ld min %02ld s", s / 60, s % 60);
    else std::snprintf(text, sizeof text, "%ld s", s);
    return text;
}

/// A number in a few digits.
inline std::string brief(double x, int digits = 4) {
    char text[32];
    std::snprintf(text, sizeof text, "%.*g", digits, x);
    return text;
}

/// One line on stderr: redrawn in place on a terminal, elsewhere a new line whenever `lasting` says that this one should stay.
class progress_line {
public:
    progress_line() = default;
    progress_line(const progress_line&) = delete;
    ~progress_line() { end(); }

    void show(const std::string& text, bool lasting = true) {
        if (terminal_) {
            if (!lasting && drawn_ && last_.seconds() < 0.2) return;
            std::cerr << '\r' << text << "\x1b[K" << std::flush;
            drawn_ = true;
            last_ = {};
        } else if (lasting) std::cerr << text << std::endl;
    }
    /// Leaves the last state standing.
    void end() {
        if (drawn_) std::cerr << std::endl;
        drawn_ = false;
    }

private:
    bool terminal_ = isatty(STDERR_FILENO) != 0, drawn_ = false;
    stopwatch last_;
};

}  // namespace ncsn
