// SPDX-License-Identifier: Apache-2.0
/// \file  The empirical distribution function of a sample.
#pragma once

#include <ncsn/arithmetic/error.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <ranges>
#include <vector>

namespace ncsn {

/// F(x) = the fraction of the sample that is at most x. Made from any range of numbers: a std::vector, x.values().
class ecdf {
public:
    template <std::ranges::input_range R>
        requires std::convertible_to<std::ranges::range_value_t<R>, double>
    explicit ecdf(const R& sample) {
        for (const auto value : sample) sorted_.push_back(static_cast<double>(value));
        require(!sorted_.empty(), "ecdf: no numbers; at least one is needed");
        for (const double value : sorted_) require(!std::isnan(value), "ecdf: the sample holds what is not a number");
        std::ranges::sort(sorted_);
    }
    double operator()(double x) const {
        return static_cast<double>(std::ranges::upper_bound(sorted_, x) - sorted_.begin()) / static_cast<double>(sorted_.size());
    }
    /// The smallest x of the sample with F(x) >= p.
    double quantile(double p) const {
        require(p >= 0 && p <= 1, "ecdf: quantile ", p, "; 0 to 1 was expected");
        const auto n = static_cast<double>(sorted_.size());
        double count = std::clamp(std::ceil(p * n), 1.0, n);                        // p n is rounded; F decides, as operator() computes it
        if (count > 1 && (count - 1) / n >= p) --count;
        if (count < n && count / n < p) ++count;
        return sorted_[static_cast<std::size_t>(count) - 1];
    }
    const std::vector<double>& sorted() const { return sorted_; }
    std::size_t size() const { return sorted_.size(); }

private:
    std::vector<double> sorted_;
};

}  // namespace ncsn
