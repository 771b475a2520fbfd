// SPDX-License-Identifier: Apache-2.0
/// \file  Steps with two networks: their order, rates, errors, and the watch over both.
#include <ncsn/autodiff/derivatives.hpp>
#include <ncsn/data/planar.hpp>
#include <ncsn/training/hybrid_step.hpp>
#include <ncsn/training/trainer.hpp>

#include <support/small_game.hpp>
#include <support/threads_together.hpp>

using namespace ncsn;
using namespace small_game;

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
    const char* const same = "in 3 turns looked at in a row the discriminator gave all images the same number";
    BOOST_CHECK_EXCEPTION(watch.see(turn(1, 1, 2, 2), 5), error, names(same));
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
}

/// A pair of networks after three steps of 12 points, and what the discriminator said of them.
struct after_three {
    std::vector<reals> parameters;
    reals last_loss, real, turn_loss;
};
after_three played(adversarial_loss loss, std::size_t parts, const auto& processes) {
    philox rng{3};
    auto score = score_of_two(rng);
    hybrid_state state{std::move(score), discriminator_of(rng)};
    state.of_score.settings.rate = state.of_discriminator.settings.rate = 0.01;
    state.rng = philox{8};
    const drawn_from batches{swiss_roll<reals>{}, 12};
    after_three result;
    const auto observe = [&](const discriminator_turn<reals>& turn, std::size_t) { result.real = turn.real, result.turn_loss = turn.loss; };
    hybrid_score_matching objective{sigmas};
    objective.settings.loss = loss;
    const hybrid_step step{objective, 2, own_rate{}, gradient_settings{.parts = parts}, observe, processes};
    for (; state.step < 3; ++state.step) result.last_loss = step(state, batches);
    const auto keep = [&](const reals& p) { result.parameters.push_back(p); };
    for_each_leaf(keep, state.score), for_each_leaf(keep, state.discriminator), for_each_leaf(keep, state.average.model());
    return result;
}
double largest_distance_of(const after_three& a, const after_three& b) {
    double largest = std::max(distance(a.last_loss, b.last_loss), distance(a.turn_loss, b.turn_loss));
    for (std::size_t i = 0; i < a.parameters.size(); ++i) largest = std::max(largest, distance(a.parameters[i], b.parameters.at(i)));
    return largest;
}

BOOST_AUTO_TEST_CASE(parts_and_processes_change_no_more_than_the_order_of_sums) {
    for (const auto& [name, loss] : adversarial_losses) {
        BOOST_TEST_CONTEXT(name) {
            const auto split = [&, kind = loss](std::size_t parts) { return played(kind, parts, alone{}); };
            const auto whole = split(1);
            if (compares_with_means(loss)) {
                BOOST_CHECK_EXCEPTION(split(2), error, [](const error& reason) {
                    return std::string{reason.what()}.find("compares images with the mean of a whole batch") != std::string::npos;
                });
                continue;
            }
            for (const std::size_t parts : {3u, 12u}) {
                const auto other = split(parts);
                BOOST_TEST(largest_distance_of(other, whole) < 1e-11);
                BOOST_TEST(distance(other.real, whole.real) < 1e-11);                // the answers are of all parts, in order
            }
            BOOST_TEST(largest_distance_of(whole, played(adversarial_loss::gan == loss ? adversarial_loss::hinge : adversarial_loss::gan, 1, alone{}))
                       > 1e-4);
            threads_together::meeting meeting{3};
            std::vector<after_three> shares(3);
            std::vector<std::thread> processes;
            for (std::size_t rank = 0; rank < 3; ++rank)
                processes.emplace_back([&, rank, kind = loss] { shares[rank] = played(kind, 2, threads_together{&meeting, rank}); });
            for (auto& process : processes) process.join();
            for (std::size_t rank = 0; rank < 3; ++rank) {
                BOOST_TEST(largest_distance_of(shares[rank], whole) < 1e-11);
                BOOST_TEST(largest_distance_of(shares[rank], shares[0]) == 0);       // all have the same networks, to the last bit
                BOOST_TEST_REQUIRE((shares[rank].real.shape() == shape{4, 1}));
                for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(std::abs(shares[rank].real[i] - whole.real[4 * rank + i]) < 1e-11);
            }
        }
    }
    threads_together::meeting meeting{2};
    BOOST_CHECK_THROW(played(adversarial_loss::average_gan, 1, threads_together{&meeting, 0}), error);
    BOOST_CHECK_THROW(played(adversarial_loss::gan, 7, alone{}), error);             // 12 points are not 7 even parts
}

BOOST_AUTO_TEST_CASE(what_fails_before_the_discriminator_is_asked_is_not_its_fault) {
    philox rng{6};
    hybrid_state state{score_of_two(rng), discriminator_of(rng)};
    const auto batches = drawn_from{swiss_roll<reals>{}, 7};
    struct lost {
        std::size_t size() const { return 7; }
        reals operator()(std::size_t, const sample_range&, philox&) const { fail("the file is gone"); }
    } no_data;
    const auto says = [](const char* whole) { return [whole](const error& reason) { return std::string{reason.what()} == whole; }; };
    BOOST_CHECK_EXCEPTION((hybrid_step{hybrid_score_matching{sigmas}}(state, no_data)), error, says("the file is gone"));
    const auto watch = [](const auto&, std::size_t) { fail("seen enough"); };
    BOOST_CHECK_EXCEPTION((hybrid_step{hybrid_score_matching{sigmas}, 1, own_rate{}, gradient_settings{}, watch}(state, batches)), error,
                          says("seen enough"));
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
