// SPDX-License-Identifier: Apache-2.0
/// \file  Loops that use the machine's cores when there is enough to do.
#pragma once

#include <algorithm>
#include <cstddef>

namespace ncsn {

/// Below this many elements a loop stays on the calling thread: waking a second one costs more than it saves.
inline constexpr std::size_t parallel_grain = std::size_t{1} << 16;

/// body(begin, end) over [0, n) in blocks of fixed size, so that no result depends on the number of threads.
template <class Body> void for_each_block(std::size_t n, std::size_t block, const Body& body) {
    if (n <= block) {
        body(std::size_t{0}, n);
        return;
    }
    const auto blocks = static_cast<std::ptrdiff_t>((n + block - 1) / block);
#pragma omp parallel for schedule(static)
    for (std::ptrdiff_t b = 0; b < blocks; ++b) {
        const std::size_t begin = static_cast<std::size_t>(b) * block;
        body(begin, std::min(n, begin + block));
    }
}

}  // namespace ncsn
