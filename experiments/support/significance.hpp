// SPDX-License-Identifier: Apache-2.0
/// \file  How probable a result is where a statement does not hold: Student's t over seeds, and the exact test of a share.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace ncsn {

/// I_x(a, b), the regularised incomplete beta function, for a, b > 0 and 0 <= x <= 1, by its continued fraction (Lentz's method; Press et al.,
/// Numerical Recipes, §6.4); to about 1e-12.
inline double incomplete_beta(double a, double b, double x) {
    if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
    if (x > (a + 1) / (a + b + 2)) return 1 - incomplete_beta(b, a, 1 - x);              // where the fraction converges fast
    constexpr double tiny = 1e-300;
    const auto kept = [](double value) { return std::abs(value) < tiny ? tiny : value; };
    double c = 1, d = 1 / kept(1 - (a + b) * x / (a + 1)), fraction = d;
    for (int m = 1; m <= 10'000; ++m) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double change = 1;
        for (const double term : {even, odd}) {
            d = 1 / kept(1 + term * d);
            c = kept(1 + term / c);
            change = c * d;
            fraction *= change;
        }
        if (std::abs(change - 1) < 1e-14) break;
    }
    return std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x)) * fraction / a;
}

/// P(T >= t) for Student's t with so many degrees of freedom.
inline double student_tail(double t, double freedom) {
    if (std::isinf(t)) return t > 0 ? 0 : 1;
    const double both = incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t));
    return t > 0 ? both / 2 : 1 - both / 2;
}

/// The exact two-sided test of a share: the probability, if each of the independent trials succeeds with probability `share`, of a number of
/// successes that is no more probable than this one.
inline double binomial_p_value(std::size_t successes, std::size_t trials, double share) {
    const double n = static_cast<double>(trials);
    const auto log_probability = [&](std::size_t k) {
        const double x = static_cast<double>(k);
        const auto part = [](double count, double probability) { return count == 0 ? 0 : count * std::log(probability); };
        return std::lgamma(n + 1) - std::lgamma(x + 1) - std::lgamma(n - x + 1) + part(x, share) + part(n - x, 1 - share);
    };
    const double observed = log_probability(successes) + 1e-9;                          // equally probable ones count, rounded as they are
    double sum = 0;
    for (std::size_t k = 0; k <= trials; ++k)
        if (log_probability(k) <= observed) sum += std::exp(log_probability(k));
    return std::min(1.0, sum);
}

}  // namespace ncsn
