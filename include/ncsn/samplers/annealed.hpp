// SPDX-License-Identifier: Apache-2.0
/// \file  The loop over noise levels, and the loop at a level.
#pragma once

#include <ncsn/arrays/graph_capture.hpp>
#include <ncsn/levels/schedule.hpp>
#include <ncsn/samplers/sampler.hpp>

namespace ncsn {

/// n moves at one level; returns the last of them, so its report is not lost. A state that the transition keeps lives from the first move to the
/// last. Moves without a report are captured where the device can do that.
template <class K> struct repeat {
    std::size_t times;
    K transition;

    repeat(std::size_t n, K k) : times{n}, transition{std::move(k)} { require(n > 0, "repeat: 0 times; at least one move is needed"); }

    template <Array A>
    auto operator()(const ScoreModel<A> auto& score, const A& x, const noise_level& level, Generator auto& rng,
                    const std::stop_token& stop = {}) const
        requires Transition<K, std::remove_cvref_t<decltype(score)>, A>
    {
        using S = std::remove_cvref_t<decltype(score)>;
        const auto next = [&](const auto& at, auto& own) { return move_once(transition, score, at, level, own, stop); };
        if constexpr (KeepsState<K, S, A>) return moved(transition.start(score, x, level), 0, next, rng, stop);
        else if constexpr (std::same_as<decltype(next(x, rng)), A>) return iterate(times, x, rng, next, stop);
        else return moved(next(x, rng), 1, [&](const auto& move, auto& own) { return next(position(move), own); }, rng, stop);
    }

private:
    auto moved(auto move, std::size_t made, const auto& next, auto& rng, const std::stop_token& stop) const {
        for (std::size_t t = made; t < times; ++t) {
            end_if_stopped(stop, "repeat");
            move = next(move, rng);
        }
        return move;
    }
};

/// A transition at every level of a schedule, from the largest noise to the smallest: annealed Langevin dynamics when the transition is
/// repeat{T, langevin{...}} (Song & Ermon 2019, Algorithm 1). The observer sees (level, move) after each level. A stop that is asked for ends the run
/// between two moves with the exception `stopped`.
template <class N, class K> struct annealed {
    static_assert(NoiseSchedule<N>, "annealed: a schedule is a range of standard deviations: geometric, a std::vector");
    N schedule;
    K transition;

    template <Array A, class Observer = unobserved>
    A operator()(const ScoreModel<A> auto& score, const A& x0, Generator auto& rng, const Observer& observer = {},
                 const std::stop_token& stop = {}) const
        requires Transition<K, std::remove_cvref_t<decltype(score)>, A>
    {
        check_schedule(schedule);
        const std::vector<noise_level> levels = levels_of(schedule);
        check_count(score, levels.size(), "annealed");
        check_levels(transition, score, levels);
        A x = x0;
        for (const noise_level& level : levels) {
            end_if_stopped(stop, "annealed");
            const auto move = move_once(transition, score, x, level, rng, stop);
            x = position(move);
            if (!all_finite(x))
                fail("annealed: the samples are no longer finite after level ", level.index, " of ", levels.size(), " (sigma ", level.sigma, "); ",
                     advice_of(transition, level));
            tell(observer, level, move);
        }
        return x;
    }
};
template <class N, class K> annealed(N, K) -> annealed<N, K>;

}  // namespace ncsn
