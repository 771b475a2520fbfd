// SPDX-License-Identifier: Apache-2.0
/// \file  The order of a step with two networks: a discriminator's turns, and the score's step after them.
#pragma once

#include <ncsn/training/adam.hpp>
#include <ncsn/training/adversarial.hpp>
#include <ncsn/training/batches.hpp>
#include <ncsn/training/collapse_watch.hpp>
#include <ncsn/training/gradient_step.hpp>

#include <functional>
#include <utility>
#include <vector>

namespace ncsn {

/// What a step moves of one network, with the norm of its gradient, whatever the state calls them.
template <class M, class O, class E> struct player {
    M& model;
    O& optimizer;
    E& average;
    philox& rng;
    std::size_t step;
    parameter_t<M> gradient_norm = parameter_t<M>(shape{1, 1});
};
template <class M, class O, class E> player(M&, O&, E&, philox&, std::size_t) -> player<M, O, E>;
/// For a network that is not averaged.
struct no_average {};

/// Real images and fakes of them, [N, ...] each: what a discriminator learns from.
template <Array A> struct real_and_fake {
    A real, fake;
};
/// A batch of them, made when a part of it is asked for.
template <Array A> struct turn_images {
    std::size_t batch;
    std::function<real_and_fake<A>(const sample_range&, philox&)> make;
    mutable bool judged = false;                                                    ///< they are made, and the discriminator has them

    std::size_t size() const { return batch; }
    real_and_fake<A> operator()(std::size_t, const sample_range& part, philox& rng) const {
        judged = false;
        auto images = make(part, rng);
        judged = true;
        return images;
    }
};

/// The discriminator's loss of such a batch; its answers go to `turn`.
template <Array A> struct discrimination_loss {
    const hybrid_settings& settings;
    discriminator_turn<A>& turn;

    auto operator()(const auto& discriminator, const real_and_fake<A>& seen, philox&) const {
        discriminator_turn<A> part;
        const auto loss = discrimination(settings, discriminator, seen.real, seen.fake, &part);
        turn.real = below(turn.real, part.real), turn.fake = below(turn.fake, part.fake);
        return loss;
    }
    void advance(auto& discriminator) const { ncsn::advance(discriminator, 2); }    // its two calls

private:
    static A below(const A& above, const A& column) {
        const auto row = [](const A& x) { return x.reshaped({1, x.size()}); };
        return above.empty() ? column : concatenated(row(above), row(column)).reshaped({above.size() + column.size(), 1});
    }
};
/// The discriminator learns once to tell real images from fake ones, in so many parts of each of `processes`. `step`: of the training, for errors.
/// Told are the loss and the gradient of all, and D of the images of this process.
template <Module D, class A, class Processes = alone>
discriminator_turn<A> teach_discriminator(const hybrid_settings& s, D& discriminator, adam<D>& optimizer, const turn_images<A>& images, philox& rng,
                                          std::size_t step, std::size_t parts = 1, const Processes& processes = {}) {
    discriminator_turn<A> turn;
    no_average none;
    player learning{discriminator, optimizer, none, rng, step - 1};
    try {
        const constant_rate own{optimizer.settings.rate};
        turn.loss = gradient_step{discrimination_loss<A>{s, turn}, own, {.parts = parts}, processes}(learning, images);
    } catch (const error& reason) {
        if (!images.judged) throw;
        fail(the_discriminator, ": ", reason.what());
    }
    turn.gradient_norm = learning.gradient_norm;
    return turn;
}

/// The parts of the discriminator's last batch, from which the score learns too.
template <Array A> struct held_batch {
    std::size_t batch;
    std::vector<A> parts = {};

    std::size_t size() const { return batch; }
    A operator()(std::size_t, const sample_range& part, philox&) const { return parts[part.first / part.count % parts.size()]; }
};
/// A batch seen at levels and through noise drawn for it.
template <Array A> struct noisy_batch {
    noise_levels levels;
    A z, noisy;
    noisy_batch(const auto& source, const A& x, philox& rng)
        : levels{draw_levels(source, x.shape()[0], rng)}, z{normal_like(x, rng)}, noisy{x + column(levels, x) * z} {}
};

/// The order of a step with two networks: so many turns of the discriminator, a batch each, then the score's step on the last of them, with new
/// levels and noise, and the average. What the networks are `game` knows, which is called with whatever `discriminator` is:
///     turns(), schedule()                     batches a step, and the source of their levels
///     needs_whole_batch()                     whether its losses are no mean of what they are of the parts of a batch
///     fakes(s, x̃, levels)                     what the discriminator sees of s = s(x̃, σ)
///     teach(discriminator, images, rng, step, parts, processes)    it learns, as teach_discriminator
///     loss(discriminator, s, x, x̃, levels, z) of the score, s on a tape
///     blamed(f)                               f(); an error names the network whose numbers are none
///     end_step(discriminator, |∇|, step)      the score has taken its step
/// batches(step, range, rng) of step n are those of the numbers n turns(), ..., n turns() + turns() - 1. Both networks' gradients are summed over the
/// parts of a batch and over processes, as gradient_step does.
template <class Game, class M, class O, class E, class D, BatchSource B, LearningRate R, class Processes = alone>
parameter_t<M> adversarial_turns(Game& game, player<M, O, E> score, D& discriminator, B& batches, const R& rate, const gradient_settings& gradient,
                                 const Processes& processes = {}) {
    using A = parameter_t<M>;
    require(game.turns() > 0, "adversarial step: 0 turns of the discriminator; at least one batch a step was expected");
    require(gradient.parts * processes.size() == 1 || !game.needs_whole_batch(), "adversarial step: processes: ", processes.size(),
            ", parts of each: ", gradient.parts, "; the loss compares images with the mean of a whole batch, so one part in one process was "
            "expected");
    check_source(game.schedule(), score.model, "adversarial step");
    held_batch<A> held{batches.size()};
    for (std::size_t k = 0; k < game.turns(); ++k) {
        held.parts.clear();
        const turn_images<A> images{batches.size(), [&](const sample_range& part, philox& rng) {
            A x = batches(score.step * game.turns() + k, part, rng);
            const noisy_batch<A> seen{game.schedule(), x, rng};
            A fake = game.fakes(A{score.model(seen.noisy, seen.levels)}, seen.noisy, seen.levels);
            held.parts.push_back(x);
            return real_and_fake<A>{std::move(x), std::move(fake)};
        }};
        game.teach(discriminator, images, score.rng, score.step + 1, gradient.parts, processes);
    }
    const auto objective = [&](const auto& model, const A& x, philox& rng) {
        const noisy_batch<A> seen{game.schedule(), x, rng};
        return game.loss(discriminator, model(seen.noisy, seen.levels), x, seen.noisy, seen.levels, seen.z);
    };
    const A loss = game.blamed([&] { return gradient_step{objective, rate, gradient, processes}(score, held); });
    game.end_step(discriminator, score.gradient_norm, score.step + 1);
    return loss;
}

}  // namespace ncsn
