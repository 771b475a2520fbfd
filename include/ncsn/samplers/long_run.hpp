// SPDX-License-Identifier: Apache-2.0
/// \file  Long chains at the levels of recovery likelihood: a normal approximation, then Hamiltonian Monte Carlo with a step of each level's own.
#pragma once

#include <ncsn/autodiff/module.hpp>
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
/// Steps under way, from the top down: what has been found, and where the chains are that find the next. It is a training's kind of `state`, which
/// a checkpoint keeps.
template <Array A> struct steps_under_way {
    A x;
    philox rng;
    tensor<double, cpu> steps, acceptance;  ///< of all levels; 0 where none was found yet
    std::size_t left = 0;                   ///< levels that are
    double step = 0.5;                      ///< with which the next level begins
    static constexpr std::tuple state{field{"x", &steps_under_way::x}, field{"rng", &steps_under_way::rng}, field{"steps", &steps_under_way::steps},
                                      field{"acceptance", &steps_under_way::acceptance}, field{"left", &steps_under_way::left},
                                      field{"step", &steps_under_way::step}};

    /// Chains at x_T, and nothing found.
    steps_under_way(const recovery_process& process, A x_T, philox generator, double first_step = 0.5)
        : x{std::move(x_T)}, rng{generator}, steps{shape{process.size()}}, acceptance{shape{process.size()}}, left{process.size()},
          step{first_step} {}

    /// Of numbers from a file.
    void check() const {
        require(left <= steps.size() && step > 0 && std::isfinite(step), "steps of long chains: ", left, " of ", steps.size(), " levels left and a "
                "step of ", step, "; no more levels than there are, and a positive step, were expected");
    }
};
/// Finds a step for each level that is left, such that the mean acceptance lies where `a` asks: each level begins with the step of the level above
/// it. The observer sees `at` after each level.
template <Array A, class Observer = unobserved>
level_steps adapted_steps(const recovery_process& process, const EnergyModel<A> auto& energy, steps_under_way<A>& at, const adaptation& a = {},
                          const Observer& observer = {}, const std::stop_token& stop = {}) {
    require(at.steps.size() == process.size(), "adapted_steps: steps of ", at.steps.size(), " levels; ", process.size(), " were expected");
    const std::vector<noise_level> levels = process.all_levels();
    check_levels(hamiltonian{at.step}, recovery_conditional{process, energy, at.x}, std::span<const noise_level>{levels});
    while (at.left > 0) {
        end_if_stopped(stop, "adapted_steps");
        const std::size_t t = at.left - 1;
        const noise_level level = levels[t];
        const recovery_conditional conditional{process, energy, at.x};
        philox rng = at.rng;
        const A y = normal_approximation{}(conditional, at.x, level, rng);
        const adapted_chain<A> chain = adapted(hamiltonian{at.step}, conditional, y, level, rng, a, stop);
        A x = chain.x / process[t].kept;
        require(all_finite(x), "adapted_steps: the chains are no longer finite after level ", t, " of ", process.size());
        at.x = std::move(x), at.rng = rng, at.left = t;
        at.steps.write()[t] = at.step = chain.transition.step;
        at.acceptance.write()[t] = chain.acceptance;
        if constexpr (!std::same_as<Observer, unobserved>) observer(at);
    }
    return {{at.steps.values().begin(), at.steps.values().end()}, {at.acceptance.values().begin(), at.acceptance.values().end()}};
}
/// The same with chains that begin at x_T, and the first level with `step`.
template <Array A>
level_steps adapted_steps(const recovery_process& process, const EnergyModel<A> auto& energy, const A& x_T, philox& rng, const adaptation& a = {},
                          double step = 0.5, const std::stop_token& stop = {}) {
    steps_under_way<A> at{process, x_T, rng, step};
    const level_steps found = adapted_steps(process, energy, at, a, unobserved{}, stop);
    rng = at.rng;
    return found;
}

}  // namespace ncsn
