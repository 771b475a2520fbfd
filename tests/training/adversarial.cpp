// SPDX-License-Identifier: Apache-2.0
/// \file  Adversarial score matching: the pairs of losses by their formulas, the hybrid objective against its parts, and its steps.
#include <ncsn/autodiff/derivatives.hpp>
#include <ncsn/data/planar.hpp>
#include <ncsn/layers/spectral_norm.hpp>
#include <ncsn/models/mlp.hpp>
#include <ncsn/training/adversarial.hpp>
#include <ncsn/training/denoising.hpp>
#include <ncsn/training/trainer.hpp>

#include <support/check_every_mode.hpp>

using namespace ncsn;

namespace {

using score_network = unconditional<mlp<reals>>;
const std::vector<double> sigmas{1, 0.3};

/// A discriminator with a spectral norm: D(x) = W/σ(W) softplus(V/σ(V) x).
template <class P> struct small_discriminator {
    spectral_dense<P> first, second;
    static constexpr std::tuple members{field{"first", &small_discriminator::first}, field{"second", &small_discriminator::second}};
    auto operator()(const Differentiable auto& x) const { return second(softplus(first(x))); }
};
small_discriminator<reals> discriminator_of(philox& rng) { return {{2, 6, rng}, {6, 1, rng}}; }
score_network score_of_two(philox& rng) { return {mlp<reals>{2, 8, 2, rng}}; }
/// Both networks and a batch at two levels.
struct drawn_game {
    score_network score;
    small_discriminator<reals> discriminator;
    reals x, z;
    noise_levels levels;
};
drawn_game game(std::uint64_t seed) {
    philox rng{seed};
    auto score = score_of_two(rng);
    auto discriminator = discriminator_of(rng);
    auto x = normal<reals>({5, 2}, rng), z = normal_like(x, rng);
    return {std::move(score), std::move(discriminator), std::move(x), std::move(z), {{0, 1, 1, 0, 1}, {1, 0.3, 0.3, 1, 0.3}}};
}

double softplus_of(double y) { return std::log1p(std::exp(-std::abs(y))) + std::max(y, 0.0); }
double square_of(double y) { return y * y; }
double hinge_of(double y) { return std::max(0.0, 1 - y); }

/// The table of adversarial_loss, one image after the other.
std::pair<double, double> by_formula(adversarial_loss kind, const reals& r, const reals& f) {
    const std::size_t n = r.size();
    double real = 0, fake = 0;
    for (std::size_t i = 0; i < n; ++i) real += r[i] / double(n), fake += f[i] / double(n);
    double discriminator = 0, other = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const double a = r[i], b = f[i], u = a - fake, v = b - real;
        const auto add = [&](double c, double o) { discriminator += c / double(n), other += o / double(n); };
        switch (kind) {
        case adversarial_loss::gan: add(softplus_of(-a) + softplus_of(b), softplus_of(-b)); break;
        case adversarial_loss::wgan: add(b - a, -b); break;
        case adversarial_loss::hinge: add(hinge_of(a) + hinge_of(-b), -b); break;
        case adversarial_loss::paired_gan: add(2 * softplus_of(b - a), 2 * softplus_of(a - b)); break;
        case adversarial_loss::average_gan: add(softplus_of(-u) + softplus_of(v), softplus_of(u) + softplus_of(-v)); break;
        case adversarial_loss::least_squares: add(square_of(a - 1) + square_of(b + 1), square_of(b - 1)); break;
        case adversarial_loss::saturating_least_squares: add(square_of(a - 1) + square_of(b + 1), square_of(b + 1)); break;
        case adversarial_loss::paired_least_squares: add(2 * square_of(a - b - 1), 2 * square_of(b - a - 1)); break;
        case adversarial_loss::average_least_squares: add(square_of(u - 1) + square_of(v + 1), square_of(u + 1) + square_of(v - 1)); break;
        case adversarial_loss::average_hinge: add(hinge_of(u) + hinge_of(-v), hinge_of(-u) + hinge_of(v)); break;
        }
    }
    return {discriminator, other};
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_pair_is_its_formula_and_is_differentiable_in_both_arguments) {
    const reals r = some({6, 1}, 1), f = some({6, 1}, 2);
    for (const auto& [name, kind] : adversarial_losses) {
        BOOST_TEST_CONTEXT(name) {
            BOOST_TEST((adversarial_loss_named(name) == kind));
            const auto [discriminator, other] = by_formula(kind, r, f);
            BOOST_TEST(discriminator_loss(kind, r, f).item() == discriminator, boost::test_tools::tolerance(1e-12));
            BOOST_TEST(fooling_loss(kind, r, f).item() == other, boost::test_tools::tolerance(1e-12));
            check_every_mode_of_two("adversarial_side", [k = kind](const auto& a, const auto& b) { return discriminator_loss(k, a, b); }, r, f);
            check_every_mode_of_two("adversarial_side", [k = kind](const auto& a, const auto& b) { return fooling_loss(k, a, b); }, r, f);
        }
    }
    BOOST_TEST((adversarial_loss_named("lsgan") == adversarial_loss::least_squares));
    BOOST_CHECK_THROW(adversarial_loss_named("DCGAN"), error);
    BOOST_CHECK_THROW(adversarial_loss_named("LSGAN_"), error);
    BOOST_CHECK_THROW(discriminator_loss(adversarial_loss::gan, r, some({5, 1})), error);
    BOOST_CHECK_THROW(discriminator_loss(adversarial_loss::gan, some({6, 2}), some({6, 2})), error);
}

