// SPDX-License-Identifier: Apache-2.0
/// \file  BigGAN's discriminator: numbers of parameters, derivatives, power iteration, and what is refused.
#include <ncsn/models/biggan_discriminator.hpp>

#include <support/network_laws.hpp>

using namespace ncsn;

namespace {

constexpr std::size_t settled = 200;                                                // steps of power iteration

}  // namespace

BOOST_AUTO_TEST_CASE(the_papers_networks_have_the_papers_numbers_of_parameters) {
    using array = tensor<float>;
    philox rng{1};
    BOOST_TEST(parameter_count(biggan_discriminator<array>{{}, rng}) == 4'204'801u);
    BOOST_TEST(parameter_count(biggan_discriminator<array>{{.resolution = 64}, rng}) == 19'542'721u);
}

BOOST_AUTO_TEST_CASE(derivatives_agree_with_differences_where_the_vectors_have_settled) {
    // σ is differentiated with u and v held, and so is its derivative where they are singular vectors: there they do not move to first order.
    philox rng{2};
    for (const discriminator_settings& s : {discriminator_settings{.channels = 1, .features = 2}, {.channels = 1, .features = 4, .attention = {16}},
                                            {.channels = 1, .features = 2, .resolution = 64}}) {
        biggan_discriminator<reals> network{s, rng};
        for (auto& stage : network.blocks)
            for (auto& layer : stage.attention) layer.gamma = reals(shape{}, 0.7);
        advance(network, settled);
        const std::size_t side = s.resolution == 64 ? 16 : 8;
        const reals x = normal<reals>({2, side, side, 1}, rng), along = normal_like(x, rng), y = network(x);
        BOOST_TEST(y.shape() == (shape{2, 1}));
        const double h = 1e-6;
        const reals slope = (network(reals{x + h * along}) - network(reals{x - h * along})) / (2 * h);
        BOOST_TEST(distance(network(dual{x, along}).tangent, slope) < 1e-5);        // relu has kinks
        const auto [pulled, from_x] = vjp([&](const auto& at) { return network(at); }, x, reals({2, 1}, 1));
        BOOST_TEST(inner(from_x, along) == sum(slope).item(), boost::test_tools::tolerance(1e-4));
    }
}

BOOST_AUTO_TEST_CASE(samples_are_apart_and_a_call_changes_nothing) {
    philox rng{3};
    biggan_discriminator<reals> network{{.channels = 3, .features = 4, .attention = {16}}, rng};
    const reals x = uniform<reals>({3, 8, 12, 3}, 0, 1, rng), y = network(x);
    BOOST_TEST(distance(network(x), y) == 0);
    const std::array<std::size_t, 1> row{1};
    BOOST_TEST(distance(network(gather_rows(x, std::span<const std::size_t>{row})), gather_rows(y, std::span<const std::size_t>{row})) < 1e-13);
    advance(network);
    BOOST_TEST(distance(network(x), y) > 1e-6);
}

BOOST_AUTO_TEST_CASE(in_the_end_no_layer_stretches_anything) {
    philox rng{4};
    biggan_discriminator<reals> network{{.channels = 1, .features = 2}, rng};
    advance(network, settled);
    const auto& layer = network.blocks[1].block.conv1;
    const reals weight = spectrally_normalized(layer.weight, layer.u0.value).reshaped({8, 72});
    for (int k = 0; k < 20; ++k) {
        const reals v = normal<reals>({1, 72}, rng), image = product(v, weight, transposed::right);
        BOOST_TEST(inner(image, image) <= inner(v, v) * (1 + 1e-9));
    }
    const power_step<reals, reals> next{layer.u0.value, layer.weight};
    BOOST_TEST(layer.sv0.value[0] == next.sigma[0], boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
    philox rng{5};
    BOOST_CHECK_THROW((biggan_discriminator<reals>{{.resolution = 128}, rng}), error);
    BOOST_CHECK_THROW((biggan_discriminator<reals>{{.features = 1, .attention = {16}}, rng}), error);   // 4 channels do not divide by 8
    const biggan_discriminator<reals> network{{.channels = 1, .features = 2}, rng};
    BOOST_CHECK_THROW(network(reals({1, 2, 8, 1}, 0.5)), error);
    BOOST_CHECK_THROW(network(reals({1, 8, 8, 3}, 0.5)), error);
}
