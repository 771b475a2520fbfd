// SPDX-License-Identifier: Apache-2.0
/// \file  Adversarial score matching: a score network that learns by denoising and from a discriminator of its denoised samples.
#pragma once

#include <ncsn/autodiff/advance.hpp>
#include <ncsn/levels/schedule.hpp>
#include <ncsn/models/adapters.hpp>
#include <ncsn/training/adam.hpp>
#include <ncsn/training/batches.hpp>
#include <ncsn/training/ema.hpp>
#include <ncsn/training/gradient_step.hpp>
#include <ncsn/training/guard.hpp>
#include <ncsn/training/objective.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace ncsn {

/// Pairs of losses for a discriminator D and for those whose samples it judges, from r = D(real) and f = D(fake), [N, 1] each, and their means r̄,
/// f̄; with S(y) = ln(1 + eʸ) and (y)₊ = max(0, y), means over the batch:
///
///                              the discriminator                         the other
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
/// "GAN, WGAN, ...".
inline std::string known_adversarial_losses() {
    std::string known;
    for (const auto& [name, loss] : adversarial_losses) known += (known.empty() ? "" : ", ") + std::string{name};
    return known;
}
/// The pair that the program of adversarial score matching knows by this name, in capitals or not.
inline adversarial_loss adversarial_loss_named(const std::string& name) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    for (const auto& [each, loss] : adversarial_losses) {
        if (std::ranges::equal(name, std::string_view{each}, {}, lower, lower)) return loss;
    }
    fail("adversarial loss '", name, "': ", known_adversarial_losses(), " are known");
}

