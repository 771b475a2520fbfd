// SPDX-License-Identifier: Apache-2.0
/// \file  A network in bfloat16 with float masters: its value and gradient are those of float to the digits it has, and it trains as well.
#include <boost/test/unit_test.hpp>

#include <support/emulated_libraries.hpp>

#include <ncsn/autodiff/normalization.hpp>
#include <ncsn/layers/conv2d.hpp>
#include <ncsn/models/reduced_precision.hpp>
#include <ncsn/training/adam.hpp>
#include <ncsn/training/objective.hpp>

using namespace ncsn;
using array = tensor<float, emulated>;

namespace {

/// Two convolutions with what a RefineNet has between them: norm with ELU, a pool and a resizing.
template <class P> struct small_network {
    conv_layer<P> first, second;
    P gamma, alpha, beta;
    static constexpr std::tuple members{field{"first", &small_network::first}, field{"second", &small_network::second},
                                        field{"gamma", &small_network::gamma}, field{"alpha", &small_network::alpha},
                                        field{"beta", &small_network::beta}};
    auto operator()(const Differentiable auto& x) const {
        const auto h = instance_norm_plus(first(x), gamma, alpha, beta, elu);
        return second(h + resize_bilinear(average_pool(h, {2, 2, 0}), 6, 6));
    }
};
using network = small_network<array>;
using reduced = reduced_precision<bfloat16, network>;

network untrained() {
    philox rng{3};
    return {conv_layer<array>{1, 8, rng}, conv_layer<array>{8, 1, rng}, array({8}, 1), array({8}, 0.1f), array({8}, 0)};
}
/// Mean squared distance of f(x) from x turned over: something a small network can learn.
struct reconstruction {
    auto operator()(const auto& model, const array& x, philox&) const {
        const auto residual = model(x) - 0.5 * x * x;
        return mean_over_batch(row_dot(residual, residual));
    }
};
double squares(const array& x) {
    double sum = 0;
    for (const float v : on_device<cpu>(x).values()) sum += double(v) * v;
    return sum;
}

}  // namespace

BOOST_AUTO_TEST_CASE(value_and_gradient_are_those_of_float_to_two_digits) {
    philox rng{1};
    const auto x = normal<array>({4, 6, 6, 1}, rng);
    const auto exact = value_and_grad(reconstruction{}, untrained(), x, rng);
    const auto rough = value_and_grad(reconstruction{}, reduced{untrained()}, x, rng);
    BOOST_TEST(rough.value == exact.value, boost::test_tools::tolerance(0.01));
    BOOST_TEST(rough.value != exact.value);                                         // it did run in bfloat16
    double difference = 0, size = 0;
    for_each_leaf([&](const array& a, const array& b) {
        difference += squares(a - b);
        size += squares(a);
    }, exact.gradient, rough.gradient.network);
    BOOST_TEST(difference < 4e-4 * size);
}

BOOST_AUTO_TEST_CASE(a_plain_call_gives_what_the_recorded_one_does_and_sees_changed_parameters) {
    philox rng{2};
    const auto x = normal<array>({2, 6, 6, 1}, rng);
    reduced model{untrained()};
    for (int repeat = 0; repeat < 3; ++repeat) {                                    // rounded parameters are kept from the second call on
        tape<array> t;
        BOOST_TEST(squares(model(x) - on(t, model)(x).value()) == 0);
    }
    const array before = model(x), half({1}, 0.5f);
    for (int repeat = 0; repeat < 2; ++repeat) {
        for_each_element(add_into{}, model.network.second.bias, half);
        BOOST_TEST(squares(model(x) - before - array({1}, 0.5f * static_cast<float>(repeat + 1))) < 0.05);
    }
}

BOOST_AUTO_TEST_CASE(adjoints_reach_what_the_network_is_applied_to) {
    philox rng{4};
    const auto x = normal<array>({2, 6, 6, 1}, rng), u = normal<array>({2, 6, 6, 1}, rng);
    const auto exact = vjp(untrained(), x, u).derivative, rough = vjp(reduced{untrained()}, x, u).derivative;
    BOOST_TEST(squares(exact - rough) < 4e-4 * squares(exact));
    BOOST_TEST(squares(exact - rough) > 0);
}

BOOST_AUTO_TEST_CASE(training_with_float_masters_loses_nothing) {
    const auto trained = [](auto model) {
        philox rng{5};
        const auto x = normal<array>({8, 6, 6, 1}, rng);
        adam optimizer{model, {.rate = 1e-2}};
        double loss = 0;
        for (int step = 0; step < 60; ++step) {
            const auto result = value_and_grad(reconstruction{}, model, x, rng);
            optimizer.step(model, result.gradient);
            loss = result.value;
        }
        return loss;
    };
    philox rng{5};
    const double start = value_and_grad(reconstruction{}, untrained(), normal<array>({8, 6, 6, 1}, rng), rng).value;
    const double exact = trained(untrained()), rough = trained(reduced{untrained()});
    BOOST_TEST(exact < 0.2 * start);
    BOOST_TEST(std::abs(rough - exact) < 0.02 * start);                             // two hundredths of what there is to learn
}

BOOST_AUTO_TEST_CASE(names_are_the_networks) {
    std::vector<std::string> names;
    const reduced model{untrained()};
    for_each_named([&](const std::string& name, const auto&) { names.push_back(name); }, model);
    BOOST_TEST(names.front() == "first.weight");
}
