// SPDX-License-Identifier: Apache-2.0
/// \file  Training a score beside a discriminator: the order of a step with two networks, its state, and the watch over both.
#pragma once

#include <ncsn/training/adam.hpp>
#include <ncsn/training/adversarial.hpp>
#include <ncsn/training/batches.hpp>
#include <ncsn/training/ema.hpp>
#include <ncsn/training/gradient_step.hpp>
#include <ncsn/training/guard.hpp>

namespace ncsn {

/// The two networks, for errors; what an error in f() says begins with the name of the network.
inline constexpr const char *the_score = "the score", *the_discriminator = "the discriminator";
template <class F> auto named_network(const char* network, const F& f) {
    try {
        return f();
    } catch (const error& reason) {
        fail(network, ": ", reason.what());
    }
}

/// The discriminator learns once to tell real images from fake ones. `step`: of the training, for errors.
template <Module D, Array A>
discriminator_turn<A> teach_discriminator(const hybrid_settings& s, D& discriminator, adam<D>& optimizer, const A& real, const A& fake,
                                          std::size_t step) {
    discriminator_turn<A> turn;
    const auto loss = [&](const auto& d) { return discrimination(s, d, real, fake, &turn); };
    const auto learned = loss_and_grad(loss, discriminator);
    if constexpr (observable_steps<A>) named_network(the_discriminator, [&] { require_finite(learned, step); });
    advance(discriminator, 2);                                                      // its two calls
    optimizer.step(discriminator, learned.gradient);
    turn.loss = learned.loss, turn.gradient_norm = gradient_norm(learned.gradient);
    return turn;
}

/// Throws where a training has collapsed: a loss beyond `most` (of the score a pixel), or a network from which nothing comes in `patience` turns in a
/// row, as its gradient is 0 or, of the discriminator, all images get the same number. On a host each turn can be looked at; elsewhere to look at one
/// waits for the device.
class collapse_watch {
public:
    explicit collapse_watch(std::size_t patience = 100, double most = 1e6) : patience_{patience}, most_{most} {}