/// What a pair gives one side: `towards` 1 for the discriminator, which wants r large and f small, -1 for the other. They differ by that sign where a
/// loss compares r with f; the others are two formulas.
template <Differentiable R, Differentiable F> auto adversarial_side(adversarial_loss kind, double towards, const R& r, const F& f) {
    using L = decltype(mean(r + f));
    require(shape_of(r) == shape_of(f) && shape_of(r).row_size() == 1, "adversarial loss: D(real) is ", shape_of(r), " and D(fake) is ", shape_of(f),
            "; one number an image, of as many images, was expected");
    const bool discriminator = towards > 0;
    const auto hinge = [](const auto& y) { return relu(1.0 - y); };
    const auto missed = [](const auto& y, double aim) { return square(y - aim); };
    switch (kind) {
    case adversarial_loss::gan: return discriminator ? as<L>(mean(softplus(-1.0 * r)) + mean(softplus(f))) : as<L>(mean(softplus(-1.0 * f)));
    case adversarial_loss::wgan: return discriminator ? as<L>(mean(f) - mean(r)) : as<L>(-1.0 * mean(f));
    case adversarial_loss::hinge: return discriminator ? as<L>(mean(hinge(r)) + mean(hinge(-1.0 * f))) : as<L>(-1.0 * mean(f));
    case adversarial_loss::least_squares:
    case adversarial_loss::saturating_least_squares:
        if (discriminator) return as<L>(mean(missed(r, 1)) + mean(missed(f, -1)));
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
/// The discriminator's loss of r = D(real) and f = D(fake): [N, 1] each -> [].
auto discriminator_loss(adversarial_loss kind, const Differentiable auto& r, const Differentiable auto& f) { return adversarial_side(kind, 1, r, f); }
/// Whether fooling_loss looks at r: where it does not, r need not be known.
inline bool fooling_looks_at_data(adversarial_loss kind) {
    const bool compared = kind == adversarial_loss::paired_gan || kind == adversarial_loss::paired_least_squares;
    return compared || kind == adversarial_loss::average_gan || kind == adversarial_loss::average_least_squares ||
           kind == adversarial_loss::average_hinge;
}
/// The loss of the network whose samples the discriminator takes for fakes.
auto fooling_loss(adversarial_loss kind, const Differentiable auto& r, const Differentiable auto& f) { return adversarial_side(kind, -1, r, f); }

struct hybrid_settings {
    adversarial_loss loss = adversarial_loss::least_squares;
    double denoising = 1, fooling = 1, discrimination = 1;  ///< weights of the three losses
    bool clamped = true;                                    ///< whether the discriminator sees fakes brought to [0, 1]
    bool legacy_fake = false;                               ///< H = x + σ² s(x̃, σ) in the score's loss: the program's mistake before October 2020
};

/// The two networks, for errors; what an error in f() says begins with the name of the network.
inline constexpr const char *the_score = "the score", *the_discriminator = "the discriminator";
template <class F> auto named_network(const char* network, const F& f) {
    try {
        return f();
    } catch (const error& reason) {
        fail(network, ": ", reason.what());
    }
}

/// What a discriminator did in a turn: its loss, [1], the norm of its gradient, [1, 1], and D of real and fake images before it learned, [N, 1].
template <Array A> struct discriminator_turn {
    A loss, gradient_norm, real, fake;
};
/// The discriminator's loss of images that are held: [N, ...] each -> []. `turn`, if given, gets its answers.
template <Array A>
auto discrimination(const hybrid_settings& s, const auto& discriminator, const A& real, const A& fake, discriminator_turn<A>* turn = nullptr) {
    const auto r = discriminator(real), f = advanced(discriminator)(fake);
    if (turn) turn->real = plain(r), turn->fake = plain(f);
    return s.discrimination * discriminator_loss(s.loss, r, f);
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
/// row, as its gradient is 0 or, of the discriminator, all images get the same number. For hosts, which can look at each step.
class collapse_watch {
public:
    explicit collapse_watch(std::size_t patience = 100, double most = 1e6) : patience_{patience}, most_{most} {}

    template <Array A> void see(const discriminator_turn<A>& turn, std::size_t step) {
        const auto same = [first = turn.real[0]](const A& y) { return std::ranges::all_of(y.values(), [=](auto v) { return v == first; }); };
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
        require(idle < patience_, "training: up to step ", step, " in ", patience_, " turns in a row ", network, same ? " gave all images the same "
                "number" : " had a gradient of 0", ": it has collapsed. Go back to the last checkpoint, and use a smaller rate of the discriminator "
                "or another loss");
    }
    std::size_t patience_, discriminator_ = 0, score_ = 0;
    double most_;
};

/// The two losses of adversarial score matching (Jolicoeur-Martineau et al. 2020, Section 5, as their program has them), σ uniform over the schedule:
///
///     score            ½ E |σ s(x̃, σ) + z|² + E L'(D(x), D(H)),   x̃ = x + σz,  H = x̃ + σ² s(x̃, σ), brought to [0, 1]
///     discriminator    E L(D(x), D(H)),  H held
///
/// with a pair L, L' of adversarial_loss. Each loss counts as two calls of D, on x and then on H, though D(x) is computed only where L' looks at it.
/// Where D has spectral norms the second call sees their vectors one step on; who takes a step keeps those two: advance(discriminator, 2).
/// x: [N, ...]; D: [N, ...] -> [N, 1].
template <class N> struct hybrid_score_matching {
    static_assert(LevelSource<N>, "hybrid_score_matching: a schedule is a range of standard deviations (geometric, "
                  "a std::vector) or another LevelSource");
    N schedule;
    hybrid_settings settings = {};

    /// H of x̃ and s(x̃, σ), as the discriminator sees it.
    template <Array A> auto fakes(const Differentiable auto& score, const A& from, const noise_levels& levels) const {
        const auto denoised = from + column(levels, from, [](double sigma) { return sigma * sigma; }) * score;
        using X = std::remove_const_t<decltype(denoised)>;
        return settings.clamped ? X{relu(denoised) - relu(denoised - 1.0)} : denoised;
    }
    /// The loss of the discriminator, whose parameters may be on a tape; that of the score are plain.
    template <Array A> auto of_discriminator(const auto& discriminator, const auto& score, const A& x, const noise_levels& levels, const A& z) const {
        const A noisy = x + column(levels, x) * z, fake = fakes(A{score(noisy, levels)}, noisy, levels);
        return discrimination(settings, discriminator, x, fake);
    }
    /// The loss of the score, whose parameters may be on a tape; those of the discriminator are plain.
    template <Array A> auto of_score(const auto& score, const auto& discriminator, const A& x, const noise_levels& levels, const A& z) const {
        require_noise(levels, "hybrid_score_matching");
        const A noisy = x + column(levels, x) * z;
        const auto s = score(noisy, levels);
        return settings.denoising * denoising(s, levels, z) + settings.fooling * fooling(s, discriminator, x, noisy, levels);
    }
    /// Its two terms, of s = s(x̃, σ), without their weights.
    template <Array A> auto denoising(const Differentiable auto& s, const noise_levels& levels, const A& z) const {
        const auto residual = column(levels, z) * s + z;
        return mean_over_batch(0.5 * row_dot(residual, residual));
    }
    template <Array A>
    auto fooling(const Differentiable auto& s, const auto& discriminator, const A& x, const A& noisy, const noise_levels& levels) const {
        const auto seen = fakes(s, settings.legacy_fake ? x : noisy, levels);
        const auto fake = advanced(discriminator)(seen);
        using R = std::remove_const_t<decltype(discriminator(x))>;
        return fooling_loss(settings.loss, fooling_looks_at_data(settings.loss) ? R{discriminator(x)} : R{plain(fake)}, fake);
    }
};
template <class N> hybrid_score_matching(N) -> hybrid_score_matching<N>;
template <class N> hybrid_score_matching(N, hybrid_settings) -> hybrid_score_matching<N>;

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
