// SPDX-License-Identifier: Apache-2.0
/// \file  How many levels a schedule needs and how long the steps between them are: Techniques 2 and 4 of Song & Ermon (2020).
#pragma once

#include <ncsn/arithmetic/error.hpp>

#include <cmath>
#include <cstddef>
#include <iterator>
#include <vector>

namespace ncsn {

/// The share of the radii of a level σ that lies within three standard deviations of those of the next, γσ, in D dimensions, where radii are normal,
/// N(√D σ, σ²/2):  Φ(√(2D) (γ - 1) + 3γ) - Φ(√(2D) (γ - 1) - 3γ),  γ = σᵢ₊₁/σᵢ in (0, 1]   (Song & Ermon 2020, Section 3.2; γ is their 1/γ, as the
/// program of adversarial score matching has it).
inline double level_overlap(double gamma, std::size_t dimensions) {
    require(gamma > 0 && gamma <= 1 && dimensions > 0, "level_overlap: ratio ", gamma, " and ", dimensions, " dimensions; a number above 0 and up to "
            "1 and at least one dimension were expected");
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

/// The variance of the noise that Langevin dynamics leaves after T steps at a level, in units of σᵢ², where chains arrive with the level before's,
/// σᵢ/γ, and the score is perfect:  (1 - η)²ᵀ (1/γ² - b) + b,  b = 2η/(1 - (1 - η)²) = 2/(2 - η), the fixed point of V <- (1 - η)² V + 2η;
/// η = ε/σ_L² (Song & Ermon 2020, Section 3.4).
inline double langevin_noise(double gamma, double eta, std::size_t steps) {
    require(gamma > 0 && gamma <= 1, "langevin_noise: ratio ", gamma, "; a number above 0 and up to 1 was expected");
    require(eta >= 0 && eta < 2, "langevin_noise: eta = ", eta, "; 0 or more and below 2, where the dynamics are stable, was expected");
    const double settled = 2 / (2 - eta);
    return std::pow(1 - eta, 2 * static_cast<double>(steps)) * (1 / (gamma * gamma) - settled) + settled;
}

/// The standard deviation of the same noise along a whole schedule: at the start, of the first level's noise, and after the T steps of each level,
/// V <- (1 - η)² V + 2 η σᵢ².   schedule: a range of standard deviations.
inline std::vector<double> langevin_deviations(const auto& schedule, double eta, std::size_t steps) {
    require(eta >= 0 && eta < 2, "langevin_deviations: eta = ", eta, "; 0 or more and below 2, where the dynamics are stable, was expected");
    require(std::begin(schedule) != std::end(schedule), "langevin_deviations: no levels; at least one was expected");
    for (const double sigma : schedule)
        require(sigma > 0 && std::isfinite(sigma), "langevin_deviations: a level is ", sigma, "; positive standard deviations were expected");
    std::vector<double> deviations{static_cast<double>(*std::begin(schedule))};
    double variance = deviations.front() * deviations.front();
    for (const double sigma : schedule) {
        for (std::size_t t = 0; t < steps; ++t) variance = (1 - eta) * (1 - eta) * variance + 2 * eta * sigma * sigma;
        deviations.push_back(std::sqrt(variance));
    }
    return deviations;
}

/// The η at which langevin_noise is nearest 1, which it never reaches: Technique 4 chooses ε = η σ_L². It falls from 1/γ² at η = 0 and rises to 2 at
/// η = 1.
inline double quietest_eta(double gamma, std::size_t steps) {
    require(gamma > 0 && gamma < 1 && steps > 0, "quietest_eta: ratio ", gamma, " and ", steps, " steps; a number between 0 and 1 and at "
            "least one step were expected");
    double low = 0, high = 1;
    for (int i = 0; i < 200; ++i) {                                                 // thirds: there is one minimum
        const double left = low + (high - low) / 3, right = high - (high - low) / 3;
        if (langevin_noise(gamma, left, steps) <= langevin_noise(gamma, right, steps)) high = right;
        else low = left;
    }
    return low + (high - low) / 2;
}

}  // namespace ncsn