    template <Array A> void see(const discriminator_turn<A>& turn, std::size_t step) {
        const auto same = [first = turn.real[0]](const A& y) {
            const auto seen = on_device<cpu>(y);
            return std::ranges::all_of(seen.values(), [=](auto v) { return v == first; });
        };
        judge(the_discriminator, discriminator_, turn.loss.item(), turn.gradient_norm.item(), same(turn.real) && same(turn.fake), step);
    }
    void see(double loss_of_a_pixel, double gradient_norm, std::size_t step) {
        judge(the_score, score_, loss_of_a_pixel, gradient_norm, false, step);
    }

private:
    void judge(const char* network, std::size_t& idle, double loss, double gradient, bool same, std::size_t step) const {
        require(std::abs(loss) <= most_, "training: at step ", step, " the loss of ", network, " is ", loss, ", beyond ", most_, ": it has diverged. "
                "Go back to the last checkpoint, and use smaller rates or a loss that is bounded below");
        idle = same || gradient == 0 ? idle + 1 : 0;
        require(idle < patience_, "training: up to step ", step, " in ", patience_, " turns looked at in a row ", network,
                same ? " gave all images the same number" : " had a gradient of 0",
                ": it has collapsed. Go back to the last checkpoint, and use a smaller rate of the discriminator or another loss");
    }
    std::size_t patience_, discriminator_ = 0, score_ = 0;
    double most_;
};

/// Adam of the two networks as the paper has it.
inline constexpr adam_settings hybrid_score_adam{.rate = 1e-4, .beta1 = 0, .beta2 = 0.9};
inline constexpr adam_settings hybrid_discriminator_adam{.rate = 1e-4, .beta1 = -0.5, .beta2 = 0.9};

/// Two networks, their optimizers, the running average of the score, the generator, and how far they are; what checkpoints keep.
template <Module S, Module D> struct hybrid_state {
    S score;
    D discriminator;
    adam<S> of_score{score, hybrid_score_adam};
    adam<D> of_discriminator{discriminator, hybrid_discriminator_adam};
    ema<S> average{score, 0.999};
    philox rng = {};
    std::size_t step = 0;  ///< steps of the score
    double seconds = 0;
    // "critic" is the discriminator's name in the files of checkpoints
    static constexpr std::tuple state{field{"score", &hybrid_state::score}, field{"critic", &hybrid_state::discriminator},
                                      field{"optimizer of the score", &hybrid_state::of_score},
                                      field{"optimizer of the critic", &hybrid_state::of_discriminator}, field{"ema", &hybrid_state::average},
                                      field{"rng", &hybrid_state::rng}, field{"step", &hybrid_state::step}, field{"seconds", &hybrid_state::seconds}};

    hybrid_state(S s, D d) : score{std::move(s)}, discriminator{std::move(d)} {}
};
template <class S, class D> hybrid_state(S, D) -> hybrid_state<S, D>;

/// The part of a state that the score's own step looks at, with the norm of its gradient, whatever the state calls them.
template <Module M, class O, class E> struct score_part {
    M& model;
    O& optimizer;
    E& average;
    philox& rng;
    std::size_t step;
    parameter_t<M> gradient_norm = parameter_t<M>(shape{1, 1});
};
template <class M, class O, class E> score_part(M&, O&, E&, philox&, std::size_t) -> score_part<M, O, E>;
/// The batch of the discriminator's last turn, from which the score learns too.
template <Array A> struct held_batch {
    A x;
    std::size_t size() const { return x.shape()[0]; }
    A operator()(std::size_t, const sample_range&, philox&) const { return x; }
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
///     fakes(s, x̃, levels)                     what the discriminator sees of s = s(x̃, σ)
///     teach(discriminator, x, fakes, step)    it learns
///     loss(discriminator, s, x, x̃, levels, z) of the score, s on a tape
///     blamed(f)                               f(); an error names the network whose numbers are none
///     end_step(discriminator, |∇|, step)      the score has taken its step
/// batches(step, range, rng) of step n are those of the numbers n turns(), ..., n turns() + turns() - 1.
template <class Game, class M, class O, class E, class D, BatchSource B, LearningRate R>
parameter_t<M> adversarial_turns(Game& game, score_part<M, O, E> score, D& discriminator, B& batches, const R& rate,
                                 const gradient_settings& gradient) {
    using A = parameter_t<M>;
    require(game.turns() > 0, "adversarial step: 0 turns of the discriminator; at least one batch a step was expected");
    require(gradient.parts == 1, "adversarial step: a batch in ", gradient.parts, " parts; the losses compare a whole batch, so 1 was expected");
    check_source(game.schedule(), score.model, "adversarial step");
    held_batch<A> held;
    for (std::size_t k = 0; k < game.turns(); ++k) {
        held.x = batches(score.step * game.turns() + k, sample_range{0, batches.size()}, score.rng);
        const noisy_batch<A> seen{game.schedule(), held.x, score.rng};
        const A fake = game.fakes(A{score.model(seen.noisy, seen.levels)}, seen.noisy, seen.levels);
        game.teach(discriminator, held.x, fake, score.step + 1);
    }
    const auto objective = [&](const auto& model, const A& x, philox& rng) {
        const noisy_batch<A> seen{game.schedule(), x, rng};
        return game.loss(discriminator, model(seen.noisy, seen.levels), x, seen.noisy, seen.levels, seen.z);
    };
    const A loss = game.blamed([&] { return gradient_step{objective, rate, gradient}(score, held); });
    game.end_step(discriminator, score.gradient_norm, score.step + 1);
    return loss;
}
/// The network whose numbers are none where a step of the score fails: the discriminator's, where the loss of denoising is finite beside the other.
template <Array A> const char* network_to_blame(const A& denoising, const A& fooling) {
    if constexpr (observable_steps<A>)
        if (!denoising.empty() && all_finite(denoising) && !all_finite(fooling)) return the_discriminator;
    return the_score;
}

/// The rate that the state's own optimizer has.
struct own_rate {};
/// The observer of a discriminator nobody watches.
struct unobserved_turns {
    void operator()(const auto&, std::size_t) const {}
};

/// One step of `trainer`: the discriminator learns from each of `discriminator_steps` batches, then the score from the last of them, with new levels
/// and noise (adversarial_turns). `rate` and `gradient` are those of the score, as in gradient_step; observe(turn, step) is told each
/// discriminator_turn. A watch over both networks, on hosts:  [&](const auto& turn, std::size_t step) { watch.see(turn, step); }, a collapse_watch.
template <class N, class Rate = own_rate, class Observer = unobserved_turns> struct hybrid_step {
    hybrid_score_matching<N> objective;
    std::size_t discriminator_steps = 1;
    Rate rate = {};
    gradient_settings gradient = {};
    Observer observe = {};

    template <class State> auto operator()(State& state, BatchSource auto& batches) const {
        using A = parameter_t<decltype(state.score)>;
        game<A> played{*this, {}, {}};
        const score_part score{state.score, state.of_score, state.average, state.rng, state.step};
        if constexpr (std::same_as<Rate, own_rate>)
            return adversarial_turns(played, score, state, batches, constant_rate{state.of_score.settings.rate}, gradient);
        else return adversarial_turns(played, score, state, batches, rate, gradient);
    }
    /// What the trainer tells as the rate.
    double rate_of(const auto& state) const { return state.of_score.settings.rate; }
    /// What the trainer looks at before it keeps a state; an error names the network whose numbers are none.
    template <class State> void check(const State& state) const {
        named_network(the_score, [&] { require_finite_state(state.score, state.of_score, state.step); });
        named_network(the_discriminator, [&] { require_finite_state(state.discriminator, state.of_discriminator, state.step); });
    }

private:
    /// The two networks of a hybrid_state, as adversarial_turns calls them.
    template <Array A> struct game {
        const hybrid_step& of;
        A denoising, fooling;

        std::size_t turns() const { return of.discriminator_steps; }
        const N& schedule() const { return of.objective.schedule; }
        A fakes(const A& s, const A& noisy, const noise_levels& levels) const { return of.objective.fakes(s, noisy, levels); }
        void teach(auto& state, const A& x, const A& fake, std::size_t step) const {
            of.observe(teach_discriminator(of.objective.settings, state.discriminator, state.of_discriminator, x, fake, step), step);
        }
        auto loss(const auto& state, const auto& s, const A& x, const A& noisy, const noise_levels& levels, const A& z) {
            const auto first = of.objective.denoising(s, levels, z), second = of.objective.fooling(s, state.discriminator, x, noisy, levels);
            const hybrid_settings& weights = of.objective.settings;
            denoising = weights.denoising * plain(first), fooling = plain(second);
            return weights.denoising * first + weights.fooling * second;
        }
        template <class F> auto blamed(const F& step) const {
            try {
                return step();
            } catch (const error& reason) {
                fail(network_to_blame(denoising, fooling), ": ", reason.what());
            }
        }
        void end_step(auto& state, const A&, std::size_t) const { advance(state.discriminator, 2); }
    };
};
template <class N> hybrid_step(hybrid_score_matching<N>) -> hybrid_step<N>;
template <class N> hybrid_step(hybrid_score_matching<N>, std::size_t) -> hybrid_step<N>;
template <class N, class R> hybrid_step(hybrid_score_matching<N>, std::size_t, R) -> hybrid_step<N, R>;
template <class N, class R> hybrid_step(hybrid_score_matching<N>, std::size_t, R, gradient_settings) -> hybrid_step<N, R>;
template <class N, class R, class O> hybrid_step(hybrid_score_matching<N>, std::size_t, R, gradient_settings, O) -> hybrid_step<N, R, O>;

}  // namespace ncsn
