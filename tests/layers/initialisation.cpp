// SPDX-License-Identifier: Apache-2.0
/// \file  Initial weights by rules: which numbers are drawn, between which bounds, and what stays.
#include <ncsn/layers/conv2d.hpp>
#include <ncsn/layers/conv_transpose.hpp>
#include <ncsn/layers/dense.hpp>
#include <ncsn/layers/group_norm.hpp>
#include <ncsn/layers/initialisation.hpp>
#include <ncsn/layers/instance_norm.hpp>
#include <ncsn/layers/pointwise.hpp>

#include <support/check_every_mode.hpp>

using namespace ncsn;

namespace {

/// One of each kind of layer.
template <class P> struct menagerie {
    std::vector<conv_layer<P>> convs;
    conv_layer<P, without_bias> bare;
    conv_transpose_layer<P> back;
    dense<P> connected;
    pointwise<P> at_each;
    group_norm_layer<P> norm;
    conditional_instance_norm<P> levels;
    static constexpr std::tuple members{field{"convs", &menagerie::convs}, field{"bare", &menagerie::bare}, field{"back", &menagerie::back},
                                        field{"connected", &menagerie::connected}, field{"at_each", &menagerie::at_each},
                                        field{"norm", &menagerie::norm}, field{"levels", &menagerie::levels}};
};
menagerie<reals> made(philox& rng) {
    return {{{8, 16, rng}, {16, 8, rng, {.kernel_size = 1}}}, {8, 8, rng}, {8, 24, rng}, {64, 32, rng}, {32, 32, rng}, group_norm_layer<reals>{8},
            {8, 4, rng}};
}
/// The largest weight in units of its bound √(6/((in + out) k²)): n uniform numbers reach 1 - 12/n but for e⁻¹² = 6e-6.
void check_uniform(const reals& weight, double gain = 1) {
    const shape& s = weight.shape();
    const double taps = s.rank() == 4 ? static_cast<double>(s[1] * s[2]) : 1;
    const double bound = gain * std::sqrt(6 / (static_cast<double>(s[0] + s.back()) * taps));
    double most = 0, squares = 0;
    for (const double w : weight.values()) most = std::max(most, std::abs(w)), squares += w * w;
    const double n = static_cast<double>(weight.size());
    BOOST_TEST(most <= bound);
    BOOST_TEST(most > (1 - 12 / n) * bound);
    // mean square bound²/3; its standard deviation is bound² √(4/45/n)
    BOOST_TEST(std::abs(squares / n - bound * bound / 3) < 5 * bound * bound * std::sqrt(4 / 45. / n));
}

}  // namespace

BOOST_AUTO_TEST_CASE(keras_initialisation_draws_glorots_weights_and_leaves_norms_and_levels_alone) {
    philox rng{1};
    auto layers = made(rng);
    const auto before = layers;
    initialise_as_keras(layers, rng);
    for (const reals* weight : {&layers.convs[0].weight, &layers.convs[1].weight, &layers.bare.weight, &layers.back.weight, &layers.connected.weight,
                                &layers.at_each.weights})
        check_uniform(*weight);
    for (const reals* bias : {&layers.convs[0].bias, &layers.convs[1].bias, &layers.back.bias, &layers.connected.bias, &layers.at_each.bias})
        BOOST_TEST(distance(*bias, zeros_like(*bias)) == 0);
    BOOST_TEST(distance(layers.norm.weight, before.norm.weight) == 0);
    BOOST_TEST(distance(layers.levels.embed.weight, before.levels.embed.weight) == 0);
}

BOOST_AUTO_TEST_CASE(a_gain_scales_the_bound) {
    philox rng{2};
    conv_layer<reals> layer{8, 16, rng};
    initialise_glorot(layer, rng, 0.1);
    check_uniform(layer.weight, 0.1);
    BOOST_CHECK_THROW(glorot_uniform<reals>({8}, rng), error);
}
