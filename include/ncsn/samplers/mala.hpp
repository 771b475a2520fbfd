// SPDX-License-Identifier: Apache-2.0
/// \file  The Metropolis-adjusted Langevin algorithm.
#pragma once

#include <ncsn/samplers/metropolis.hpp>
#include <ncsn/samplers/step_size.hpp>

#include <cmath>

namespace ncsn {

/// One step of Langevin dynamics, y = x + a s(x) + √(2a) z with a = ε (σᵢ/σ_L)², taken with probability
///     min(1, p(y) q(x|y) / p(x) q(y|x)),   ln q(y|x) = -|y - x - a s(x)|²/4a,
/// so that p is stationary for every a (Besag 1994; Roberts & Tweedie 1996). For scores that know their density. Two evaluations of score and
/// density.
struct mala {
    step_size epsilon;

    template <Array A>
    metropolis_move<A> operator()(const DensityModel<A> auto& score, const A& x, const noise_level& level, Generator auto& rng) const {
        const double a = epsilon.full * level.sigma * level.sigma / (level.last * level.last);
        const A here = score(x, level), z = normal_like(x, rng), y = x + a * here + std::sqrt(2 * a) * z, there = score(y, level);
        const A back = std::sqrt(a / 2) * (here + there) + z;                       // (x - y - a s(y))/√(2a), but for its sign
        const A log_ratio = log_density(score, y, level) - log_density(score, x, level) - 0.5 * (row_dot(back, back) - row_dot(z, z));
        return metropolis(x, y, log_ratio, rng);
    }
};

}  // namespace ncsn
