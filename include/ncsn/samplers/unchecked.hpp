// SPDX-License-Identifier: Apache-2.0
/// \file  A transition beyond its bounds, on purpose.
#pragma once

#include <ncsn/models/log_density.hpp>
#include <ncsn/samplers/sampler.hpp>

namespace ncsn {

/// A score that says to every transition: do not check.
template <class S> struct unchecked_score {
    static constexpr bool unchecked = true;
    const S& score;

    template <class X>
        requires ScoreModel<S, X>
    X operator()(const X& x, const noise_levels& z) const {
        return score(x, z);
    }
    template <Array A>
        requires DensityModel<S, A>
    A log_density(const A& x, const noise_levels& z) const {
        return ncsn::log_density(score, x, z);
    }
};

/// A transition that is not asked whether it can serve the levels, neither before the run nor at a move: for steps that are known to diverge.
template <class K> struct unchecked {
    K transition;

    template <Array A>
    auto operator()(const ScoreModel<A> auto& score, const A& x, const noise_level& level, Generator auto& rng,
                    const std::stop_token& stop = {}) const {
        return move_once(transition, unchecked_score<std::remove_cvref_t<decltype(score)>>{score}, x, level, rng, stop);
    }
    void check(const auto&, std::span<const noise_level>) const {}
};
template <class K> unchecked(K) -> unchecked<K>;

}  // namespace ncsn
