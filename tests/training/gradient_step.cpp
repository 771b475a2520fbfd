// SPDX-License-Identifier: Apache-2.0
/// \file  A step of training: what it does, and that parts and processes change no more than the order of sums.
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/models/mlp.hpp>
#include <ncsn/training/denoising.hpp>
#include <ncsn/training/gradient_step.hpp>
#include <ncsn/training/training_state.hpp>

#include <support/files.hpp>
#include <support/squared_error.hpp>
#include <support/threads_together.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using array = tensor<double, cpu>;
using network = unconditional<mlp<array>>;

const geometric schedule{{.first = 3, .last = 0.3, .levels = 5}};
const gaussian_mixture<array> points{{0.8, {5, 5}}, {0.2, {-5, -5}}};

training_state<network> fresh_state() {
    philox rng{3};
    network model{mlp<array>{2, 16, 2, rng}};
    return training_state{std::move(model), adam_settings{.rate = 0.01}, 0.9, rng};
}
/// All parameters in a row.
array parameters(const network& model) {
    std::vector<double> row;
    for_each_leaf([&row](const array& p) { row.insert(row.end(), p.values().begin(), p.values().end()); }, model);
    return {shape{row.size()}, std::span<const double>{row}};
}
/// Steps with these settings; the losses and the parameters.
std::pair<std::vector<double>, array> after(std::size_t steps, auto&& step) {
    auto state = fresh_state();
    drawn_from batches{points, 24};
    std::vector<double> losses;
    for (; state.step < steps; ++state.step) losses.push_back(step(state, batches).item());
    return {losses, parameters(state.model)};
}

BOOST_AUTO_TEST_CASE(a_step_is_the_gradient_the_optimizer_and_the_average) {
    auto state = fresh_state(), by_hand = fresh_state();
    drawn_from batches{points, 24};
    const denoising_score_matching objective{schedule};
    gradient_step{objective, constant_rate{0.02}}(state, batches);

    const array x = points.sample(24, by_hand.rng);
    const auto [loss, gradient] = loss_and_grad(objective, by_hand.model, x, by_hand.rng);
    by_hand.optimizer.settings.rate = 0.02;
    by_hand.optimizer.step(by_hand.model, gradient);
    by_hand.average.update(by_hand.model);
    BOOST_TEST(parameters(state.model).values() == parameters(by_hand.model).values(), boost::test_tools::per_element());
    BOOST_TEST(parameters(state.average.model()).values() == parameters(by_hand.average.model()).values(), boost::test_tools::per_element());
    BOOST_TEST((state.rng == by_hand.rng));
}

