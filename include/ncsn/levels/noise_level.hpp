// SPDX-License-Identifier: Apache-2.0
/// \file  The noise level of a chain and of the samples of a batch.
#pragma once

#include <ncsn/arithmetic/error.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

namespace ncsn {

/// What a score is asked at: for each sample (or once, for all of them) the standard deviation of the noise, in data units, and its place in the
/// schedule. Index and sigma travel together; a network uses either.
struct noise_levels {
    std::vector<std::size_t> index;
    std::vector<double> sigma;
};

/// The data themselves.
inline const noise_levels no_noise{{0}, {0.0}};

/// One level of a schedule as a chain sees it: σᵢ, σᵢ₊₁ (0 after the last) and σ_L.
struct noise_level {
    std::size_t index = 0;
    double sigma = 1, next = 0, last = 1;

    operator noise_levels() const { return {{index}, {sigma}}; }
};

/// The level that follows in a schedule; what comes after it is not known, so its own `next` is that given.
inline noise_level level_after(const noise_level& level, double next = 0) {
    require(level.next > 0, "level_after: level ", level.index, " (sigma ", level.sigma, ") is the last of its schedule");
    return {level.index + 1, level.next, next, level.last};
}
/// σ at the fraction f, 0 to 1, of the way from one level to another, with the index of the first: for scores that look at σ. The ends are the levels
/// themselves.
inline noise_level level_between(const noise_level& from, const noise_level& to, double f) {
    require(f >= 0 && f <= 1, "level_between: the fraction ", f, " of the way; 0 to 1 was expected");
    if (f == 0) return from;
    if (f == 1) return to;
    return {from.index, (1 - f) * from.sigma + f * to.sigma, to.sigma, from.last};
}

/// Throws unless every level has noise; who divides by σ asks.
inline void require_noise(const noise_levels& levels, const char* where) {
    for (std::size_t i = 0; i < levels.sigma.size(); ++i)
        require(std::isfinite(levels.sigma[i]) && levels.sigma[i] > 0, where, ": the noise level of sample ", i, " is sigma = ", levels.sigma[i],
                "; a positive standard deviation was expected");
}

}  // namespace ncsn
