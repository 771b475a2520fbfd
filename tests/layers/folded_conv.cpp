// SPDX-License-Identifier: Apache-2.0
#include <support/scattered.hpp>

#include <ncsn/autodiff/functions.hpp>
#include <ncsn/layers/folded_conv.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(a_folded_normalisation_is_the_convolution_and_the_normalisation_behind_it) {
    using A = tensor<double>;
    philox rng{1};
    folded_conv<A> conv{4, 5, rng, {.window = {1, 1, 1, 1, 1, 1, 1}, .height = 3, .width = 3, .bend = activation::none}};
    const A w = scattered<double>({5, 3, 3, 4}, 1), x = scattered<double>({2, 6, 7, 4}, 2);
    const channel_normalization n{scattered<double>({5}, 3), scattered<double>({5}, 4), scattered<double>({5}, 5),
                                  scattered<double>({5}, 6) + 1.5, 1e-3};
    const A plain = convolve(x, w, A{}, conv.window, activation::none);
    const A expected = (plain - n.running_mean) * (n.weight / sqrt(n.running_var + n.epsilon)) + n.bias;
    fold(conv, w, n);
    BOOST_TEST(relative_error(conv(x), expected) < 1e-14);
    conv.bend = activation::rectified;
    BOOST_TEST(relative_error(conv(x), relu(expected)) < 1e-14);
    const A more = scattered<double>(expected.shape(), 7);
    BOOST_TEST(relative_error(conv(x, more), relu(expected + more)) < 1e-14);       // what is added comes before the activation
}

BOOST_AUTO_TEST_CASE(its_parameters_are_a_weight_and_a_bias_and_its_settings_travel_along) {
    philox rng{1};
    const folded_conv<tensor<float>> conv{8, 8, rng, {.window = {2, 1, 8, 1, 2, 1, 2}, .height = 5, .width = 5, .bend = activation::rectified_to_6}};
    BOOST_TEST(parameter_count(conv) == 8u * 25 + 8);
    BOOST_TEST(conv(tensor<float>({1, 8, 8, 8}, 1.f)).shape() == (shape{1, 4, 4, 8}));
    std::vector<std::string> names;
    for_each_named([&](const std::string& name, const auto&) { names.push_back(name); }, conv);
    BOOST_TEST(names == (std::vector<std::string>{"weight", "bias"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_not_said_of_the_settings_is_a_plain_1x1_convolution) {
    philox rng{1};
    std::vector<folded_conv<tensor<float>>> all;
    all.emplace_back(2, 3, rng, folded_conv_settings{.bend = activation::none});
    folded_conv<tensor<float>> other;
    other = {2, 3, rng, {.bend = activation::none}};
    all.push_back(other);
    for (const auto& conv : all) {
        const grouped_window& w = conv.window;
        BOOST_TEST((w.stride == 1 && w.dilation == 1 && w.groups == 1 && w.top == 0 && w.bottom == 0 && w.left == 0 && w.right == 0));
        BOOST_TEST(conv(tensor<float>({1, 4, 5, 2}, 1.f)).shape() == (shape{1, 4, 5, 3}));
    }
}

BOOST_AUTO_TEST_CASE(a_normalisation_that_does_not_fit_is_refused) {
    philox rng{1};
    folded_conv<tensor<float>> conv{2, 3, rng};
    const tensor<double> w({3, 1, 1, 2}), three({3}, 1.0), two({2}, 1.0), negative({3}, {1.0, -2.0, 1.0});
    const auto before = conv.weight;
    BOOST_CHECK_THROW(fold(conv, tensor<double>({3, 1, 1, 4}), {three, three, three, three}), error);
    BOOST_CHECK_THROW(fold(conv, w, {three, three, two, three}), error);
    BOOST_CHECK_THROW(fold(conv, w, {three, three, three, negative}), error);
    BOOST_TEST(std::equal(before.data(), before.data() + before.size(), conv.weight.data()));
}
