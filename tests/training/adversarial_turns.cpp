// SPDX-License-Identifier: Apache-2.0
/// \file  The order of a step with two networks, in one part, in several and in several processes, and whose fault an error is.
#include <ncsn/autodiff/derivatives.hpp>
#include <ncsn/data/planar.hpp>
#include <ncsn/training/hybrid_step.hpp>

#include <support/small_game.hpp>
#include <support/threads_together.hpp>

using namespace ncsn;
using namespace small_game;

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

namespace {

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

}  // namespace

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
    BOOST_CHECK_EXCEPTION(played(adversarial_loss::gan, 7, alone{}), error, [](const error& reason) {
        return std::string{reason.what()}.starts_with("gradient_step: a batch of 12 in 7 parts");   // which is nobody's fault but the caller's
    });
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

BOOST_AUTO_TEST_CASE(each_turn_has_a_batch_of_its_own) {
    struct numbered {
        std::vector<std::size_t> asked = {};
        std::size_t size() const { return 6; }
        reals operator()(std::size_t number, const sample_range& part, philox& rng) {
            asked.push_back(number);
            return swiss_roll<reals>{}.sample(part.count, rng);
        }
    } batches;
    philox rng{3};
    auto score = score_of_two(rng);
    hybrid_state state{std::move(score), discriminator_of(rng)};
    const hybrid_step step{hybrid_score_matching{sigmas}, 3, own_rate{}, gradient_settings{.parts = 2}};
    for (; state.step < 2; ++state.step) step(state, batches);
    BOOST_TEST(batches.asked == (std::vector<std::size_t>{0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5}), boost::test_tools::per_element());
}
