// SPDX-License-Identifier: Apache-2.0
/// \file  What the programs share: arrays, data sets by name, threads; and, of support/, signals, progress and places for results.
#pragma once

#include <ncsn/arithmetic/stop.hpp>
#include <ncsn/data/open_dataset.hpp>

#include "program_device.hpp"
#include "support/progress.hpp"
#include "support/results.hpp"
#include "support/signals.hpp"

#include <omp.h>

#include <numeric>
#include <stop_token>

#include <unistd.h>

namespace ncsn {

using array = tensor<float, default_device>;                                        ///< what models compute with
using host_array = tensor<float, cpu>;                                              ///< what the program itself looks at: data, pictures

using data_set = any_dataset<host_array>;
extern template std::optional<data_set> find_dataset(const std::string&, split, const std::filesystem::path&);      // in support/data_sets.cpp
extern template data_set open_dataset(const std::string&, split, const std::filesystem::path&);

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

/// Bytes of memory that this machine has.
inline double physical_memory() { return static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE)); }

/// Throws `stopped` where a signal has asked for an end: between two moves of chains for which nobody holds a stop token. A GPU repeats moves without
/// asking the host, and is not asked either.
inline void end_on_signal(const char* where) {
    if (default_device::is_host && stop_requested) [[unlikely]]
        throw stopped{std::string{where} + ": stopped before the end, as was asked for; there is no result"};
}

/// What open_dataset understands.
inline constexpr const char* data_help =
    "data set: mnist, stacked-mnist, fashion-mnist or cifar10; a folder of images (PNG, JPEG) or of IDX files; or a .npy file of images";
inline constexpr const char* data_dir_help = "folder of a data set with a name (default: $NCSN_DATA/NAME or data/NAME)";

/// The threads of parallel loops; 0: one a core.
inline void use_threads(int threads) {
    constexpr int most = 1024;
    require(threads >= 0 && threads <= most, "--threads ", threads, ": 0 to ", most, " were expected");
    if (threads > 0) omp_set_num_threads(threads);
}

}  // namespace ncsn
