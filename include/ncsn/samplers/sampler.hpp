// SPDX-License-Identifier: Apache-2.0
/// \file  What a move and a sampler are.
#pragma once

#include <ncsn/arithmetic/philox.hpp>
#include <ncsn/autodiff/arithmetic.hpp>
#include <ncsn/models/score_model.hpp>

namespace ncsn {

/// What a transition returns: the new position, or a struct that reports more and has it as .x.
template <class M, class A>
concept MoveOf = std::same_as<M, A> || requires(const M& move) {
    { move.x } -> std::convertible_to<A>;
};
/// The new position of a move.
template <class Move> const auto& position(const Move& move) {
    if constexpr (Array<Move>) return move;
    else return move.x;
}

/// One move of a Markov chain at one noise level.
template <class K, class S, class A>
concept Transition = ScoreModel<S, A> && requires(const K& transition, const S& score, const A& x, const noise_level& level, philox& rng) {
    { transition(score, x, level, rng) } -> MoveOf<A>;
};

/// A whole procedure from a starting point to a sample.
template <class K, class S, class A>
concept Sampler = ScoreModel<S, A> && requires(const K& sample, const S& score, const A& x0, philox& rng) {
    { sample(score, x0, rng) } -> std::same_as<A>;
};

/// The observer of a run nobody watches.
struct unobserved {
    void operator()(const auto&...) const {}
};

/// A transition that knows, before a run, which levels it cannot serve: check(score, level) throws.
template <class K, class S>
concept ChecksLevels = requires(const K& transition, const S& score, const noise_level& level) { transition.check(score, level); };

/// A score that knows the smallest variance of its density at a level.
template <class S>
concept KnowsVariance = requires(const S& score, double sigma) {
    { score.variance(sigma) } -> std::convertible_to<double>;
};

}  // namespace ncsn
