// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the fully connected layer: its value and the law of its first weights.
#include <ncsn/layers/dense.hpp>

#include <boost/test/unit_test.hpp>

#include <support/files.hpp>
#include <support/moments.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(y_is_x_times_the_transposed_weight_plus_the_bias) {
    dense<tensor<double>> layer;
    layer.weight = {{3, 2}, {1, 2, 3, 4, 5, 6}};
    layer.bias = {{3}, {10, 20, 30}};
    const auto y = layer(tensor<double>{{2, 2}, {1, -1, 2, 0}});
    const double expected[] = {9, 19, 29, 12, 26, 40};
    BOOST_TEST((y.shape() == shape{2, 3}));
    for (std::size_t i = 0; i < 6; ++i) BOOST_TEST(y[i] == expected[i]);
}

BOOST_AUTO_TEST_CASE(first_weights_are_uniform_within_one_over_the_root_of_the_fan_in) {
    philox rng{1};
    const dense<tensor<float>> layer{100, 400, rng};
    for (const auto* p : {&layer.weight, &layer.bias})
        for (const float value : p->values()) BOOST_TEST_REQUIRE(std::abs(value) <= 0.1f);
    const auto found = element_moments_of(layer.weight);
    BOOST_TEST(std::abs(found.mean) < 5 * std::sqrt(0.01 / 3 / 40000));
    BOOST_TEST(std::abs(found.variance * 300 - 1) < 5 * std::sqrt(0.8 / 40000));      // the fourth moment of a uniform is 9/5 of the variance squared
}

BOOST_AUTO_TEST_CASE(features_that_do_not_fit_are_named_with_both_shapes) {
    philox rng{2};
    const dense<tensor<float>> layer{2, 64, rng};
    const std::string said = message_of([&] { layer(tensor<float>({128, 3})); });
    for (const char* part : {"[128,3]", "[64,2]", "(3, 2)"})
        BOOST_TEST(said.find(part) != std::string::npos, "'" << said << "' does not say " << part);
}
