// SPDX-License-Identifier: Apache-2.0
/// \file  Mean and variance of the elements of a tensor, and how far they may lie from those of independent Gaussian numbers.
#pragma once

#include <ncsn/arrays/tensor.hpp>

#include <cmath>

namespace ncsn {

struct element_moments { double mean, variance; };

template <Array A> element_moments element_moments_of(const A& x) {
    double mean = 0, variance = 0;
    for (const auto value : x.values()) mean += static_cast<double>(value);
    mean /= static_cast<double>(x.size());
    for (const auto value : x.values()) variance += (static_cast<double>(value) - mean) * (static_cast<double>(value) - mean);
    return {mean, variance / static_cast<double>(x.size() - 1)};
}
/// Whether the elements of x look like independent numbers from N(mean, variance): both moments within 5 standard errors, so a correct sampler
/// fails once in about a million times.
template <Array A> bool has_moments(const A& x, double mean, double variance) {
    const auto found = element_moments_of(x);
    const double n = static_cast<double>(x.size());
    return std::abs(found.mean - mean) < 5 * std::sqrt(variance / n) && std::abs(found.variance / variance - 1) < 5 * std::sqrt(2 / n);
}

}  // namespace ncsn
