// SPDX-License-Identifier: Apache-2.0
/// \file  ToyResNet.
#include <ncsn/models/toy_resnet.hpp>
#include <support/network_laws.hpp>

using namespace ncsn;

namespace {

using by_batch = toy_resnet<reals, batch_norm_layer<reals>>;

/// Tangent and gradient of a small network against differences.
template <class Network> void check_derivatives(double precision) {
    philox rng{2};
    const Network network{{.channels = 1, .features = 4}, rng};
    const reals x = normal<reals>({2, 8, 8, 1}, rng), ct = normal_like(x, rng), along = normal_like(x, rng);
    BOOST_TEST(network(x).shape() == x.shape());
    const double h = 1e-5;
    const reals slope = (network(x + h * along) - network(x - h * along)) / (2 * h);
    BOOST_TEST(distance(network(dual{x, along}).tangent, slope) < precision);
    const slopes found = slopes_of([&](const auto& m) { return sum(m(x) * ct); }, network, 1e-6, rng);
    BOOST_TEST(found.differences == found.gradient, boost::test_tools::tolerance(10 * precision));
    BOOST_TEST(std::isfinite(found.loss));
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_network_of_the_report_has_its_number_of_parameters) {
    philox rng{1};
    BOOST_TEST(parameter_count(toy_resnet<tensor<float, cpu>>{{}, rng}) == 1'215'811u);
    BOOST_TEST(parameter_count(toy_resnet<tensor<float, cpu>, batch_norm_layer<tensor<float, cpu>>>{{}, rng}) == 1'215'811u);
}

BOOST_AUTO_TEST_CASE(its_three_widths_may_be_ones_own) {
    philox usual{5}, given{5};
    const toy_resnet<reals> network{{.channels = 1, .features = 4}, usual};
    toy_resnet<reals> other;
    other.blocks = {1, {4, 8, 16}, given};
    const reals x = normal<reals>({1, 8, 8, 1}, usual);
    BOOST_TEST(distance(other(x), network(x)) == 0);
    other.blocks = {1, {3, 5, 4}, given};
    BOOST_TEST(other(x).shape() == x.shape());
}

BOOST_AUTO_TEST_CASE(the_gradient_and_the_tangent_agree_with_differences) { check_derivatives<toy_resnet<reals>>(1e-7); }
BOOST_AUTO_TEST_CASE(so_they_do_with_the_statistics_of_the_batch) { check_derivatives<by_batch>(1e-6); }

BOOST_AUTO_TEST_CASE(a_sample_is_alone_with_frozen_statistics_and_not_with_those_of_the_batch) {
    philox rng{3};
    const toy_resnet<reals> frozen{{.channels = 1, .features = 4}, rng};
    const by_batch live{{.channels = 1, .features = 4}, rng};
    const auto first = [](const reals& x) { return gather_rows(x, std::array<std::size_t, 1>{0}); };
    const reals x = normal<reals>({2, 4, 4, 1}, rng);
    BOOST_TEST(distance(first(frozen(x)), frozen(first(x))) < 1e-12);
    BOOST_TEST(distance(first(live(x)), live(first(x))) > 1e-3);
}

namespace {

template <class Conv> void check_printed_block(std::size_t in, std::size_t out, std::size_t first, std::size_t second, const shape& expected) {
    philox rng{6};
    toy_resnet_block<Conv, batch_norm_layer<reals>> block{in, out, rng, block_order::pre_activation, first, second};
    for_each_leaf([&](reals& p) { p = p + 0.1 * normal_like(p, rng); }, block);
    const reals x = normal<reals>({2, 4, 8, in}, rng);
    const auto by_batch_of = [](const reals& of, const batch_norm_layer<reals>& n) { return batch_norm(of, n.weight, n.bias, 1e-3); };
    const reals h = block.conv1(elu(by_batch_of(x, block.normalize1)));
    BOOST_TEST(h.shape() == (shape{2, 4, 8, out}));
    const reals y = block.conv2(elu(by_batch_of(h, block.normalize2)));
    BOOST_TEST(block(x).shape() == expected);
    BOOST_TEST(distance(block(x), block.skip.empty() ? y + x : y + block.skip[0](x)) < 1e-13);
    BOOST_TEST(block.skip.size() == (first * second > 1 ? 1u : 0u));
}

}  // namespace

BOOST_AUTO_TEST_CASE(blocks_as_printed_normalise_and_bend_before_they_convolve_and_resize_at_their_end) {
    check_printed_block<same_conv_layer<reals>>(3, 3, 1, 1, {2, 4, 8, 3});
    check_printed_block<same_conv_layer<reals>>(3, 5, 2, 1, {2, 2, 4, 5});
    check_printed_block<same_conv_transpose_layer<reals>>(4, 4, 1, 1, {2, 4, 8, 4});
    check_printed_block<same_conv_transpose_layer<reals>>(4, 2, 1, 2, {2, 8, 16, 2});
}

BOOST_AUTO_TEST_CASE(the_network_as_printed_has_as_many_parameters_as_the_coded_one) {
    philox rng{7};
    const auto conv = [](std::size_t in, std::size_t out, std::size_t side = 3) { return side * side * in * out + out; };
    const auto block = [&](std::size_t in, std::size_t out) {
        return 2 * in + conv(in, out) + 2 * out + conv(out, out) + (in == out ? 0 : conv(in, out, 1));
    };
    const std::size_t expected = conv(3, 32) + 2 * (block(32, 32) + block(64, 64) + block(128, 128)) + block(32, 64) + block(64, 128) +
                                 block(128, 64) + block(64, 32) + conv(32, 3);
    BOOST_TEST(parameter_count(toy_resnet<tensor<float, cpu>>{{.order = block_order::pre_activation}, rng}) == expected);
    BOOST_TEST(expected == 1'215'811u);
}

BOOST_AUTO_TEST_CASE(as_printed_it_is_its_blocks_between_two_convolutions) {
    philox rng{8};
    const by_batch network{{.channels = 1, .features = 4, .order = block_order::pre_activation}, rng};
    const reals x = uniform<reals>({2, 8, 4, 1}, 0, 1, rng);
    reals h = network.blocks.begin(x);
    for (const auto& block : network.blocks.encoder) h = block(h);
    BOOST_TEST(h.shape() == (shape{2, 2, 1, 16}));
    for (const auto& block : network.blocks.decoder) h = block(h);
    BOOST_TEST(distance(network(x), network.blocks.end(h)) == 0);
    for (const auto& block : network.blocks.encoder) BOOST_TEST((block.order == block_order::pre_activation));
    for (const auto& block : network.blocks.decoder) BOOST_TEST((block.order == block_order::pre_activation));
}

BOOST_AUTO_TEST_CASE(derivatives_of_the_printed_form_agree_with_differences) {
    const toy_resnet_settings printed{.channels = 1, .features = 4, .order = block_order::pre_activation};
    const auto check = [](const auto& network) {
        check_network_derivatives(network, {2, 8, 8, 1});
        check_second_derivatives(network, {2, 8, 8, 1});
    };
    philox frozen{9}, live{9};
    check(toy_resnet<reals>{printed, frozen});
    check(by_batch{printed, live});
}

BOOST_AUTO_TEST_CASE(a_size_that_cannot_be_halved_twice_is_refused) {
    philox rng{4};
    const toy_resnet<reals> network{{.channels = 1, .features = 4}, rng};
    BOOST_CHECK_THROW(network(reals({1, 6, 8, 1}, 0.5)), error);
}
