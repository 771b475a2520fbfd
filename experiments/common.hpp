// SPDX-License-Identifier: Apache-2.0
/// \file  What the programs share: data sets by name, progress, a wish to stop, and one way to end with an error.
#pragma once

#include <ncsn/data/open_dataset.hpp>

#include "program_device.hpp"

#include <nlohmann/json.hpp>
#include <omp.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <numeric>

namespace ncsn {

using array = tensor<float, default_device>;                                        ///< what models compute with
using host_array = tensor<float, cpu>;                                              ///< what the program itself looks at: data, pictures
using json = nlohmann::ordered_json;

using data_set = any_dataset<host_array>;

/// The n numbers from `first` on: rows of a data set, of samples.
inline std::vector<std::size_t> consecutive(std::size_t n, std::size_t first = 0) {
    std::vector<std::size_t> rows(n);
    std::iota(rows.begin(), rows.end(), first);
    return rows;
}

/// Images as they are seen: numbers beyond [0, 1] brought to it.
inline host_array clamped(const host_array& x) {
    return map(x, [](float v) { return v < 0 ? 0.f : v > 1 ? 1.f : v; });
}

/// What open_dataset understands.
inline constexpr const char* data_help =
    "data set: mnist, stacked-mnist, fashion-mnist or cifar10; a folder of images (PNG, JPEG) or of IDX files; or a .npy file of images";
inline constexpr const char* data_dir_help = "folder of a data set with a name (default: $NCSN_DATA/NAME or data/NAME)";

/// Set by the first SIGINT, SIGTERM or SIGHUP, or where nobody reads the output any more: finish what is begun, save, and end. A second signal ends
/// the program at once, except that output may go nowhere for as long as it likes.
inline volatile std::sig_atomic_t stop_requested = 0;
inline void stop_on_signals() {
    const auto handler = [](int number) {
        stop_requested = 1;
        std::signal(number, number == SIGPIPE ? SIG_IGN : SIG_DFL);
    };
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE})
        if (std::signal(number, handler) == SIG_IGN && (number == SIGHUP || number == SIGPIPE)) std::signal(number, SIG_IGN);   // as nohup wants
}

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

/// Text as one word of a shell, quoted where it has to be.
inline std::string shell_quoted(const std::string& text) {
    const auto ordinary = [](unsigned char letter) { return letter < 128 && (std::isalnum(letter) || std::strchr("_-+=./,:@%", letter)); };
    const bool plain = !text.empty() && std::ranges::all_of(text, ordinary);
    if (plain) return text;
    std::string word = "'";
    for (const char letter : text) word += letter == '\'' ? std::string{"'\\''"} : std::string(1, letter);
    return word + "'";
}

/// The step of the image code of Song & Ermon (2019), 2e-5 at σ_L = 0.01, as a full_step for any σ_L: Langevin dynamics is the same in units of σ_L.
/// A last level that is 0.01 but for the rounding of its schedule counts as 0.01.
inline double published_step(double sigma_last) {
    const double ratio = double{static_cast<float>(sigma_last)} / double{0.01f};
    return 2e-5 * (ratio * ratio);
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

/// Throws, before the work, where a file of that name could not be written after it; what is there stays.
inline void require_place(const std::filesystem::path& file) { atomic_file{file}; }

/// Makes a folder for results; refuses one that has the first of them unless they may be replaced, and one that cannot hold all of them.
inline void make_folder(const std::filesystem::path& folder, std::initializer_list<const char*> results, bool replace) {
    const char* const result = *results.begin();
    std::error_code reason;
    require(replace || !std::filesystem::exists(folder / result, reason), "--out ", folder, ": holds ", result,
            " already; use --force to replace it, or choose another folder");
    std::filesystem::create_directories(folder, reason);
    require(!reason, "--out ", folder, ": cannot make this folder (", reason.message(), "); ", remedy(reason.value()));
    for (const char* file : results) require_place(folder / file);
}

/// Writes a JSON file; atomic.
inline void save_json(const std::filesystem::path& path, const json& value) { save_text(path, value.dump(2) + '\n'); }

/// Whether a text is UTF-8, by the judge who will see it last.
inline bool is_utf8(const std::string& text) {
    try {
        (void)nlohmann::json(text).dump();
        return true;
    } catch (const nlohmann::json::exception&) {
        return false;
    }
}

/// The threads of parallel loops; 0: one a core.
inline void use_threads(int threads) {
    constexpr int most = 1024;
    require(threads >= 0 && threads <= most, "--threads ", threads, ": 0 to ", most, " were expected");
    if (threads > 0) omp_set_num_threads(threads);
}

}  // namespace ncsn