/// Knows how often it was asked.
struct counted_discriminator {
    small_discriminator<reals> discriminator;
    std::size_t* calls;
    static constexpr std::tuple members{field{"discriminator", &counted_discriminator::discriminator}, field{"calls", &counted_discriminator::calls}};
    auto operator()(const Differentiable auto& x) const {
        ++*calls;
        return discriminator(x);
    }
};
BOOST_AUTO_TEST_CASE(what_the_discriminator_says_of_data_is_asked_for_where_the_others_loss_looks_at_it) {
    const auto g = game(3);
    const reals r({4, 1}, {0.3, -1.2, 0.8, 2}), other({4, 1}, {-0.4, 1, 0.1, 0.7}), f({4, 1}, {-0.5, 0.2, 0.9, 1.4});
    for (const auto& [name, kind] : adversarial_losses) {
        const bool looks = fooling_loss(kind, r, f).item() != fooling_loss(kind, other, f).item();
        BOOST_TEST(fooling_looks_at_data(kind) == looks, name);
        std::size_t calls = 0;
        const hybrid_score_matching objective{sigmas, hybrid_settings{.loss = kind}};
        const double value = objective.of_score(g.score, counted_discriminator{g.discriminator, &calls}, g.x, g.levels, g.z).item();
        BOOST_TEST(calls == (looks ? 2u : 1u), name);
        const reals noisy = g.x + column(g.levels, g.x) * g.z, s = g.score(noisy, g.levels);
        const reals real = g.discriminator(g.x), fake = advanced(g.discriminator)(objective.fakes(s, noisy, g.levels));
        BOOST_TEST(value == objective.denoising(s, g.levels, g.z).item() + fooling_loss(kind, real, fake).item(), name);
    }
}

