// SPDX-License-Identifier: Apache-2.0
/// \file  The loop over noise levels, and the loop at a level.
#pragma once

#include <ncsn/arrays/graph_capture.hpp>
#include <ncsn/levels/schedule.hpp>
#include <ncsn/samplers/sampler.hpp>

namespace ncsn {

/// n moves at one level; returns the last of them, so its report is not lost. Moves without a report are captured where the device can do that.
template <class K> struct repeat {
    std::size_t times;
    K transition;

    repeat(std::size_t n, K k) : times{n}, transition{std::move(k)} { require(n > 0, "repeat: 0 times; at least one move is needed"); }

    template <Array A> auto operator()(const ScoreModel<A> auto& score, const A& x, const noise_level& level, Generator auto& rng) const {
        using move_type = decltype(transition(score, x, level, rng));
        if constexpr (std::same_as<move_type, A>)
            return iterate(times, x, rng, [&](const A& at, auto& own) { return transition(score, at, level, own); });
        auto move = transition(score, x, level, rng);
        for (std::size_t t = 1; t < times; ++t) move = transition(score, position(move), level, rng);
        return move;
    }
    template <class S>
        requires ChecksLevels<K, S>
    void check(const S& score, const noise_level& level) const {
        transition.check(score, level);
    }
};

/// A transition at every level of a schedule, from the largest noise to the smallest: annealed Langevin dynamics when the transition is
/// repeat{T, langevin{...}} (Song & Ermon 2019, Algorithm 1). The observer sees (level, move) after each level.
template <class N, class K> struct annealed {
    static_assert(NoiseSchedule<N>, "annealed: a schedule is a range of standard deviations: geometric, a std::vector");
    N schedule;
    K transition;

    template <Array A, class Observer = unobserved>
    A operator()(const ScoreModel<A> auto& score, const A& x0, Generator auto& rng, const Observer& observer = {}) const
        requires Transition<K, std::remove_cvref_t<decltype(score)>, A>
    {
        using S = std::remove_cvref_t<decltype(score)>;
        check_schedule(schedule);
        const std::size_t levels = schedule.size();
        if constexpr (ChecksLevels<K, S>)
            for (std::size_t i = 0; i < levels; ++i) transition.check(score, level_at(schedule, i));
        A x = x0;
        for (std::size_t i = 0; i < levels; ++i) {
            const noise_level level = level_at(schedule, i);
            const auto move = transition(score, x, level, rng);
            x = position(move);
            require(all_finite(x), "annealed: the samples are no longer finite after level ", i, " of ", levels, " (sigma ", level.sigma,
                    "); the step is too large for this score. Langevin dynamics with epsilon (full_step) below 2 sigma_L^2 = ",
                    2 * level.last * level.last, " is always stable: a component of variance c needs a < 2c, and c is at least sigma^2");
            observer(level, move);
        }
        return x;
    }
};
template <class N, class K> annealed(N, K) -> annealed<N, K>;

}  // namespace ncsn
