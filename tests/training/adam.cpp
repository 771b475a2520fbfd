// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of Adam against the published recursion, also for the negative β₁ of adversarial score matching.
#include <ncsn/models/mlp.hpp>
#include <ncsn/training/adam.hpp>
#include <ncsn/training/objective.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace ncsn;

static_assert(Optimizer<adam<mlp<tensor<float>>>, mlp<tensor<float>>>);

namespace {

/// The largest difference from m, v, m̂, v̂ written out in double precision, after 50 steps with random gradients.
template <class T> double error_after_50_steps(adam_settings settings) {
    using array = tensor<T>;
    philox rng{1};
    mlp<array> model{2, 3, 1, rng};
    adam optimizer{model, settings};
    std::vector<double> p, m, v;
    for_each_leaf([&](const auto& leaf) { p.insert(p.end(), leaf.values().begin(), leaf.values().end()); }, model);
    m.resize(p.size()), v.resize(p.size());
    for (int t = 1; t <= 50; ++t) {
        mlp<array> gradient = model;
        for_each_leaf([&](auto& g) { g = 10.0 * normal_like(g, rng); }, gradient);
        optimizer.step(model, gradient);
        std::size_t i = 0;
        for_each_leaf([&](const auto& leaf) {
            for (const double g : leaf.values()) {
                m[i] = settings.beta1 * m[i] + (1 - settings.beta1) * g;
                v[i] = settings.beta2 * v[i] + (1 - settings.beta2) * g * g;
                const double corrected_m = m[i] / (1 - std::pow(settings.beta1, t)), corrected_v = v[i] / (1 - std::pow(settings.beta2, t));
                p[i] -= settings.keras ? settings.rate * std::sqrt(1 - std::pow(settings.beta2, t)) / (1 - std::pow(settings.beta1, t)) * m[i] /
                                             (std::sqrt(v[i]) + settings.epsilon)
                                       : settings.rate * corrected_m / (std::sqrt(corrected_v) + settings.epsilon);
                ++i;
            }
        }, gradient);
    }
    double largest = 0;
    std::size_t i = 0;
    for_each_leaf([&](const auto& leaf) {
        for (const double value : leaf.values()) largest = std::max(largest, std::abs(value - p[i++]));
    }, model);
    return largest;
}

}  // namespace

BOOST_AUTO_TEST_CASE(fifty_steps_are_those_of_the_recursion) {
    for (const adam_settings& settings : {adam_settings{}, adam_settings{.rate = 0.1, .beta1 = 0, .beta2 = 0.9},
                                          adam_settings{.rate = 0.01, .beta1 = -0.5, .beta2 = 0.9}, adam_settings{.rate = 0.01, .epsilon = 0.1},
                                          keras_adam,
                                          adam_settings{.rate = 0.01, .epsilon = 0.1, .keras = true}}) {
        BOOST_TEST(error_after_50_steps<double>(settings) < 1e-13, "beta1 " << settings.beta1);
        BOOST_TEST(error_after_50_steps<float>(settings) < 50 * 4e-7 * (1 + 50 * settings.rate), "beta1 " << settings.beta1);  // some ulps a step
    }
}

BOOST_AUTO_TEST_CASE(the_first_step_is_the_rate_in_every_coordinate_that_has_a_gradient) {
    philox rng{2};
    mlp<tensor<double>> model{2, 3, 1, rng};
    const auto before = model;
    auto gradient = model;
    for_each_leaf([](auto& g) { g = 0.0 * g; }, gradient);
    gradient.layers[0].bias.write()[1] = 1e-3, gradient.layers[1].weight.write()[0] = -70;
    adam optimizer{model, {.rate = 0.25}};
    optimizer.step(model, gradient);
    std::size_t moved = 0;
    for_each_leaf([&](const auto& p, const auto& old) {
        for (std::size_t i = 0; i < p.size(); ++i) moved += p[i] != old[i];
    }, model, before);
    BOOST_TEST(moved == 2u);
    BOOST_TEST(std::abs(model.layers[0].bias[1] - (before.layers[0].bias[1] - 0.25)) < 1e-5);
    BOOST_TEST(std::abs(model.layers[1].weight[0] - (before.layers[1].weight[0] + 0.25)) < 1e-9);
}

BOOST_AUTO_TEST_CASE(a_first_step_with_epsilon_as_large_as_the_gradient_tells_the_two_forms_apart) {
    // t = 1: m̂ = g and v̂ = g², so the step is rate g/(g + ε); in Keras' form √(1-β₂) g/(√(1-β₂) g + ε).
    philox rng{4};
    const mlp<tensor<double>> start{2, 3, 1, rng};
    auto gradient = start;
    constexpr double g = 0.01, share = 0.1;                                          // √(1 - 0.99)
    for_each_leaf([](auto& p) { p = tensor<double>(p.shape(), g); }, gradient);
    BOOST_TEST((keras_adam.keras && keras_adam.epsilon == 1e-7 && keras_adam.rate == 1e-3));   // tf.keras.optimizers.Adam() of TensorFlow 2.0
    for (const bool keras : {false, true}) {
        auto model = start;
        adam optimizer{model, {.rate = 0.25, .beta2 = 0.99, .epsilon = g, .keras = keras}};
        optimizer.step(model, gradient);
        const double moved = start.layers[0].bias[0] - model.layers[0].bias[0], expected = 0.25 * (keras ? share / (share + 1) : 0.5);
        BOOST_TEST(moved == expected, boost::test_tools::tolerance(1e-12));
    }
}

BOOST_AUTO_TEST_CASE(a_copy_of_the_model_is_left_alone) {
    philox rng{3};
    mlp<tensor<float>> model{2, 3, 1, rng};
    const auto copy = model;
    const float at = copy.layers[0].weight[0];
    adam optimizer{model};
    optimizer.step(model, copy);
    BOOST_TEST(copy.layers[0].weight[0] == at);
    BOOST_TEST(model.layers[0].weight[0] != at);
}

BOOST_AUTO_TEST_CASE(settings_that_cannot_converge_are_refused) {
    philox rng{4};
    const mlp<tensor<float>> model{2, 3, 1, rng};
    for (const adam_settings& wrong : {adam_settings{.beta1 = 1}, adam_settings{.beta1 = -1}, adam_settings{.beta2 = 1}, adam_settings{.beta2 = -0.1},
                                       adam_settings{.beta1 = std::numeric_limits<double>::quiet_NaN()}})
        BOOST_CHECK_THROW((adam{model, wrong}), error);
}

BOOST_AUTO_TEST_CASE(so_are_settings_that_were_changed_between_steps) {
    philox rng{5};
    const mlp<tensor<float>> start{2, 3, 1, rng};
    for (const double rate : {-1e-3, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
        auto model = start;
        adam optimizer{model};
        optimizer.settings.rate = rate;
        BOOST_CHECK_THROW(optimizer.step(model, start), error);
        BOOST_TEST(optimizer.steps == 0u);
        BOOST_TEST(model.layers[0].weight[0] == start.layers[0].weight[0]);
    }
}
