// SPDX-License-Identifier: Apache-2.0
/// \file  The Metropolis-adjusted Langevin algorithm.
#pragma once

#include <ncsn/samplers/metropolis.hpp>
#include <ncsn/samplers/step_size.hpp>

#include <cmath>

namespace ncsn {

/// One step of Langevin dynamics, y = x + a s(x) + √(2a) z with a = ε (σᵢ/σ_L)², taken with probability
///     min(1, p(y) q(x|y) / p(x) q(y|x)),   ln q(y|x) = -|y - x - a s(x)|²/4a,
/// so that p is stationary for every a (Besag 1994; Roberts & Tweedie 1996). For scores that know their density. n moves
/// of repeat evaluate score and density n + 1 times.
struct mala {
    step_size epsilon;

    template <Array A>
    metropolis_state<A> start(const DensityModel<A> auto& score, const A& x, const noise_level& level) const {
        return metropolis_start(score, x, level);
    }
    template <Array A>
    metropolis_state<A> operator()(const DensityModel<A> auto& score, const metropolis_state<A>& here, const noise_level& level,
                                   Generator auto& rng) const {
        const double a = epsilon.full * level.sigma * level.sigma / (level.last * level.last);
        const A z = normal_like(here.x, rng);
        const metropolis_state<A> there = metropolis_proposal(score, A{here.x + a * here.score + std::sqrt(2 * a) * z}, level);
        const A back = std::sqrt(a / 2) * (here.score + there.score) + z;           // (x - y - a s(y))/√(2a), but for its sign
        const A log_ratio = there.log_density - here.log_density - 0.5 * (row_dot(back, back) - row_dot(z, z));
        return metropolis(here, there, log_ratio, rng);
    }
    template <Array A>
    metropolis_state<A> operator()(const DensityModel<A> auto& score, const A& x, const noise_level& level, Generator auto& rng) const {
        return (*this)(score, start(score, x, level), level, rng);
    }
};

}  // namespace ncsn
