// SPDX-License-Identifier: Apache-2.0
/// \file  The gradient registry: functions of one number, in every mode. tests/checks/registry.sh fails for an operation without an entry.
#include <support/check_every_mode.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(functions_of_positive_numbers) {
    const reals x = positive({3, 5});
    check_every_mode("exp_op exp", [](const auto& t) { return exp(t); }, x, each([](double t) { return std::exp(t); }));
    check_every_mode("log_op log", [](const auto& t) { return log(t); }, x, each([](double t) { return std::log(t); }));
    check_every_mode("reciprocal_op reciprocal", reciprocal, x, each([](double t) { return 1 / t; }));
    check_every_mode("sqrt_op sqrt", [](const auto& t) { return sqrt(t); }, x, each([](double t) { return std::sqrt(t); }));
    check_every_mode("inverse_sqrt_op inverse_sqrt", inverse_sqrt, x, each([](double t) { return 1 / std::sqrt(t); }));
}

BOOST_AUTO_TEST_CASE(functions_of_any_number) {
    const reals x = 3.0 * some({4, 5});                                               // far enough that saturation shows
    check_every_mode("square_op square", square, x, each([](double t) { return t * t; }));
    check_every_mode("sigmoid_op sigmoid", sigmoid, x, each([](double t) { return 1 / (1 + std::exp(-t)); }));
    check_every_mode("tanh_op tanh", [](const auto& t) { return tanh(t); }, x, each([](double t) { return std::tanh(t); }));
    check_every_mode("softplus_op softplus", softplus, x, each([](double t) { return std::log1p(std::exp(t)); }));
    check_every_mode("swish_op swish", swish, x, each([](double t) { return t / (1 + std::exp(-t)); }));
}

BOOST_AUTO_TEST_CASE(softplus_on_a_tape_is_softplus_to_the_ends_of_its_range) {
    using floats = tensor<float>;
    const float far = 1e30f;
    const floats x({7}, {-far, -90, -1, 0, 1, 90, far}), one({7}, 1);
    tape<floats> t;
    const auto [y, slope] = softplus(dual{on(t, x), var<floats>{one}});
    for (std::size_t i = 0; i < 7; ++i) {
        BOOST_TEST(y.value()[i] == softplus(x)[i]);
        BOOST_TEST(std::abs(slope.value()[i] - sigmoid(x)[i]) < 1e-6f * sigmoid(x)[i] + 2e-38f);
    }
    const dual<var<floats>> lost = softplus(dual{on(t, floats({1}, std::nanf(""))), var<floats>{floats({1}, 1)}});
    BOOST_TEST((std::isnan(lost.value.value()[0]) && std::isnan(lost.tangent.value()[0])));
}

BOOST_AUTO_TEST_CASE(swish_vanishes_far_below_zero) {
    using floats = tensor<float>;
    const floats x({3}, {-1e38f, -1000, -88}), one({3}, 1);
    const auto [y, slope] = swish(dual{x, one});
    for (std::size_t i = 0; i < 3; ++i) BOOST_TEST((y[i] == 0 && std::abs(slope[i]) < 1e-35f), "at " << x[i] << ": " << y[i] << ", " << slope[i]);
}

BOOST_AUTO_TEST_CASE(functions_with_a_kink) {
    const reals x = some({4, 5});
    check_every_mode("elu_op elu", elu, x, each([](double t) { return t > 0 ? t : std::expm1(t); }));
    check_every_mode("elu_slope_op", elementwise_function<elu_slope_op>{}, x, each([](double t) { return t > 0 ? 1 : std::exp(t); }));
    check_every_mode("elu_curvature_op", elementwise_function<elu_curvature_op>{}, x, each([](double t) { return t > 0 ? 0 : std::exp(t); }));
    check_every_mode("relu_op relu", relu, x, each([](double t) { return std::max(t, 0.0); }));
    check_every_mode("leaky_relu_op leaky_relu", leaky_relu{0.2}, x, each([](double t) { return t > 0 ? t : 0.2 * t; }));
    check_every_mode("step_op", [](const auto& t) { return elementwise(step_op{0.2}, t); }, x, each([](double t) { return t > 0 ? 1 : 0.2; }));
    check_every_mode("identity", identity{}, x, each([](double t) { return t; }));
}
