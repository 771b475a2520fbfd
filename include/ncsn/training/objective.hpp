// SPDX-License-Identifier: Apache-2.0
/// \file  What an objective and an optimizer are.
#pragma once

#include <ncsn/arithmetic/philox.hpp>
#include <ncsn/autodiff/derivatives.hpp>
#include <ncsn/levels/schedule.hpp>
#include <ncsn/models/score_model.hpp>

namespace ncsn {

/// The loss of a model on a batch: one number. The model may be plain (evaluation) or on a tape (training).
template <class O, class M, class A>
concept Objective = Array<A> && requires(const O& loss, const M& model, const A& batch, philox& rng) {
    { loss(model, batch, rng) } -> Differentiable;
};

/// Throws unless a model that knows its levels by their number can learn at those of a source: as many, in a schedule. log_uniform has none to count:
/// at each index the network would be asked about any noise.
template <class N, class M> void check_source(const N& source, const M& model, const char* where) {
    if constexpr (NoiseSchedule<N>) check_count(model, source.size(), where);
    else if constexpr (std::same_as<N, log_uniform>)
        require(level_count(model) == 0, where, ": levels of any noise (log_uniform) for a network of ", level_count(model), ", which knows them by "
                "their number; a schedule of as many, or a network that looks at sigma, was expected");
}

/// gradient has the type of model: the model is a tree, and so is its gradient.
template <class O, class M>
concept Optimizer = Module<M> && requires(O& optimizer, M& model, const M& gradient) {
    { optimizer.step(model, gradient) } -> std::same_as<void>;
};

}  // namespace ncsn