BOOST_AUTO_TEST_CASE(micro_batches_give_the_gradient_of_the_whole_batch) {
    const auto [losses, whole] = after(5, gradient_step{denoising_score_matching{schedule}, constant_rate{0.01}});
    for (const std::size_t parts : {2, 3, 24}) {
        const auto [in_parts, model] = after(5, gradient_step{denoising_score_matching{schedule}, constant_rate{0.01}, {.parts = parts}});
        for (std::size_t i = 0; i < losses.size(); ++i) BOOST_TEST(in_parts[i] == losses[i], boost::test_tools::tolerance(1e-12));
        BOOST_TEST(squared_error(model, whole) < 1e-24);                            // sums of 24 terms in another order
    }
    auto state = fresh_state();
    drawn_from batches{points, 24};
    const gradient_step uneven{denoising_score_matching{schedule}, constant_rate{0.01}, {.parts = 5}};
    BOOST_TEST(message_of([&] { uneven(state, batches); }).find("a batch of 24 in 5 parts") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_clip_that_is_no_norm_is_refused) {
    for (const double clip : {0.0, -1.0, std::nan("")}) {
        const gradient_step step{denoising_score_matching{schedule}, constant_rate{0.01}, {.clip = clip}};
        BOOST_CHECK_THROW(after(1, step), error);
    }
}

BOOST_AUTO_TEST_CASE(a_rate_that_climbs_or_is_no_number_is_refused_before_the_step) {
    for (const double rate : {-1e-3, std::nan(""), std::numeric_limits<double>::infinity()}) {
        auto state = fresh_state();
        const array before = parameters(state.model);
        drawn_from batches{points, 24};
        const auto late = [rate](std::size_t step) { return step < 2 ? 0.01 : rate; };
        const gradient_step step{denoising_score_matching{schedule}, late};
        for (; state.step < 2; ++state.step) step(state, batches);
        const array after_two = parameters(state.model);
        const std::string said = message_of([&] { step(state, batches); });
        BOOST_TEST(said.find("the rate of step 3 is ") != std::string::npos, said);
        BOOST_TEST(parameters(state.model).values() == after_two.values(), boost::test_tools::per_element());
        BOOST_TEST(squared_error(after_two, before) > 0);
        state.optimizer.settings.check();                                           // so a checkpoint of this state is read again
    }
    auto state = fresh_state();
    drawn_from batches{points, 24};
    const array before = parameters(state.model);
    gradient_step{denoising_score_matching{schedule}, constant_rate{0}}(state, batches);   // no step at all may be meant
    BOOST_TEST(parameters(state.model).values() == before.values(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_clipped_step_is_another_one) {
    const auto [_, free] = after(3, gradient_step{denoising_score_matching{schedule}, constant_rate{0.01}});
    const auto [__, large] = after(3, gradient_step{denoising_score_matching{schedule}, constant_rate{0.01}, {.clip = 1e9}});
    const auto [___, small] = after(3, gradient_step{denoising_score_matching{schedule}, constant_rate{0.01}, {.clip = 1e-9}});
    BOOST_TEST(free.values() == large.values(), boost::test_tools::per_element());
    BOOST_TEST(squared_error(small, free) > 1e-6);                                  // gradients of Adam's own epsilon move less
}

static_assert(Communicator<threads_together, array> && Communicator<alone, array>);

BOOST_AUTO_TEST_CASE(processes_that_share_a_batch_train_the_model_of_one_process) {
    const auto [losses, whole] = after(5, gradient_step{denoising_score_matching{schedule}, constant_rate{0.01}});
    threads_together::meeting meeting{3};
    std::vector<array> models(3);
    std::vector<std::thread> processes;
    for (std::size_t rank = 0; rank < 3; ++rank)
        processes.emplace_back([&, rank] {
            const gradient_step step{denoising_score_matching{schedule}, constant_rate{0.01}, {.parts = 2}, threads_together{&meeting, rank}};
            models[rank] = after(5, step).second;
        });
    for (auto& process : processes) process.join();
    BOOST_TEST(squared_error(models[0], whole) < 1e-24);
    for (const array& other : models) BOOST_TEST(other.values() == models[0].values(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_no_number_does_not_reach_the_model) {
    auto state = fresh_state();
    const array before = parameters(state.model);
    drawn_from batches{points, 24};
    const auto broken = [](const auto& model, const array& x, philox&) { return std::nan("") * mean_over_batch(row_sum(model(x, no_noise))); };
    BOOST_TEST(message_of([&] { gradient_step{broken}(state, batches); }).find("at step 1 the loss is nan") != std::string::npos);
    BOOST_TEST(parameters(state.model).values() == before.values(), boost::test_tools::per_element());
}

namespace {

/// c·x² with a buffer that counts.
template <class P> struct counted {
    P c;
    buffer<array_under_t<P>> calls;
    static constexpr std::tuple members{field{"c", &counted::c}, field{"calls", &counted::calls}};
    void advance() { calls.value = calls.value + 1.0; }
};
struct of_squares {
    auto operator()(const auto& model, const array& x, philox&) const { return mean(model.c * (x * x)); }
};
struct of_four_calls : of_squares {
    void advance(auto& model) const { ncsn::advance(model, 4); }
};
struct watched_norm : training_state<counted<array>> {
    using training_state<counted<array>>::training_state;
    array gradient_norm{shape{1, 1}};
};

}  // namespace

BOOST_AUTO_TEST_CASE(buffers_go_on_once_a_step_or_as_the_objective_says_and_the_norm_is_that_before_clipping) {
    const auto state_after = [](const auto& objective, gradient_settings settings) {
        watched_norm state{counted<array>{array({1, 1}, 2), {array({1})}}, adam_settings{.rate = 0.01}, 0.5, philox{1}};
        drawn_from batches{points, 24};
        gradient_step{objective, constant_rate{0.02}, settings}(state, batches);
        return state;
    };
    const watched_norm once = state_after(of_squares{}, {}), four = state_after(of_four_calls{}, {.parts = 3});
    BOOST_TEST(once.model.calls.value[0] == 1);
    BOOST_TEST(four.model.calls.value[0] == 4);                                       // whatever the number of parts
    BOOST_TEST(once.average.model().calls.value[0] == 0.5);                           // and averaged with the rest
    philox rng{1};
    const array x = points.sample(24, rng);
    const double slope = mean(x * x).item();
    BOOST_TEST(std::abs(once.gradient_norm.item() - slope) < 1e-12 * slope);
    BOOST_TEST(std::abs(state_after(of_squares{}, {.clip = 1e-3}).gradient_norm.item() - slope) < 1e-12 * slope);
}
