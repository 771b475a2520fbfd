// SPDX-License-Identifier: Apache-2.0
/// \file  Which elements a maximum pool takes.
#pragma once

#include <ncsn/arrays/tensor.hpp>
#include <ncsn/arrays/windows.hpp>

#include <cstdint>
#include <limits>

namespace ncsn {

/// For each output of a maximum pool, the flat index in x of the element it takes. gather(x, choice, s) takes them; scatter_add(y, choice, s) is
/// its transpose.
template <Device D> struct pool_choice {
    tensor<std::uint32_t, D> index;
    pool_window window;
};

/// The result's shape of a maximum pool; throws where an index would not fit or a window could be empty.
inline shape max_pooled(const shape& xs, const pool_window& p) {
    const shape ys = pooled(xs, p);
    require(xs.size() <= std::numeric_limits<std::uint32_t>::max(), "max pool: ", xs, " has more elements than a 32-bit index can name");
    require(p.padding < p.size, "max pool: a window of ", p.size, " with padding ", p.padding, " may hold no element; padding < size was expected");
    return ys;
}

}  // namespace ncsn
