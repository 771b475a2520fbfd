// SPDX-License-Identifier: Apache-2.0
/// \file  Training a score beside a discriminator: its state, and its step.
#pragma once

#include <ncsn/training/adversarial_turns.hpp>
#include <ncsn/training/ema.hpp>

namespace ncsn {

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

/// The rate that the state's own optimizer has.
struct own_rate {};
/// The observer of a discriminator nobody watches.
struct unobserved_turns {
    void operator()(const auto&, std::size_t) const {}
};

/// One step of `trainer`: the discriminator learns from each of `discriminator_steps` batches, then the score from the last of them, with new levels
/// and noise (adversarial_turns). `rate` and `gradient` are those of the score, as in gradient_step, but that the discriminator sees batches in as
/// many parts; observe(turn, step) is told each discriminator_turn of this process. A watch over the discriminator, on hosts:
///     [&](const auto& turn, std::size_t step) { watch.see(turn, step); },  a collapse_watch
template <class N, class Rate = own_rate, class Observer = unobserved_turns, class Processes = alone> struct hybrid_step {
    hybrid_score_matching<N> objective;
    std::size_t discriminator_steps = 1;
    Rate rate = {};
    gradient_settings gradient = {};
    Observer observe = {};
    Processes processes = {};

    template <class State> auto operator()(State& state, BatchSource auto& batches) const {
        using A = parameter_t<decltype(state.score)>;
        game<A> played{*this, {}, {}};
        const player score{state.score, state.of_score, state.average, state.rng, state.step};
        if constexpr (std::same_as<Rate, own_rate>)
            return adversarial_turns(played, score, state, batches, constant_rate{state.of_score.settings.rate}, gradient, processes);
        else return adversarial_turns(played, score, state, batches, rate, gradient, processes);
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
        bool needs_whole_batch() const { return compares_with_means(of.objective.settings.loss); }
        void teach(auto& state, const turn_images<A>& images, philox& rng, std::size_t step, std::size_t parts, const Processes& processes) const {
            of.observe(teach_discriminator(of.objective.settings, state.discriminator, state.of_discriminator, images, rng, step, parts, processes),
                       step);
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
template <class N, class R, class O, class C>
hybrid_step(hybrid_score_matching<N>, std::size_t, R, gradient_settings, O, C) -> hybrid_step<N, R, O, C>;

}  // namespace ncsn
