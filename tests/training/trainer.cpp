// SPDX-License-Identifier: Apache-2.0
/// \file  The loop of training: what it tells, when it stops, and who looks at the state between steps.
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/models/mlp.hpp>
#include <ncsn/training/sliced.hpp>
#include <ncsn/training/trainer.hpp>
#include <ncsn/training/training_state.hpp>

#include <ncsn/models/adapters.hpp>

#include <support/files.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;
using network = unconditional<mlp<array>>;

const gaussian_mixture<array> points{{{0.8, {5, 5}}, {0.2, {-5, -5}}}, 1};

training_state<network> fresh_state() {
    philox rng{5};
    network model{mlp<array>{2, 8, 2, rng}};
    return training_state{std::move(model), adam_settings{}, 0.9, rng};
}

BOOST_AUTO_TEST_CASE(every_step_is_told_once_and_in_turn_with_its_loss_and_rate) {
    auto state = fresh_state(), by_hand = fresh_state();
    drawn_from batches{points, 16};
    const gradient_step step{sliced_score_matching{}, cosine_rate{0.1, 6}};
    std::vector<training_report> told;
    trainer{step, {.steps = 6}}(state, batches, [&](const training_report& report) { told.push_back(report); });
    BOOST_TEST_REQUIRE(told.size() == 6u);
    for (std::size_t i = 0; i < told.size(); ++i) {
        BOOST_TEST(told[i].step == i + 1);
        BOOST_TEST(told[i].rate == 0.1 * cosine_decay(i, 6));
        BOOST_TEST(told[i].loss == static_cast<double>(step(by_hand, batches).item()));
        BOOST_TEST(told[i].seconds >= (i == 0 ? 0 : told[i - 1].seconds));
        ++by_hand.step;
    }
    BOOST_TEST(state.step == 6u);
    BOOST_TEST((state.rng == by_hand.rng));
}

BOOST_AUTO_TEST_CASE(a_training_in_two_calls_is_that_in_one) {
    auto once = fresh_state(), twice = fresh_state();
    drawn_from batches{points, 16};
    const gradient_step step{sliced_score_matching{}, cosine_rate{0.1, 9}};
    trainer{step, {.steps = 9}}(once, batches);
    trainer{step, {.steps = 4}}(twice, batches);
    const double before = twice.seconds;
    trainer{step, {.steps = 9}}(twice, batches);
    for_each_leaf([](const array& a, const array& b) { BOOST_TEST(a.values() == b.values(), boost::test_tools::per_element()); }, once.model,
                  twice.model);
    BOOST_TEST(twice.seconds >= before);                                            // counts on
    BOOST_TEST(message_of([&] { trainer{step, {.steps = 8}}(twice, batches); }).find("has made 9 steps, and 8 in all") != std::string::npos);
}

/// Looks at the state after every third step.
struct visitor {
    std::vector<std::size_t> told, visited;
    void operator()(const training_report& report) { told.push_back(report.step); }
    bool due(const auto& state) const { return state.step % 3 == 0; }
    void visit(auto& state) {
        BOOST_TEST(told.back() == state.step);                                      // all losses are known by then
        visited.push_back(state.step);
    }
};

BOOST_AUTO_TEST_CASE(who_wants_to_look_between_steps_may) {
    auto state = fresh_state();
    drawn_from batches{points, 16};
    visitor observer;
    trainer{gradient_step{sliced_score_matching{}}, {.steps = 8}}(state, batches, observer);
    const std::vector<std::size_t> expected{3, 6};
    BOOST_TEST(observer.visited == expected, boost::test_tools::per_element());
    BOOST_TEST(observer.told.size() == 8u);
}

BOOST_AUTO_TEST_CASE(it_stops_when_it_is_asked_to_and_when_its_time_is_over) {
    auto state = fresh_state();
    drawn_from batches{points, 16};
    std::stop_source stop;
    const trainer train{gradient_step{sliced_score_matching{}}, {.steps = 100}};
    train(state, batches, [&](const training_report& report) { if (report.step == 5) stop.request_stop(); }, stop.get_token());
    BOOST_TEST(state.step == 5u);
    trainer{train.step, {.steps = 100, .seconds = 0}}(state, batches);
    BOOST_TEST(state.step == 5u);
    train(state, batches);
    BOOST_TEST(state.step == 100u);
}

