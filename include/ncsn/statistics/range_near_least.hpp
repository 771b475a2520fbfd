// SPDX-License-Identifier: Apache-2.0
/// \file  Around the least value of a measured curve, the range in which the curve stays near that: how carefully a step size has to be tuned.
#pragma once

#include <ncsn/arithmetic/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

namespace ncsn {

/// Where a curve stays at most so many times its least value. An end that is open is one of what was measured: the range goes on beyond it.
struct range_near_least {
    double first = 0, last = 0;
    bool open_below = false, open_above = false;
    /// As the logarithm of a ratio: a range from ε to 2ε is as wide wherever it is.
    double width() const { return std::log(last / first); }
};

/// Of a curve through points (xₖ, yₖ), 0 < x₁ < x₂ < ..., y > 0, straight in ln x between two: the range about the least yₖ in which y <= factor yₖ.
/// It ends where the curve first leaves it on either side, so a second valley that is as low does not count.
inline range_near_least find_range_near_least(std::span<const double> x, std::span<const double> y, double factor) {
    require(!x.empty() && x.size() == y.size(), "range_near_least: ", x.size(), " places and ", y.size(), " values; as many of each were expected, "
            "and at least one");
    require(std::isfinite(factor) && factor >= 1, "range_near_least: a factor of ", factor, "; 1 or more was expected");
    for (std::size_t k = 0; k < x.size(); ++k)
        require(std::isfinite(x[k]) && x[k] > (k == 0 ? 0 : x[k - 1]) && std::isfinite(y[k]) && y[k] > 0, "range_near_least: point ", k, " is (",
                x[k], ", ", y[k], "); places that rise from above 0, and values above 0, were expected");
    const auto least = static_cast<std::size_t>(std::ranges::min_element(y) - y.begin());
    const double bound = factor * y[least];
    // From a point within the bound to its neighbour beyond it.
    const auto crossing = [&](std::size_t within, std::size_t beyond) {
        return x[within] * std::pow(x[beyond] / x[within], (bound - y[within]) / (y[beyond] - y[within]));
    };
    std::size_t first = least, last = least;
    while (first > 0 && y[first - 1] <= bound) --first;
    while (last + 1 < y.size() && y[last + 1] <= bound) ++last;
    range_near_least range{.first = x[first], .last = x[last], .open_below = first == 0, .open_above = last + 1 == y.size()};
    if (!range.open_below) range.first = crossing(first, first - 1);
    if (!range.open_above) range.last = crossing(last, last + 1);
    return range;
}

}  // namespace ncsn
