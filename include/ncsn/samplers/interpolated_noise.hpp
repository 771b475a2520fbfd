// SPDX-License-Identifier: Apache-2.0
/// \file  Noise between that of two chains.
#pragma once

#include <ncsn/arrays/indexing.hpp>
#include <ncsn/arrays/random.hpp>
#include <ncsn/levels/columns.hpp>

#include <cmath>
#include <numbers>
#include <vector>

namespace ncsn {

/// A generator whose sample i is column c = i mod `columns` between the chains 2p and 2p + 1 of `rng`, p = i / columns:
///     z = cos θ z_{2p} + sin θ z_{2p+1},   θ = (π/2) c/(columns - 1).
/// All of a run's noise, its start included, so goes over a great circle from one chain to another, and stays standard normal at every place between
/// them (Gao et al. 2021, Section 4.1). The first and the last column are the two chains themselves. A batch may begin at any sample.
struct interpolated_noise {
    philox rng;
    std::size_t columns = 8;
    std::size_t first = 0;  ///< the sample that is the first of the batch
};
template <Array A> A normal_like(const A& x, interpolated_noise& g) {
    const std::size_t n = x.shape()[0];
    require(n > 0 && g.columns > 1, "interpolated_noise: ", n, " samples, ", g.columns, " columns; at least 1 and 2 were expected");
    const std::size_t pair = g.first / g.columns, pairs = (g.first + n - 1) / g.columns - pair + 1;
    philox rng = g.rng.at_sample(g.rng.first_sample + 2 * pair);
    const A ends = normal<A>(x.shape().with_rows(2 * pairs), rng);
    g.rng.draw = rng.draw;
    std::vector<std::size_t> from, to;
    std::vector<double> angles;
    for (std::size_t i = g.first; i < g.first + n; ++i) {
        from.push_back(2 * (i / g.columns - pair)), to.push_back(from.back() + 1);
        angles.push_back(std::numbers::pi / 2 * static_cast<double>(i % g.columns) / static_cast<double>(g.columns - 1));
    }
    const auto share = [&](const auto& function) { return column_of(angles, x, function); };
    const auto exact_cos = [&g](double angle) { return angle >= std::numbers::pi / 2 ? 0.0 : std::cos(angle); };   // the last column is its chain
    return share(exact_cos) * gather_rows(ends, std::span<const std::size_t>{from}) +
           share([](double angle) { return std::sin(angle); }) * gather_rows(ends, std::span<const std::size_t>{to});
}
static_assert(Generator<interpolated_noise>);

}  // namespace ncsn
