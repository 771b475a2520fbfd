// SPDX-License-Identifier: Apache-2.0
/// \file  Scores that also know their density, as accepting or rejecting a move needs.
#pragma once

#include <ncsn/models/energy_score.hpp>

namespace ncsn {

/// ln p(x, z) up to a constant that depends on z alone: [N, ...] -> [N, 1]. For a score that says so itself (a Gaussian mixture).
template <class S, Array A>
    requires requires(const S& score, const A& x, const noise_levels& z) {
        { score.log_density(x, z) } -> std::same_as<A>;
    }
A log_density(const S& score, const A& x, const noise_levels& z) {
    return score.log_density(x, z);
}
/// For the score of an energy it is -E(x, z).
template <class E, Array A> A log_density(const energy_score<E>& score, const A& x, const noise_levels& z) { return -score.energy(x, z); }

/// A score with its log density.
template <class S, class A>
concept DensityModel = ScoreModel<S, A> && requires(const S& score, const A& x, const noise_levels& z) {
    { log_density(score, x, z) } -> std::same_as<A>;
};

}  // namespace ncsn
