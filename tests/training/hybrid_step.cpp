// SPDX-License-Identifier: Apache-2.0
/// \file  Steps with two networks: their rates and errors, and what is told of them.
#include <ncsn/autodiff/derivatives.hpp>
#include <ncsn/data/planar.hpp>
#include <ncsn/training/hybrid_step.hpp>
#include <ncsn/training/trainer.hpp>

#include <support/small_game.hpp>

using namespace ncsn;
using namespace small_game;

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
