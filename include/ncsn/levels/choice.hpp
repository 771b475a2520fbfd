// SPDX-License-Identifier: Apache-2.0
/// \file  How many levels a schedule needs: Technique 2 of Song & Ermon (2020).
#pragma once

#include <ncsn/arithmetic/error.hpp>

#include <cmath>
#include <cstddef>

namespace ncsn {

/// The share of the radii of a level σ that lies within three standard deviations of those of the next, γσ, in D dimensions, where radii are normal,
/// N(√D σ, σ²/2):  Φ(√(2D) (γ - 1) + 3γ) - Φ(√(2D) (γ - 1) - 3γ),  γ = σᵢ₊₁/σᵢ in (0, 1]   (Song & Ermon 2020, Section 3.2; γ is their 1/γ, as the
/// program of adversarial score matching has it).
inline double level_overlap(double gamma, std::size_t dimensions) {
    const double apart = std::sqrt(2 * static_cast<double>(dimensions)) * (gamma - 1), half = std::sqrt(0.5);
    return 0.5 * (std::erfc(-half * (apart + 3 * gamma)) - std::erfc(-half * (apart - 3 * gamma)));
}

/// The γ at which that share is `overlap`, which grows with γ: Technique 2 takes one half.
inline double level_ratio(std::size_t dimensions, double overlap = 0.5) {
    require(dimensions > 0, "level_ratio: 0 dimensions; at least 1 was expected");
    require(overlap > 0 && overlap < level_overlap(1, dimensions), "level_ratio: overlap ", overlap, "; above 0 and below ",
            level_overlap(1, dimensions), ", that of two equal levels, was expected");
    double less = 0, more = 1;
    for (int i = 0; i < 200 && less < more; ++i) {                                  // to the last bit, long before
        const double middle = less + (more - less) / 2;
        if (middle == less || middle == more) break;
        (level_overlap(middle, dimensions) < overlap ? less : more) = middle;
    }
    return more;
}

/// L = ln(σ_L/σ₁)/ln γ, as the papers count, which need not be whole: 226.8 for CIFAR-10 between 50 and 0.01.
inline double level_count(double first, double last, double gamma) {
    require(last > 0 && first > last && std::isfinite(first), "level_count: first = ", first, " and last = ", last, "; first > last > 0 was expected "
            "(standard deviations)");
    require(gamma > 0 && gamma < 1, "level_count: ratio ", gamma, "; a number between 0 and 1 was expected");
    const double ratio = last / first;
    require(ratio > 0, "level_count: ", last, "/", first, " is no number above 0 in double; levels closer to each other were expected");
    return std::log(ratio) / std::log(gamma);
}

}  // namespace ncsn
