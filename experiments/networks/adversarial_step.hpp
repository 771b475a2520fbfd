// SPDX-License-Identifier: Apache-2.0
/// \file  A step of training with an adversary, for the trainer.
#pragma once

#include <ncsn/training/gradient_step.hpp>

#include "adversary.hpp"

namespace ncsn {

/// What a step of the score looks at while it has an adversary: a state that is another's, with the norm of its gradient, and the batch of the
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
/// One step of a run with an adversary (hybrid_step): so many turns of the discriminator, a batch each, then the score's on the last of them.
template <class Rate> struct adversarial_step {
    adversary* game;
    Rate rate;
    gradient_settings gradient;

    template <class State, BatchSource B> array operator()(State& state, B& batches) const {
        held_batch held;
        for (std::size_t k = 0; k < game->turns(); ++k) {
            held.x = batches(state.step * game->turns() + k, sample_range{0, batches.size()}, state.rng);
            const noisy_batch seen{game->sigmas(), held.x, state.rng};
            const array fake = game->fakes(state.model(seen.noisy, seen.levels), seen.noisy, seen.levels);
            game->teach(*state.discriminator, held.x, fake, state.step + 1);
        }
        const auto objective = [&](const auto& score, const array& x, philox& rng) {
            const noisy_batch seen{game->sigmas(), x, rng};
            return game->loss(*state.discriminator, score(seen.noisy, seen.levels), x, seen.noisy, seen.levels, seen.z);
        };
        watched_step<State> watched{state};
        const array loss = game->blamed([&] { return gradient_step{objective, rate, gradient}(watched, held); });
        game->end_step(*state.discriminator, watched.gradient_norm, state.step + 1);
        return loss;
    }
    template <class State> void check(const State& state) const {
        named_player(the_score, [&] { require_finite(state.model, state.step); });
        named_player(the_critic, [&] { require_finite(state.discriminator->network, state.step); });
    }
};

}  // namespace ncsn
