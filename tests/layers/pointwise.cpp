// SPDX-License-Identifier: Apache-2.0
/// \file  A linear map of the channels.
#include <ncsn/layers/pointwise.hpp>
#include <support/check_every_mode.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(every_position_is_mapped_alone) {
    philox rng{1};
    pointwise<reals> layer{3, 2, rng};
    layer.bias = normal<reals>({2}, rng);
    check_every_mode("pointwise", layer, normal<reals>({2, 2, 3, 3}, rng), [&](const reals& x) {
        reals y({2, 2, 3, 2});
        for (std::size_t i = 0; i < y.size(); ++i) {
            y.write()[i] = layer.bias[i % 2];
            for (std::size_t c = 0; c < 3; ++c) y.write()[i] += x[i / 2 * 3 + c] * layer.weights[i % 2 * 3 + c];
        }
        return y;
    });
    const reals x = normal<reals>({2, 6, 3}, rng);                                  // positions on one axis, or none
    BOOST_TEST(distance(layer(x), layer(x.reshaped({2, 2, 3, 3})).reshaped({2, 6, 2})) == 0);
    BOOST_TEST(distance(layer(x.reshaped({12, 3})), layer(x).reshaped({12, 2})) < 1e-15);
    BOOST_CHECK_THROW(layer(reals({2, 2, 3, 4})), error);
}

BOOST_AUTO_TEST_CASE(scale_is_the_standard_deviation_of_an_output_for_unit_input) {
    philox rng{2};
    const pointwise<reals> layer{400, 100, rng, 0.5};
    BOOST_TEST(inner(layer.weights, layer.weights) / 100 == 0.25, boost::test_tools::tolerance(5 * std::sqrt(2 / 40000.0)));  // 5 standard errors
    BOOST_TEST(inner(layer.bias, layer.bias) == 0);
}
