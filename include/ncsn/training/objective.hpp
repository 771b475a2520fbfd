// SPDX-License-Identifier: Apache-2.0
/// \file  What an objective and an optimizer are.
#pragma once

#include <ncsn/arithmetic/philox.hpp>
#include <ncsn/autodiff/derivatives.hpp>
#include <ncsn/models/score_model.hpp>

namespace ncsn {

/// The loss of a model on a batch: one number. The model may be plain (evaluation) or on a tape (training).
template <class O, class M, class A>
concept Objective = Array<A> && requires(const O& loss, const M& model, const A& batch, philox& rng) {
    { loss(model, batch, rng) } -> Differentiable;
};

/// gradient has the type of model: the model is a tree, and so is its gradient.
template <class O, class M>
concept Optimizer = Module<M> && requires(O& optimizer, M& model, const M& gradient) {
    { optimizer.step(model, gradient) } -> std::same_as<void>;
};

}  // namespace ncsn
