// SPDX-License-Identifier: Apache-2.0
#include <ncsn/layers/conv2d.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using array = tensor<double>;

BOOST_AUTO_TEST_CASE(a_kernel_with_one_tap_shifts_the_image) {
    philox rng{1};
    conv_layer<array> layer{1, 1, rng};
    layer.weight = array{{1, 3, 3, 1}, {0, 0, 0, 0, 0, 1, 0, 0, 0}};                 // the tap right of the centre
    layer.bias = array{{1}, {10}};
    const array y = layer(array{{1, 2, 3, 1}, {1, 2, 3, 4, 5, 6}});
    BOOST_TEST(y.values() == (array{{6}, {12, 13, 10, 15, 16, 10}}).values(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(without_bias_is_with_bias_zero) {
    philox rng{2};
    conv_layer<array> with{3, 4, rng, {.dilation = 2}};
    conv_layer<array, without_bias> without{3, 4, rng, {.dilation = 2}};
    without.weight = with.weight;
    with.bias = array(shape{4});
    const array x = normal<array>({2, 6, 5, 3}, rng), y = with(x);
    BOOST_TEST(y.shape() == (shape{2, 6, 5, 4}));
    BOOST_TEST(y.values() == without(x).values(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(weights_start_uniform_on_one_over_the_root_of_the_fan_in) {
    philox rng{3};
    const conv_layer<array> layer{16, 64, rng};
    const double bound = 1 / std::sqrt(16 * 9.0);
    double largest = 0, squares = 0;
    for (const double w : layer.weight.values()) largest = std::max(largest, std::abs(w)), squares += w * w;
    BOOST_TEST(largest <= bound);
    const double n = static_cast<double>(layer.weight.size()), variance = bound * bound / 3;
    BOOST_TEST(squares / n == variance, boost::test_tools::tolerance(5 * std::sqrt(0.8 / n)));  // relative variance of u² is 4/5; 5 standard errors
}

BOOST_AUTO_TEST_CASE(mean_pooling_is_the_convolution_followed_by_the_mean_of_four) {
    philox rng{4};
    const conv_mean_pool<array> pool{2, 3, rng};
    const array x = normal<array>({2, 4, 6, 2}, rng), full = pool.conv(x), y = pool(x);
    BOOST_TEST(y.shape() == (shape{2, 2, 3, 3}));
    const auto at = [](const array& a, std::size_t n, std::size_t i, std::size_t j, std::size_t c) {
        const shape& s = a.shape();
        return a[((n * s[1] + i) * s[2] + j) * s[3] + c];
    };
    for (std::size_t n = 0; n < 2; ++n)
        for (std::size_t i = 0; i < 2; ++i)
            for (std::size_t j = 0; j < 3; ++j)
                for (std::size_t c = 0; c < 3; ++c) {
                    const double four = at(full, n, 2 * i, 2 * j, c) + at(full, n, 2 * i + 1, 2 * j, c) + at(full, n, 2 * i, 2 * j + 1, c) +
                                        at(full, n, 2 * i + 1, 2 * j + 1, c);
                    BOOST_TEST(at(y, n, i, j, c) == four / 4, boost::test_tools::tolerance(1e-13));
                }
}

BOOST_AUTO_TEST_CASE(odd_extents_need_the_adjusted_form) {
    philox rng{5};
    const array x = normal<array>({1, 7, 7, 2}, rng);
    BOOST_TEST((conv_mean_pool<array>{2, 2, rng, {}, true}(x).shape() == shape{1, 4, 4, 2}));
    BOOST_CHECK_EXCEPTION((conv_mean_pool<array>{2, 2, rng}(x)), error,
                          [](const error& e) { return std::string{e.what()}.find("[1,7,7,2]; even height and width") != std::string::npos; });
}
