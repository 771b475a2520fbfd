// SPDX-License-Identifier: Apache-2.0
/// \file  What a score model and an energy model are.
#pragma once

#include <ncsn/autodiff/module.hpp>
#include <ncsn/levels/columns.hpp>

namespace ncsn {

/// s(x, z): the score ∇ₓ log p at x of the data blurred by the noise levels z. Same shape as x. Works for whatever x is.
template <class S, class X>
concept ScoreModel = Differentiable<X> && requires(const S& score, const X& x, const noise_levels& z) {
    { score(x, z) } -> std::same_as<X>;
};

/// A score that can also be pushed forward: J v, divergence, sliced score matching.
template <class S, class A>
concept DifferentiableScore = Array<A> && ScoreModel<S, A> && ScoreModel<S, dual<A>>;

/// E(x, z), one number a sample, [N, 1]; p ∝ exp(-E).
template <class E, class X>
concept EnergyModel = requires(const E& energy, const X& x, const noise_levels& z) {
    { energy(x, z) } -> std::same_as<X>;
};

}  // namespace ncsn
