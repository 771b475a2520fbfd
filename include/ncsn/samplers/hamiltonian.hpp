// SPDX-License-Identifier: Apache-2.0
/// \file  Hamiltonian Monte Carlo, and the step size that it adapts.
#pragma once

#include <ncsn/samplers/metropolis.hpp>

#include <cmath>

namespace ncsn {

/// Where a trajectory is and how it moves.
template <Array A> struct phase_point {
    A x, momentum;
};

/// Leapfrog steps of size h through dx = p dt, dp = s(x) dt: half a kick, then drifts and kicks in turn, then half a kick. Reversible, keeps volume;
/// the energy errs by O(h²). `force` is the score where it starts, and afterwards the score where it ends.
template <Array A>
phase_point<A> leapfrog(const ScoreModel<A> auto& score, phase_point<A> at, A& force, const noise_level& level, double h, std::size_t steps) {
    A momentum = at.momentum + (h / 2) * force, x = at.x;
    for (std::size_t k = 0; k < steps; ++k) {
        x = x + h * momentum;
        force = score(x, level);
        momentum = momentum + (k + 1 < steps ? h : h / 2) * force;
    }
    return {x, momentum};
}
template <Array A>
phase_point<A> leapfrog(const ScoreModel<A> auto& score, phase_point<A> at, const noise_level& level, double h, std::size_t steps) {
    A force = score(at.x, level);
    return leapfrog(score, std::move(at), force, level, h, steps);
}

/// One transition of Hamiltonian Monte Carlo at a level: p ~ N(0, I), `leapfrogs` steps of size h = step σᵢ with potential -ln p(x, σᵢ), taken with
/// probability min(1, e^(H - H')), H = |p|²/2 - ln p (Duane et al. 1987; Neal 2011). n moves of repeat: n leapfrogs + 1 scores, n + 1 densities.
struct hamiltonian {
    double step = 0.5;         ///< h in units of σᵢ
    std::size_t leapfrogs = 2;

    template <Array A>
    metropolis_state<A> start(const DensityModel<A> auto& score, const A& x, const noise_level& level) const {
        require(step > 0 && std::isfinite(step) && leapfrogs > 0, "hamiltonian: step = ", step, ", leapfrogs = ", leapfrogs,
                "; both must be positive and finite");
        return metropolis_start(score, x, level);
    }
    template <Array A>
    metropolis_state<A> operator()(const DensityModel<A> auto& score, const metropolis_state<A>& here, const noise_level& level,
                                   Generator auto& rng) const {
        const A p = normal_like(here.x, rng);
        A force = here.score;
        const auto [y, q] = leapfrog(score, phase_point<A>{here.x, p}, force, level, step * level.sigma, leapfrogs);
        const metropolis_state<A> there{y, force, log_density(score, y, level), here.accepted};
        const A log_ratio = there.log_density - here.log_density - 0.5 * (row_dot(q, q) - row_dot(p, p));
        return metropolis(here, there, log_ratio, rng);
    }
    template <Array A>
    metropolis_state<A> operator()(const DensityModel<A> auto& score, const A& x, const noise_level& level, Generator auto& rng) const {
        return (*this)(score, start(score, x, level), level, rng);
    }
};

/// Which acceptance a step size should reach, and how it is changed on the way there.
struct adaptation {
    double lowest = 0.6, highest = 0.9;  ///< acceptance, over all chains and `transitions` moves (Gao et al. 2021, Section 4.2)
    double shrink = 0.9, grow = 1.1;
    std::size_t transitions = 100, rounds = 100;
};
template <Array A> struct adapted_chain {
    hamiltonian transition;
    A x;
    double acceptance;
};

/// The transition with its step multiplied by `grow` or `shrink` until the mean acceptance lies between `lowest` and `highest`, and the chains where
/// they are by then. The chains' law is that of the target only in the limit: use the transition, not the way to it.
template <Array A>
adapted_chain<A> adapted(hamiltonian transition, const DensityModel<A> auto& score, const A& x, const noise_level& level, Generator auto& rng,
                         const adaptation& a = {}, const std::stop_token& stop = {}) {
    require(a.lowest < a.highest && a.shrink < 1 && a.grow > 1 && a.transitions > 0, "adapted: acceptance in [", a.lowest, ", ", a.highest,
            "], factors ", a.shrink, " and ", a.grow, "; lowest < highest, shrink < 1 < grow were expected");
    double acceptance = 0;
    metropolis_state<A> at = transition.start(score, x, level);
    for (std::size_t round = 0; round < a.rounds; ++round) {
        acceptance = 0;
        for (std::size_t t = 0; t < a.transitions; ++t) {
            end_if_stopped(stop, "adapted");
            at = transition(score, at, level, rng);
            acceptance += at.acceptance() / static_cast<double>(a.transitions);
        }
        if (acceptance >= a.lowest && acceptance <= a.highest) return {transition, at.x, acceptance};
        transition.step *= acceptance < a.lowest ? a.shrink : a.grow;
    }
    fail("adapted: after ", a.rounds, " rounds the acceptance is ", acceptance, " at a step of ", transition.step, " sigma; ", a.lowest, " to ",
         a.highest, " was asked for. Start nearer to it, or allow more rounds");
}

}  // namespace ncsn
