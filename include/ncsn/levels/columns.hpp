// SPDX-License-Identifier: Apache-2.0
/// \file  One number a sample, as a column that multiplies a batch.
#pragma once

#include <ncsn/autodiff/dual.hpp>
#include <ncsn/levels/noise_level.hpp>

#include <span>
#include <vector>

namespace ncsn {

/// Numbers [N, 1], or one for all, as [N, 1, ..., 1] with as many axes as a batch of shape s, so that they broadcast against it.
template <Array A> A as_column(const A& numbers, const shape& s) {
    const std::size_t n = numbers.size();
    require(s.rank() > 0 && (n == 1 || n == s[0]), "as_column: ", n, n == 1 ? " level or number" : " levels or numbers", " for x of shape ", s,
            "; one for all or one a sample was expected");
    shape extents = s;
    for (std::size_t axis = 0; axis < extents.rank(); ++axis) extents[axis] = axis == 0 ? n : 1;
    return numbers.reshaped(extents);
}
/// f(number) of a list as such a column beside x.
template <class F, class Number, Differentiable X> array_under_t<X> column_of(const std::vector<Number>& list, const X& x, const F& f) {
    using T = typename array_under_t<X>::value_type;
    std::vector<T> values;
    for (const Number number : list) values.push_back(static_cast<T>(f(number)));
    return as_column(array_under_t<X>{shape{values.size()}, std::span<const T>{values}}, shape_of(x));
}

/// f(σ) of every sample as a column that multiplies x: [N, 1, ...] or [1, 1, ...], of x's rank.
template <class F, Differentiable X> array_under_t<X> column(const noise_levels& levels, const X& x, const F& f) {
    return column_of(levels.sigma, x, f);
}
/// σ of every sample.
template <Differentiable X> array_under_t<X> column(const noise_levels& levels, const X& x) {
    return column(levels, x, [](double sigma) { return sigma; });
}
/// f(index) of every sample's level.
template <class F, Differentiable X> array_under_t<X> index_column(const noise_levels& levels, const X& x, const F& f) {
    return column_of(levels.index, x, f);
}

}  // namespace ncsn
