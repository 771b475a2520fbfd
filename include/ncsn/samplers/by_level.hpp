// SPDX-License-Identifier: Apache-2.0
/// \file  A transition of its own for every level.
#pragma once

#include <ncsn/samplers/sampler.hpp>

#include <vector>

namespace ncsn {

/// The i-th transition at the i-th level of a schedule, counted from the largest noise: numbers of steps by level as by_level{{repeat{T₁, k}, ...}},
/// step sizes by level as by_level{{repeat{T, langevin{ε₁}}, ...}}; what the reproduction report of Song & Ermon (2019) proposes at the end of its
/// Section 6.1. Where all are equal it is the transition itself. Another number of levels than of transitions is an error, before the first move.
template <class K> struct by_level {
    std::vector<K> transitions;

    template <Array A>
    auto operator()(const ScoreModel<A> auto& score, const A& x, const noise_level& level, Generator auto& rng,
                    const std::stop_token& stop = {}) const
        requires Transition<K, std::remove_cvref_t<decltype(score)>, A>
    {
        require(level.index < transitions.size(), "by_level: level ", level.index, " is asked for, and there are ", transitions.size(),
                " transitions; one for each level was expected");
        return move_once(transitions[level.index], score, x, level, rng, stop);
    }
    /// Each transition looks at its own level.
    void check(const auto& score, std::span<const noise_level> levels) const {
        require(levels.size() == transitions.size(), "by_level: ", transitions.size(), " transitions for ", levels.size(),
                " levels; one for each level was expected");
        for (std::size_t i = 0; i < levels.size(); ++i) check_levels(transitions[i], score, levels.subspan(i, 1));
    }
    std::string advice(const noise_level& level) const { return advice_of(transitions.at(level.index), level); }
};
template <class K> by_level(std::vector<K>) -> by_level<K>;

}  // namespace ncsn
