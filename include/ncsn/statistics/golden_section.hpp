// SPDX-License-Identifier: Apache-2.0
/// \file  The least value of a function that is dear to ask: golden-section search.
#pragma once

#include <ncsn/arithmetic/error.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace ncsn {

/// A place that was asked, and what the function is there.
struct function_value {
    double x = 0, y = 0;
};

/// Golden-section search (Kiefer 1953) for the least f in [first, last]: each call of f leaves 1/φ = 0.618 of the interval, until that is no longer
/// than `length`. Of an f that falls and then rises the least is in what is left; of any f, noisy or not, the least of all values asked for is the
/// answer that there is. Both ends are asked as well, so that a least at an end is seen as one. f may be infinite, not NaN. A second search of the
/// same interval asks the same places in the same order, as far as f says the same.   -> all that was asked, by rising x
template <class F> std::vector<function_value> golden_section(const F& f, double first, double last, double length) {
    require(std::isfinite(first) && std::isfinite(last) && first < last, "golden_section: from ", first, " to ", last, "; two finite ends that rise "
            "were expected");
    require(length > 0, "golden_section: to a length of ", length, "; one above 0 was expected");
    constexpr double kept = 1 / std::numbers::phi;
    std::vector<function_value> all;
    const auto at = [&](double x) {
        const double y = f(x);
        require(!std::isnan(y), "golden_section: what f is at ", x, " is not a number");
        all.push_back({x, y});
        return all.back();
    };
    double low = first, high = last;
    at(low), at(high);
    function_value left = at(high - kept * (high - low)), right = at(low + kept * (high - low));
    while (high - low > length) {
        const double before = high - low;
        if (left.y <= right.y) {
            high = right.x, right = left;
            if (high - low > length) left = at(high - kept * (high - low));
        } else {
            low = left.x, left = right;
            if (high - low > length) right = at(low + kept * (high - low));
        }
        if (high - low >= before || left.x >= right.x) break;                       // shorter than double can tell
    }
    std::ranges::sort(all, {}, &function_value::x);
    return all;
}
/// The least of them, the first of equals.
inline function_value least_of(const std::vector<function_value>& all) {
    require(!all.empty(), "least_of: no values; one or more were expected");
    return *std::ranges::min_element(all, {}, &function_value::y);
}

}  // namespace ncsn