BOOST_AUTO_TEST_CASE(without_fooling_it_is_denoising_score_matching_and_without_denoising_the_discriminator_decides) {
    const auto [score, discriminator, x, z, levels] = game(1);
    hybrid_score_matching objective{sigmas};
    objective.settings.fooling = 0;
    BOOST_TEST(objective.of_score(score, discriminator, x, levels, z).item() == denoising_score_matching{sigmas}(score, x, levels, z).item(),
               boost::test_tools::tolerance(1e-12));
    objective.settings = {.loss = adversarial_loss::wgan, .denoising = 0, .fooling = 2, .clamped = false};
    const reals noisy = x + column(levels, x) * z, fake = denoise(score, noisy, levels);
    BOOST_TEST(objective.of_score(score, discriminator, x, levels, z).item() == -2 * mean(advanced(discriminator)(fake)).item(),
               boost::test_tools::tolerance(1e-12));
    objective.settings.discrimination = 3;
    BOOST_TEST(objective.of_discriminator(discriminator, score, x, levels, z).item() ==
                   3 * (mean(advanced(discriminator)(fake)) - mean(discriminator(x))).item(),
               boost::test_tools::tolerance(1e-12));
    objective.settings.clamped = true;
    const reals seen = objective.fakes(reals{score(noisy, levels)}, noisy, levels);
    for (std::size_t i = 0; i < seen.size(); ++i) BOOST_TEST(seen[i] == std::clamp(fake[i], 0.0, 1.0), boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(the_legacy_fake_starts_from_the_clean_image_in_the_loss_of_the_score_only) {
    const auto [score, discriminator, x, z, levels] = game(5);
    const reals sigma = column(levels, x), noisy = x + sigma * z;
    hybrid_settings settings{.loss = adversarial_loss::wgan, .denoising = 0, .clamped = false};
    const double of_discriminator = hybrid_score_matching{sigmas, settings}.of_discriminator(discriminator, score, x, levels, z).item();
    settings.legacy_fake = true;
    const hybrid_score_matching legacy{sigmas, settings};
    const reals fake = x + sigma * sigma * score(noisy, levels);
    BOOST_TEST(legacy.of_score(score, discriminator, x, levels, z).item() == -mean(advanced(discriminator)(fake)).item(),
               boost::test_tools::tolerance(1e-12));
    BOOST_TEST(legacy.of_discriminator(discriminator, score, x, levels, z).item() == of_discriminator);
}

BOOST_AUTO_TEST_CASE(a_game_that_is_over_is_named) {
    const auto turn = [](double loss, double norm, double real, double fake) {
        return discriminator_turn<reals>{{{1}, {loss}}, {{1, 1}, {norm}}, {{2, 1}, {real, real}}, {{2, 1}, {fake, fake}}};
    };
    const auto names = [](const char* part) {
        return [part](const error& reason) { return std::string{reason.what()}.find(part) != std::string::npos; };
    };
    collapse_watch watch{3, 100};
    for (const double score : {2.0, 2.0, 1.0, 2.0, 2.0}) watch.see(turn(1, 1, 2, score), 1);   // the last two in a row do not end it
    watch.see(turn(1, 1, 2, 2.5), 2);
    watch.see(turn(1, 0, 1, 2), 3), watch.see(turn(1, 1, 2, 2), 4);
    BOOST_CHECK_EXCEPTION(watch.see(turn(1, 1, 2, 2), 5), error, names("in 3 turns in a row the discriminator gave all images the same number"));
    BOOST_CHECK_EXCEPTION(watch.see(turn(-101, 1, 2, 1), 6), error, names("at step 6 the loss of the discriminator is -101, beyond 100"));
    for (const double norm : {0.0, 1.0, 0.0, 0.0}) watch.see(1, norm, 7);
    BOOST_CHECK_EXCEPTION(watch.see(1, 0, 8), error, names("the score had a gradient of 0"));
    BOOST_CHECK_EXCEPTION(watch.see(101, 1, 9), error, names("the loss of the score is 101"));
}

BOOST_AUTO_TEST_CASE(numbers_that_are_none_name_their_network) {
    philox rng{6};
    const auto names = [](const char* part) { return [part](const error& reason) { return std::string{reason.what()}.starts_with(part); }; };
    const drawn_from batches{swiss_roll<reals>{}, 7};
    hybrid_state state{score_of_two(rng), discriminator_of(rng)};
    state.discriminator.second.bias.write()[0] = std::numeric_limits<double>::infinity();
    BOOST_CHECK_EXCEPTION((hybrid_step{hybrid_score_matching{sigmas}}(state, batches)), error, names("the discriminator: "));
    hybrid_state far{score_of_two(rng), discriminator_of(rng)};   // after its step D is too large for a double
    far.of_discriminator = adam{far.discriminator, {.rate = 1e300, .beta1 = -0.5, .beta2 = 0.9}};
    BOOST_CHECK_EXCEPTION((hybrid_step{hybrid_score_matching{sigmas}}(far, batches)), error, names("the discriminator: "));
    hybrid_state steep{score_of_two(rng), discriminator_of(rng)};
    hybrid_score_matching heavy{sigmas};
    heavy.settings.denoising = std::numeric_limits<double>::infinity();
    BOOST_CHECK_EXCEPTION((hybrid_step{heavy}(steep, batches)), error, names("the score: "));
}

BOOST_AUTO_TEST_CASE(a_state_that_no_later_step_could_mend_is_not_kept) {
    const drawn_from batches{swiss_roll<reals>{}, 7};
    const auto refused = [&](const char* expected, const auto& spoil) {
        philox rng{6};
        hybrid_state state{score_of_two(rng), discriminator_of(rng)};
        spoil(state);
        BOOST_CHECK_EXCEPTION((trainer{hybrid_step{hybrid_score_matching{sigmas}}, {.steps = 1}}(state, batches)), error,
                              [&](const error& reason) { return std::string{reason.what()}.find(expected) != std::string::npos; });
    };
    const auto first_is_infinite = [](auto& tree) {
        bool first = true;
        for_each_leaf([&](auto& leaf) {
            if (std::exchange(first, false)) leaf.write()[0] = std::numeric_limits<double>::infinity();
        }, tree);
    };
    refused("the score: training: after step 1 the second moment", [&](auto& state) { first_is_infinite(state.of_score.second); });
    refused("the discriminator: training: after step 1 the second moment", [&](auto& state) { first_is_infinite(state.of_discriminator.second); });
}

BOOST_AUTO_TEST_CASE(gradients_agree_with_differences) {
    philox rng{2};
    const auto score = score_of_two(rng);
    auto discriminator = discriminator_of(rng);
    advance(discriminator, 200);                                                    // held vectors are right where they have settled
    const reals x = uniform<reals>({4, 2}, 0, 1, rng), z = normal_like(x, rng);
    const noise_levels levels{{0, 1, 1, 0}, {1, 0.3, 0.3, 1}};
    const auto check = [&](const auto& model, const auto& loss) {
        const auto [value, gradient] = value_and_grad(loss, model);
        BOOST_TEST(std::isfinite(value));
        auto there = model, back = model;
        double expected = 0;
        const double h = 1e-6;
        for_each_leaf([&](auto& a, auto& b, const auto& g) {
            const reals step = normal_like(g, rng);
            expected += inner(g, step);
            a = a + h * step, b = b - h * step;
        }, there, back, gradient);
        BOOST_TEST((loss(there).item() - loss(back).item()) / (2 * h) == expected, boost::test_tools::tolerance(1e-6));
    };
    for (const auto& [name, kind] : adversarial_losses) {
        BOOST_TEST_CONTEXT(name) {
            const hybrid_score_matching objective{sigmas, hybrid_settings{.loss = kind, .clamped = false}};
            check(score, [&](const auto& s) { return objective.of_score(s, discriminator, x, levels, z); });
            check(discriminator, [&](const auto& d) { return objective.of_discriminator(d, score, x, levels, z); });
        }
    }
}

BOOST_AUTO_TEST_CASE(a_step_is_one_of_the_discriminator_for_each_batch_one_of_the_score_and_two_of_the_vectors_each) {
    philox rng{3};
    const auto start_score = score_of_two(rng);
    const auto start_discriminator = discriminator_of(rng);
    const drawn_from batches{swiss_roll<reals>{}, 7};
    const hybrid_score_matching objective{sigmas};

    hybrid_state state{start_score, start_discriminator};
    state.rng = philox{9};
    const hybrid_step step{objective, 2};
    BOOST_TEST(std::isfinite(static_cast<double>(step(state, batches).item())));

    hybrid_state by_hand{start_score, start_discriminator};                         // the same, written out
    philox draws{9};
    reals x;
    const auto drawn = [&] {
        const noise_levels levels = draw_levels(sigmas, x.shape()[0], draws);
        return std::pair{levels, normal_like(x, draws)};
    };
    for (std::size_t k = 0; k < 2; ++k) {
        x = batches(k, sample_range{0, 7}, draws);
        const auto [levels, z] = drawn();
        const auto of_discriminator = [&, &at = levels, &noise = z](const auto& d) {
            return objective.of_discriminator(d, by_hand.score, x, at, noise);
        };
        const auto gradient = loss_and_grad(of_discriminator, by_hand.discriminator).gradient;
        advance(by_hand.discriminator, 2);
        by_hand.of_discriminator.step(by_hand.discriminator, gradient);
    }
    const auto [levels, z] = drawn();
    const auto of_score = [&, &at = levels, &noise = z](const auto& s) { return objective.of_score(s, by_hand.discriminator, x, at, noise); };
    const auto gradient = loss_and_grad(of_score, by_hand.score).gradient;
    advance(by_hand.discriminator, 2);
    by_hand.of_score.step(by_hand.score, gradient);
    const auto same = [](const std::string& name, const reals& a, const reals& b) { BOOST_TEST(distance(a, b) == 0, name); };
    for_each_named(same, state.score, by_hand.score);
    for_each_named(same, state.discriminator, by_hand.discriminator);
    BOOST_CHECK_THROW((hybrid_step{objective, 0}(state, batches)), error);
}

BOOST_AUTO_TEST_CASE(a_step_takes_a_rate_and_a_clip_for_the_score_and_tells_each_turn) {
    const drawn_from batches{swiss_roll<reals>{}, 7};
    const hybrid_score_matching objective{sigmas};
    const auto distance_of = [](const auto& a, const auto& b) {
        double sum = 0;
        for_each_leaf([&sum](const reals& x, const reals& y) { sum += distance(x, y); }, a, b);
        return sum;
    };
    const auto started = [] {
        philox rng{3};
        auto score = score_of_two(rng);
        return hybrid_state{std::move(score), discriminator_of(rng)};
    };
    std::vector<double> rates, told;
    const auto after = [&](const auto& step, std::size_t steps = 1) {
        auto state = started();
        rates.clear(), told.clear();
        trainer{step, {.steps = steps}}(state, batches, [&](const training_report& report) { rates.push_back(report.rate); });
        return state;
    };
    const auto start = started(), own = after(hybrid_step{objective});
    BOOST_TEST(rates.at(0) == hybrid_score_adam.rate);
    const auto same = after(hybrid_step{objective, 1, constant_rate{hybrid_score_adam.rate}});
    BOOST_TEST(distance_of(same.score, own.score) == 0);
    const auto still = after(hybrid_step{objective, 1, [](std::size_t step) { return 0.25 * double(step); }});
    BOOST_TEST(rates.at(0) == 0);
    BOOST_TEST(distance_of(still.score, start.score) == 0);                          // the score's rate alone
    BOOST_TEST(distance_of(still.discriminator, own.discriminator) == 0);
    BOOST_TEST(distance_of(own.discriminator, start.discriminator) > 0);
    (void)after(hybrid_step{objective, 1, [](std::size_t step) { return 0.25 * double(step); }}, 3);
    BOOST_TEST(rates == (std::vector{0.0, 0.25, 0.5}), boost::test_tools::per_element());
    const auto clipped = after(hybrid_step{objective, 1, own_rate{}, gradient_settings{.clip = 1e-9}});
    BOOST_TEST(distance_of(clipped.score, own.score) > 0);                           // gradients of Adam's own epsilon move less
    const auto observe = [&](const discriminator_turn<reals>& turn, std::size_t step) {
        BOOST_TEST((turn.real.shape() == shape{7, 1}));
        told.push_back(static_cast<double>(step));
    };
    (void)after(hybrid_step{objective, 2, own_rate{}, gradient_settings{}, observe}, 2);
    BOOST_TEST(told == (std::vector{1.0, 1.0, 2.0, 2.0}), boost::test_tools::per_element());
    BOOST_CHECK_THROW(after(hybrid_step{objective, 1, constant_rate{-1e-3}}), error);
    BOOST_CHECK_THROW(after(hybrid_step{objective, 1, own_rate{}, gradient_settings{.parts = 7}}), error);
}

BOOST_AUTO_TEST_CASE(trained_on_one_point_the_denoised_samples_come_to_it) {
    philox rng{4};
    struct one_point {
        reals sample(std::size_t n, philox&) const { return {{n, 2}, 0.5}; }
    };
    hybrid_state state{scaled_by_noise{unconditional{mlp<reals>{2, 16, 2, rng}}}, discriminator_of(rng)};
    state.of_score = adam{state.score, {.rate = 1e-2, .beta1 = 0, .beta2 = 0.9}};
    state.of_discriminator = adam{state.discriminator, {.rate = 1e-3, .beta1 = -0.5, .beta2 = 0.9}};
    drawn_from batches{one_point{}, 64};
    const reals x({64, 2}, 0.5), noisy = x + 0.3 * normal<reals>({64, 2}, rng);
    const auto error_of = [&](const auto& score) {
        const reals missed = denoise(score, noisy, noise_levels{{1}, {0.3}}) - x;
        return std::sqrt(inner(missed, missed) / 128);
    };
    const double before = error_of(state.score);
    trainer{hybrid_step{hybrid_score_matching{std::vector<double>{0.3}}}, {.steps = 300}}(state, batches);
    BOOST_TEST(state.step == 300u);
    BOOST_TEST(error_of(state.score) < before / 3);                                  // the best score misses nothing: H = ½
}
