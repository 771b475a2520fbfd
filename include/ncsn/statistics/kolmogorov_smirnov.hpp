// SPDX-License-Identifier: Apache-2.0
/// \file  The Kolmogorov-Smirnov test.
#pragma once

#include <ncsn/statistics/ecdf.hpp>

#include <numbers>

namespace ncsn {

/// The largest distance of two distribution functions, and how often one as large or larger comes about when they are the same.
struct kolmogorov_smirnov_result {
    double distance, p_value;
};

/// P(K > t) = 2 Σ_k (-1)^(k-1) e^(-2k²t²), the law of √n times the distance as n grows (Kolmogorov 1933). Below 1 the theta form of the series is
/// summed: P(K <= t) = √(2π)/t Σ_k e^(-(2k-1)²π²/8t²).
inline double kolmogorov_tail(double t) {
    require(!std::isnan(t), "kolmogorov_tail: t is not a number");
    if (t <= 0) return 1;
    double sum = 0;
    if (t < 1) {
        for (int k = 1; k <= 5; ++k) sum += std::exp(-(2 * k - 1) * (2 * k - 1) * std::numbers::pi * std::numbers::pi / (8 * t * t));
        return 1 - std::sqrt(2 * std::numbers::pi) / t * sum;
    }
    for (int k = 1; k <= 8; ++k) sum += (k % 2 == 1 ? 2 : -2) * std::exp(-2.0 * k * k * t * t);
    return sum;
}
/// The p-value of a distance between functions of n numbers, to a few per cent from n = 10 on: t = (√n + 0.12 + 0.11/√n) D (Stephens 1970).
inline double kolmogorov_smirnov_p_value(double distance, double n) {
    require(distance >= 0 && n > 0, "kolmogorov_smirnov_p_value: distance ", distance, " of ", n,
            " numbers; 0 or more, of at least one, was expected");
    return kolmogorov_tail((std::sqrt(n) + 0.12 + 0.11 / std::sqrt(n)) * distance);
}

/// A sample against a continuous distribution function.
template <std::invocable<double> F> kolmogorov_smirnov_result kolmogorov_smirnov(const ecdf& sample, const F& cdf) {
    constexpr double rounding = 1e-6;                                               // of a sum of weights, in float perhaps
    const double n = static_cast<double>(sample.size());
    double distance = 0;
    for (std::size_t i = 0; i < sample.size(); ++i) {
        const double expected = cdf(sample.sorted()[i]);
        require(expected >= -rounding && expected <= 1 + rounding, "kolmogorov_smirnov: the distribution function is ", expected, " at ",
                sample.sorted()[i], "; 0 to 1 was expected");
        distance = std::max({distance, (static_cast<double>(i) + 1) / n - expected, expected - static_cast<double>(i) / n});
    }
    return {distance, kolmogorov_smirnov_p_value(distance, n)};
}
/// Two samples against each other.
inline kolmogorov_smirnov_result kolmogorov_smirnov(const ecdf& a, const ecdf& b) {
    double distance = 0;
    for (const double x : a.sorted()) distance = std::max(distance, std::abs(a(x) - b(x)));
    for (const double x : b.sorted()) distance = std::max(distance, std::abs(a(x) - b(x)));
    const double n = static_cast<double>(a.size()), m = static_cast<double>(b.size());
    return {distance, kolmogorov_smirnov_p_value(distance, n * m / (n + m))};
}

/// P(X <= x) of N(mean, deviation²).
inline double normal_cdf(double x, double mean = 0, double deviation = 1) {
    require(deviation > 0, "normal_cdf: the deviation is ", deviation, "; a positive number was expected");
    return 0.5 * std::erfc((mean - x) / (deviation * std::numbers::sqrt2));
}

}  // namespace ncsn
