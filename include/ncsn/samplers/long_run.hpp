// SPDX-License-Identifier: Apache-2.0
/// \file  Long chains at the levels of recovery likelihood: a normal approximation, then Hamiltonian Monte Carlo with a step of each level's own.
#pragma once

#include <ncsn/samplers/hamiltonian.hpp>
#include <ncsn/samplers/progressive.hpp>

#include <vector>

namespace ncsn {

/// Where a long chain is after a level, and how often its proposals were taken there.
template <Array A> struct long_run_move {
    A x;
    double acceptance;  ///< mean over chains and transitions; 1 where none was made
};

/// At each level a draw from the normal approximation, which counts as one move, then moves - 1 transitions of two leapfrog steps of steps[t] σ_{t+1}
/// (Gao et al. 2021, Section 4.2): progressive{process, long_run{steps, 100}}. With 1 move no steps are needed.
struct long_run {
    std::vector<double> steps = {};  ///< h in units of σ_{t+1}, by level
    std::size_t moves = 1, leapfrogs = 2;

    template <Array A>
    long_run_move<A> operator()(const DensityModel<A> auto& conditional, const A& y, const noise_level& level, Generator auto& rng,
                                const std::stop_token& stop = {}) const {
        require(moves > 0 && (moves == 1 || level.index < steps.size()), "long_run: ", moves, " moves, and steps for ", steps.size(),
                " levels; at least 1 move and, beyond it, a step for level ", level.index, " were expected");
        const A first = normal_approximation{}(conditional, y, level, rng);
        if (moves == 1) return {first, 1};
        const hamiltonian transition{steps[level.index], leapfrogs};
        metropolis_state<A> at = transition.start(conditional, first, level);
        double acceptance = 0;
        for (std::size_t k = 1; k < moves; ++k) {
            end_if_stopped(stop, "long_run");
            at = transition(conditional, at, level, rng);
            acceptance += at.acceptance() / static_cast<double>(moves - 1);
        }
        return {at.x, acceptance};
    }
};

/// The steps of all levels and the acceptance that they had.
struct level_steps {
    std::vector<double> steps, acceptance;
};
/// A step for each level such that the mean acceptance lies where `a` asks, found from the top down with chains that begin at x_T: each level begins
/// with the step of the level above it, the first with `step`.
template <Array A>
level_steps adapted_steps(const recovery_process& process, const EnergyModel<A> auto& energy, const A& x_T, Generator auto& rng,
                          const adaptation& a = {}, double step = 0.5, const std::stop_token& stop = {}) {
    level_steps found{std::vector<double>(process.size()), std::vector<double>(process.size())};
    const auto adapt = [&](const auto& conditional, const A& x, const noise_level& level, auto& own) {
        const A y = normal_approximation{}(conditional, x, level, own);
        const adapted_chain<A> chain = adapted(hamiltonian{step}, conditional, y, level, own, a, stop);
        found.steps[level.index] = step = chain.transition.step;
        found.acceptance[level.index] = chain.acceptance;
        return chain.x;
    };
    progressive{process, adapt}(energy, x_T, rng, unobserved{}, stop);
    return found;
}

}  // namespace ncsn
