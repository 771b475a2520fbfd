// SPDX-License-Identifier: Apache-2.0
/// \file  A step of training beside a discriminator, for the trainer.
#pragma once

#include <ncsn/training/hybrid_step.hpp>

#include "discriminator.hpp"

namespace ncsn {

/// One step of a run with a discriminator, in the order of adversarial_turns.
template <class Rate> struct adversarial_step {
    discriminator_training* discriminating;
    Rate rate;
    gradient_settings gradient;

    template <class State, BatchSource B> array operator()(State& state, B& batches) const {
        const player score{state.model, state.optimizer, state.average, state.rng, state.step};
        return adversarial_turns(*discriminating, score, *state.discriminator, batches, rate, gradient);
    }
    template <class State> void check(const State& state) const {
        named_network(the_score, [&] { require_finite_state(state.model, state.optimizer, state.step); });
        const auto& d = *state.discriminator;
        named_network(the_discriminator, [&] { require_finite_state(d.network, d.optimizer, state.step); });
    }
};

}  // namespace ncsn
