// SPDX-License-Identifier: Apache-2.0
/// \file  Adversarial score matching: a score network that learns by denoising and from a critic of its denoised samples.
#pragma once

#include <ncsn/autodiff/advance.hpp>
#include <ncsn/levels/schedule.hpp>
#include <ncsn/models/adapters.hpp>
#include <ncsn/training/adam.hpp>
#include <ncsn/training/batches.hpp>
#include <ncsn/training/ema.hpp>
#include <ncsn/training/objective.hpp>

#include <array>
#include <string>
#include <utility>

namespace ncsn {

/// Pairs of losses for a critic D and for those whose samples it judges, from r = D(real) and f = D(fake), [N, 1] each, and their means r̄, f̄; with
/// S(y) = ln(1 + eʸ) and (y)₊ = max(0, y), means over the batch:
///
///                              the critic                                the other
///     gan                      S(-r) + S(f)                              S(-f)
///     wgan                     f - r                                     -f
///     hinge                    (1 - r)₊ + (1 + f)₊                       -f
///     paired_gan               2 S(f - r)                                2 S(r - f)
///     average_gan              S(f̄ - r) + S(f - r̄)                       S(r - f̄) + S(r̄ - f)
///     least_squares            (r - 1)² + (f + 1)²                       (f - 1)²
///     saturating_least_squares the same                                  (f + 1)²
///     paired_least_squares     2 (r - f - 1)²                            2 (f - r - 1)²
///     average_least_squares    (r - f̄ - 1)² + (f - r̄ + 1)²               (r - f̄ + 1)² + (f - r̄ - 1)²
///     average_hinge            (1 - r + f̄)₊ + (1 + f - r̄)₊               (1 + r - f̄)₊ + (1 - f + r̄)₊
///
/// Goodfellow et al. 2014, Arjovsky et al. 2017, Lim & Ye 2017, Jolicoeur-Martineau 2019, Mao et al. 2017; the program of adversarial score matching
/// (Jolicoeur-Martineau et al. 2020) calls them GAN, WGAN, HingeGAN, RpGAN, RaGAN, LSGAN, LSGAN_sat, RpLSGAN, RaLSGAN, RaHingeGAN, and takes LSGAN.
enum class adversarial_loss {
    gan,
    wgan,
    hinge,
    paired_gan,
    average_gan,
    least_squares,
    saturating_least_squares,
    paired_least_squares,
    average_least_squares,
    average_hinge
};
inline constexpr std::array<std::pair<const char*, adversarial_loss>, 10> adversarial_losses{
    {{"GAN", adversarial_loss::gan},
     {"WGAN", adversarial_loss::wgan},
     {"HingeGAN", adversarial_loss::hinge},
     {"RpGAN", adversarial_loss::paired_gan},
     {"RaGAN", adversarial_loss::average_gan},
     {"LSGAN", adversarial_loss::least_squares},
     {"LSGAN_sat", adversarial_loss::saturating_least_squares},
     {"RpLSGAN", adversarial_loss::paired_least_squares},
     {"RaLSGAN", adversarial_loss::average_least_squares},
     {"RaHingeGAN", adversarial_loss::average_hinge}}};
/// The pair that the program of adversarial score matching knows by this name.
inline adversarial_loss adversarial_loss_named(const std::string& name) {
    std::string known;
    for (const auto& [each, loss] : adversarial_losses) {
        if (name == each) return loss;
        known += (known.empty() ? "" : ", ") + std::string{each};
    }
    fail("adversarial loss '", name, "': ", known, " are known");
}

/// What a pair gives one side: `towards` 1 for the critic, who wants r large and f small, -1 for the other. They differ by that sign where a loss
/// compares r with f; the others are two formulas.
template <Differentiable R, Differentiable F> auto adversarial_side(adversarial_loss kind, double towards, const R& r, const F& f) {
    using L = decltype(mean(r + f));
    require(shape_of(r) == shape_of(f) && shape_of(r).row_size() == 1, "adversarial loss: D(real) is ", shape_of(r), " and D(fake) is ", shape_of(f),
            "; one number an image, of as many images, was expected");
    const bool critic = towards > 0;
    const auto hinge = [](const auto& y) { return relu(1.0 - y); };
    const auto missed = [](const auto& y, double aim) { return square(y - aim); };
    switch (kind) {
    case adversarial_loss::gan: return critic ? as<L>(mean(softplus(-1.0 * r)) + mean(softplus(f))) : as<L>(mean(softplus(-1.0 * f)));
    case adversarial_loss::wgan: return critic ? as<L>(mean(f) - mean(r)) : as<L>(-1.0 * mean(f));
    case adversarial_loss::hinge: return critic ? as<L>(mean(hinge(r)) + mean(hinge(-1.0 * f))) : as<L>(-1.0 * mean(f));
    case adversarial_loss::least_squares:
    case adversarial_loss::saturating_least_squares:
        if (critic) return as<L>(mean(missed(r, 1)) + mean(missed(f, -1)));
        return as<L>(mean(missed(f, kind == adversarial_loss::least_squares ? 1 : -1)));
    case adversarial_loss::paired_gan: return as<L>(2.0 * mean(softplus(-towards * (r - f))));
    case adversarial_loss::paired_least_squares: return as<L>(2.0 * mean(missed(towards * (r - f), 1)));
    default: break;
    }
    const auto real = towards * (r - mean(f)), fake = towards * (mean(r) - f);      // how far each is on its side of the others' mean
    if (kind == adversarial_loss::average_gan) return as<L>(mean(softplus(-1.0 * real)) + mean(softplus(-1.0 * fake)));
    if (kind == adversarial_loss::average_least_squares) return as<L>(mean(missed(real, 1)) + mean(missed(fake, 1)));
    return as<L>(mean(hinge(real)) + mean(hinge(fake)));
}
/// The critic's loss of r = D(real) and f = D(fake): [N, 1] each -> [].
auto critic_loss(adversarial_loss kind, const Differentiable auto& r, const Differentiable auto& f) { return adversarial_side(kind, 1, r, f); }
/// The loss of the network whose samples the critic takes for fakes.
auto fooling_loss(adversarial_loss kind, const Differentiable auto& r, const Differentiable auto& f) { return adversarial_side(kind, -1, r, f); }

struct hybrid_settings {
    adversarial_loss loss = adversarial_loss::least_squares;
    double denoising = 1, fooling = 1, criticism = 1;  ///< weights of the three losses
    bool clamped = true;                               ///< whether the critic sees fakes brought to [0, 1]
};

/// The two losses of adversarial score matching (Jolicoeur-Martineau et al. 2020, Section 4, as their program has them), σ uniform over the schedule:
///
///     score    ½ E |σ s(x̃, σ) + z|² + E L'(D(x), D(H)),   x̃ = x + σz,  H = x̃ + σ² s(x̃, σ), brought to [0, 1]
///     critic   E L(D(x), D(H)),  H held
///
/// with a pair L, L' of adversarial_loss. Each loss calls D twice, on x and then on H. Where D has spectral norms the second call sees their vectors
/// one step on; who takes a step keeps those two: advance(critic, 2). x: [N, ...]; D: [N, ...] -> [N, 1].
template <class N> struct hybrid_score_matching {
    static_assert(LevelSource<N>, "hybrid_score_matching: a schedule is a range of standard deviations (geometric, "
                  "a std::vector) or another LevelSource");
    N schedule;
    hybrid_settings settings = {};

    /// H of x̃ and s(x̃, σ), as the critic sees it.
    template <Array A> auto fakes(const Differentiable auto& score, const A& noisy, const noise_levels& levels) const {
        const auto denoised = noisy + column(levels, noisy, [](double sigma) { return sigma * sigma; }) * score;
        using X = std::remove_const_t<decltype(denoised)>;
        return settings.clamped ? X{relu(denoised) - relu(denoised - 1.0)} : denoised;
    }
    /// The loss of the critic, whose parameters may be on a tape; that of the score are plain.
    template <Array A> auto of_critic(const auto& critic, const auto& score, const A& x, const noise_levels& levels, const A& z) const {
        const A noisy = x + column(levels, x) * z, fake = fakes(A{score(noisy, levels)}, noisy, levels);
        return settings.criticism * critic_loss(settings.loss, critic(x), advanced(critic)(fake));
    }
    /// The loss of the score, whose parameters may be on a tape; those of the critic are plain.
    template <Array A> auto of_score(const auto& score, const auto& critic, const A& x, const noise_levels& levels, const A& z) const {
        require_noise(levels, "hybrid_score_matching");
        const A sigma = column(levels, x), noisy = x + sigma * z;
        const auto s = score(noisy, levels);
        const auto residual = sigma * s + z;
        const auto fooling = fooling_loss(settings.loss, critic(x), advanced(critic)(fakes(s, noisy, levels)));
        return settings.denoising * mean_over_batch(0.5 * row_dot(residual, residual)) + settings.fooling * fooling;
    }
};
template <class N> hybrid_score_matching(N) -> hybrid_score_matching<N>;
template <class N> hybrid_score_matching(N, hybrid_settings) -> hybrid_score_matching<N>;

/// Adam of the two networks as the paper has it.
inline constexpr adam_settings hybrid_score_adam{.rate = 1e-4, .beta1 = 0, .beta2 = 0.9};
inline constexpr adam_settings hybrid_critic_adam{.rate = 1e-4, .beta1 = -0.5, .beta2 = 0.9};

/// Two networks, their optimizers, the running average of the score, the generator, and how far they are; what checkpoints keep.
template <Module S, Module C> struct hybrid_state {
    S score;
    C critic;
    adam<S> of_score{score, hybrid_score_adam};
    adam<C> of_critic{critic, hybrid_critic_adam};
    ema<S> average{score, 0.999};
    philox rng = {};
    std::size_t step = 0;  ///< steps of the score
    double seconds = 0;
    static constexpr std::tuple state{field{"score", &hybrid_state::score}, field{"critic", &hybrid_state::critic},
                                      field{"optimizer of the score", &hybrid_state::of_score},
                                      field{"optimizer of the critic", &hybrid_state::of_critic}, field{"ema", &hybrid_state::average},
                                      field{"rng", &hybrid_state::rng}, field{"step", &hybrid_state::step}, field{"seconds", &hybrid_state::seconds}};

    hybrid_state(S s, C c) : score{std::move(s)}, critic{std::move(c)} {}
};
template <class S, class C> hybrid_state(S, C) -> hybrid_state<S, C>;

/// One step of `trainer`: the critic learns from each of `critic_steps` batches, then the score from the last of them, with new levels and noise.
template <class N> struct hybrid_step {
    hybrid_score_matching<N> objective;
    std::size_t critic_steps = 1;

    template <class State> auto operator()(State& state, BatchSource auto& batches) const {
        require(critic_steps > 0, "hybrid_step: critic_steps is 0; at least one batch a step was expected");
        using A = parameter_t<decltype(state.score)>;
        A x;
        for (std::size_t k = 0; k < critic_steps; ++k) {
            x = batches(state.step * critic_steps + k, sample_range{0, batches.size()}, state.rng);
            const noise_levels levels = draw_levels(objective.schedule, x.shape()[0], state.rng);
            const A z = normal_like(x, state.rng);
            const auto of_critic = [&](const auto& critic) { return objective.of_critic(critic, state.score, x, levels, z); };
            const auto learned = loss_and_grad(of_critic, state.critic);
            advance(state.critic, 2);                                               // its two calls
            state.of_critic.step(state.critic, learned.gradient);
        }
        const noise_levels levels = draw_levels(objective.schedule, x.shape()[0], state.rng);
        const A z = normal_like(x, state.rng);
        const auto of_score = [&](const auto& score) { return objective.of_score(score, state.critic, x, levels, z); };
        auto [loss, gradient] = loss_and_grad(of_score, state.score);
        advance(state.critic, 2);
        state.of_score.step(state.score, gradient);
        state.average.update(state.score);
        return loss;
    }
};
template <class N> hybrid_step(hybrid_score_matching<N>) -> hybrid_step<N>;
template <class N> hybrid_step(hybrid_score_matching<N>, std::size_t) -> hybrid_step<N>;

}  // namespace ncsn