BOOST_AUTO_TEST_CASE(a_loss_that_is_no_number_ends_it_with_the_step) {
    auto state = fresh_state();
    drawn_from batches{points, 16};
    std::size_t calls = 0;
    const auto objective = [&calls](const auto& model, const array& x, philox&) {
        return (++calls == 4 ? std::nan("") : 1.0) * mean_over_batch(row_sum(model(x, no_noise)));
    };
    BOOST_TEST(message_of([&] { trainer{gradient_step{objective}, {.steps = 9}}(state, batches); }).find("at step 4") != std::string::npos);
    BOOST_TEST(state.step == 3u);
}

BOOST_AUTO_TEST_CASE(a_step_that_makes_what_is_no_number_is_noticed_before_anybody_keeps_it) {
    const gradient_step step{sliced_score_matching{}, constant_rate{1e38}};          // float cannot hold what Adam makes of it
    drawn_from batches{points, 16};
    auto last = fresh_state(), kept = fresh_state();
    BOOST_TEST(message_of([&] { trainer{step, {.steps = 1}}(last, batches); }).find("after step 1 the parameter") != std::string::npos);
    struct keeper {
        bool visited = false;
        void operator()(const training_report&) const {}
        bool due(const training_state<network>& state) const { return state.step == 1; }
        void visit(const training_state<network>&) { visited = true; }
    } observer;
    BOOST_TEST(message_of([&] { trainer{step, {.steps = 3}}(kept, batches, observer); }).find("after step 1 the parameter") != std::string::npos);
    BOOST_TEST(!observer.visited);
}

BOOST_AUTO_TEST_CASE(a_moment_that_is_no_number_would_stop_its_parameter_for_ever) {
    const auto steep = [](const auto& model, const array& x, philox&) { return 1e25 * mean_over_batch(row_sum(model(x, no_noise))); };
    auto state = fresh_state();                                                     // float cannot hold the square of such a gradient
    drawn_from batches{points, 16};
    BOOST_TEST(message_of([&] { trainer{gradient_step{steep}, {.steps = 1}}(state, batches); }).find("the second moment") != std::string::npos);
}

/// Two networks that take turns, with an optimizer each: a step of one's own.
struct two_networks {
    network first, second;
    adam<network> of_first{first, {.rate = 0.01}}, of_second{second, {.rate = 0.01}};
    philox rng{1};
    std::size_t step = 0;
    double seconds = 0;
};
struct turns {
    auto operator()(two_networks& state, auto& batches) const {
        const auto x = batches(state.step, sample_range{0, batches.size()}, state.rng);
        const auto result = loss_and_grad(sliced_score_matching{}, state.first, x, state.rng);
        state.of_first.step(state.first, result.gradient);
        state.of_second.step(state.second, loss_and_grad(sliced_score_matching{}, state.second, x, state.rng).gradient);
        return result.loss;
    }
};

/// The same, which says which of the two rates is told.
struct turns_with_rate : turns {
    double rate_of(const two_networks& state) const { return state.of_first.settings.rate; }
};

BOOST_AUTO_TEST_CASE(a_step_of_ones_own_on_a_state_of_ones_own_has_the_same_loop) {
    auto one = fresh_state(), other = fresh_state();
    two_networks state{one.model, other.model};
    drawn_from batches{points, 16};
    std::size_t told = 0;
    trainer{turns{}, {.steps = 3}}(state, batches, [&](const training_report& report) {
        BOOST_TEST(std::isfinite(report.loss));
        BOOST_TEST(std::isnan(report.rate));                                        // of which network? Nobody says
        ++told;
    });
    BOOST_TEST(told == 3u);
    BOOST_TEST(state.of_second.steps == 3u);
    trainer{turns_with_rate{}, {.steps = 4}}(state, batches, [&](const training_report& report) { BOOST_TEST(report.rate == 0.01); });
}
