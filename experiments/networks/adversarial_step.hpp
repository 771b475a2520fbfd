// SPDX-License-Identifier: Apache-2.0
/// \file  A step of training beside a discriminator, for the trainer.
#pragma once

#include <ncsn/training/gradient_step.hpp>

#include "discriminator.hpp"

namespace ncsn {

/// What a step of the score looks at beside a discriminator: a state that is another's, with the norm of its gradient, and the batch of the
/// discriminator's last turn.
template <class State> struct watched_step {
    State& state;
    decltype(State::model)& model = state.model;
    decltype(State::optimizer)& optimizer = state.optimizer;
    decltype(State::average)& average = state.average;
    philox& rng = state.rng;
    std::size_t step = state.step;
    array gradient_norm{shape{1, 1}};
};
struct held_batch {
    array x;
    std::size_t size() const { return x.shape()[0]; }
    array operator()(std::size_t, const sample_range&, philox&) const { return x; }
};
/// A batch seen at levels and through noise drawn for it.
struct noisy_batch {
    noise_levels levels;
    array z, noisy;
    noisy_batch(const std::vector<double>& sigmas, const array& x, philox& rng)
        : levels{draw_levels(sigmas, x.shape()[0], rng)}, z{normal_like(x, rng)}, noisy{x + column(levels, x) * z} {}
};
/// One step of a run with a discriminator (hybrid_step): so many turns of the discriminator, a batch each, then the score's on the last of them.
template <class Rate> struct adversarial_step {
    discriminator_training* discriminating;
    Rate rate;
    gradient_settings gradient;

    template <class State, BatchSource B> array operator()(State& state, B& batches) const {
        held_batch held;
        for (std::size_t k = 0; k < discriminating->turns(); ++k) {
            held.x = batches(state.step * discriminating->turns() + k, sample_range{0, batches.size()}, state.rng);
            const noisy_batch seen{discriminating->sigmas(), held.x, state.rng};
            const array fake = discriminating->fakes(state.model(seen.noisy, seen.levels), seen.noisy, seen.levels);
            discriminating->teach(*state.discriminator, held.x, fake, state.step + 1);
        }
        const auto objective = [&](const auto& score, const array& x, philox& rng) {
            const noisy_batch seen{discriminating->sigmas(), x, rng};
            return discriminating->loss(*state.discriminator, score(seen.noisy, seen.levels), x, seen.noisy, seen.levels, seen.z);
        };
        watched_step<State> watched{state};
        const array loss = discriminating->blamed([&] { return gradient_step{objective, rate, gradient}(watched, held); });
        discriminating->end_step(*state.discriminator, watched.gradient_norm, state.step + 1);
        return loss;
    }
    template <class State> void check(const State& state) const {
        named_network(the_score, [&] { require_finite_state(state.model, state.optimizer, state.step); });
        const auto& d = *state.discriminator;
        named_network(the_discriminator, [&] { require_finite_state(d.network, d.optimizer, state.step); });
    }
};

}  // namespace ncsn
