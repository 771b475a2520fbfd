// SPDX-License-Identifier: Apache-2.0
/// \file  One number a sample, as a column that multiplies a batch.
#pragma once

#include <ncsn/levels/noise_level.hpp>

namespace ncsn {

/// Numbers [N, 1] as [N, 1, ..., 1] with as many axes as a batch of shape s, so that they broadcast against it.
template <Array A> A as_column(const A& numbers, const shape& s) {
    require(s.rank() > 0 && (numbers.size() == s[0] || numbers.size() == 1), "as_column: ", numbers.shape(), " beside a batch ", s,
            "; one number a sample was expected");
    shape extents = s;
    for (std::size_t axis = 0; axis < extents.rank(); ++axis) extents[axis] = axis == 0 ? numbers.size() : 1;
    return numbers.reshaped(extents);
}

/// f(index) of every sample's level as a column that multiplies x: [N, 1, ...] or [1, 1, ...].
template <class F, Differentiable X> array_under_t<X> index_column(const noise_levels& levels, const X& x, const F& f) {
    using A = array_under_t<X>;
    using T = typename A::value_type;
    std::vector<T> values;
    for (const std::size_t index : levels.index) values.push_back(static_cast<T>(f(index)));
    return as_column(A{shape{values.size()}, std::span<const T>{values}}, shape_of(x));
}

}  // namespace ncsn
