// SPDX-License-Identifier: Apache-2.0
/// \file  ResScore.
#include <ncsn/models/res_score.hpp>
#include <support/network_laws.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(the_network_of_the_paper_has_its_number_of_parameters) {
    philox rng{1};
    const res_score<tensor<float, cpu>> network{{}, rng};
    BOOST_TEST(parameter_count(network) == 1'379'651u);
}

BOOST_AUTO_TEST_CASE(the_names_are_those_of_the_official_checkpoints) {
    philox rng{1};
    const res_score<reals> network{{.channels = 1, .features = 8}, rng};
    std::size_t entries = 0, residuals = 0;
    for_each_named([&](const std::string& name, const auto&) {
        ++entries;
        residuals += name == "convs.2.residual.weight" || name == "convs.4.residual.bias" || name == "deconvs.1.residual.weight" ||
                     name == "deconvs.3.residual.weight";
        BOOST_TEST((name.find("convs.") == 0 || name.find("deconvs.") == 0), name);
    }, network);
    BOOST_TEST(entries == 92u);
    BOOST_TEST(residuals == 4u);
}

BOOST_AUTO_TEST_CASE(the_gradient_and_the_tangent_agree_with_differences) {
    philox rng{2};
    res_score<reals> network{{.channels = 1, .features = 8}, rng};
    const reals x = normal<reals>({1, 8, 8, 1}, rng), ct = normal_like(x, rng), along = normal_like(x, rng);
    BOOST_TEST(network(x).shape() == x.shape());
    const double h = 1e-5;
    const reals slope = (network(x + h * along) - network(x - h * along)) / (2 * h);
    BOOST_TEST(distance(network(dual{x, along}).tangent, slope) < 1e-7);
    const slopes found = slopes_of([&](const auto& m) { return sum(m(x) * ct); }, network, 1e-6, rng);
    BOOST_TEST(found.differences == found.gradient, boost::test_tools::tolerance(1e-6));
    BOOST_TEST(std::isfinite(found.loss));
}

namespace {

/// One block with and without resizing, by the printed formula: its parts one after the other.
template <class Conv> void check_printed_block(std::size_t in, std::size_t out, std::size_t first, std::size_t second, const shape& expected) {
    philox rng{4};
    res_score_block<reals, Conv> block{in, out, rng, block_order::pre_activation, first, second};
    for_each_leaf([&](reals& p) { p = p + 0.1 * normal_like(p, rng); }, block);
    const reals x = normal<reals>({2, 4, 8, in}, rng);
    const auto normalized = [](const reals& of, const group_norm_layer<reals>& n) { return group_norm_composed(of, n.weight, n.bias, 8, 1e-5); };
    const reals h = block.conv2(elu(normalized(block.conv1(elu(normalized(x, block.normalize1))), block.normalize2)));
    BOOST_TEST(block(x).shape() == expected);
    BOOST_TEST(distance(block(x), block.residual.empty() ? h + x : h + block.residual[0](x)) < 1e-13);
    BOOST_TEST(block.residual.size() == (first * second > 1 ? 1u : 0u));
}

}  // namespace

BOOST_AUTO_TEST_CASE(blocks_as_printed_normalise_and_bend_before_they_convolve) {
    check_printed_block<conv_layer<reals>>(8, 8, 1, 1, {2, 4, 8, 8});
    check_printed_block<conv_layer<reals>>(8, 16, 2, 1, {2, 2, 4, 16});
    check_printed_block<conv_transpose_layer<reals>>(16, 16, 1, 1, {2, 4, 8, 16});
    check_printed_block<conv_transpose_layer<reals>>(16, 8, 1, 2, {2, 8, 16, 8});
}

/// Weights of an auto-encoder of width n for c channels: k² in out + out a convolution, 2 C a normalisation of C channels.
std::size_t expected_parameters(std::size_t n, std::size_t c, bool printed) {
    const auto conv = [](std::size_t in, std::size_t out) { return 9 * in * out + out; };
    const auto block = [&](std::size_t in, std::size_t out) {
        return conv(in, out) + conv(out, out) + 2 * (printed ? in : out) + 2 * out + (in == out ? 0 : conv(in, out));
    };
    const std::size_t w = 2 * n, v = 4 * n;
    return conv(c, n) + block(n, n) + block(n, w) + block(w, w) + block(w, v) + block(v, v) + block(v, v) + block(v, w) + block(w, w) + block(w, n) +
           block(n, n) + conv(n, c);
}

BOOST_AUTO_TEST_CASE(the_network_as_printed_has_as_many_parameters_as_the_coded_one) {
    philox rng{5};
    const res_score<tensor<float, cpu>> printed{{.order = block_order::pre_activation}, rng};
    BOOST_TEST(parameter_count(printed) == expected_parameters(32, 3, true));
    BOOST_TEST(expected_parameters(32, 3, true) == expected_parameters(32, 3, false));
    BOOST_TEST(expected_parameters(32, 3, false) == 1'379'651u);
    BOOST_TEST(printed.blocks.encoder[1].normalize1.weight.shape() == shape{32u});
}

BOOST_AUTO_TEST_CASE(as_printed_it_is_its_blocks_between_two_convolutions) {
    philox rng{6};
    const res_score<reals> network{{.channels = 1, .features = 8, .order = block_order::pre_activation}, rng};
    const reals x = uniform<reals>({1, 8, 4, 1}, 0, 1, rng);
    reals h = network.blocks.begin(2.0 * x - 1.0);
    for (const auto& block : network.blocks.encoder) h = block(h);
    BOOST_TEST(h.shape() == (shape{1, 2, 1, 32}));
    for (const auto& block : network.blocks.decoder) h = block(h);
    BOOST_TEST(distance(network(x), network.blocks.end(h)) == 0);
    for (const auto& block : network.blocks.encoder) BOOST_TEST((block.order == block_order::pre_activation));
    for (const auto& block : network.blocks.decoder) BOOST_TEST((block.order == block_order::pre_activation));
}

BOOST_AUTO_TEST_CASE(derivatives_of_the_printed_form_agree_with_differences) {
    philox rng{7};
    const res_score<reals> network{{.channels = 1, .features = 8, .order = block_order::pre_activation}, rng};
    check_network_derivatives(network, {1, 8, 8, 1});
    check_second_derivatives(network, {1, 8, 8, 1});
}

BOOST_AUTO_TEST_CASE(a_size_that_cannot_be_halved_twice_is_refused) {
    philox rng{3};
    const res_score<reals> network{{.channels = 1, .features = 8}, rng};
    BOOST_CHECK_THROW(network(reals({1, 6, 8, 1}, 0.5)), error);
}
