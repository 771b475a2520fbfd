// SPDX-License-Identifier: Apache-2.0
/// \file  The attention of discriminators.
#include <ncsn/autodiff/advance.hpp>
#include <ncsn/layers/spectral_attention.hpp>

#include <support/check_every_mode.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(it_starts_as_the_identity_and_on_a_constant_image_adds_the_same_everywhere) {
    philox rng{1};
    spectral_attention<reals> layer{8, rng};
    const reals x = normal<reals>({2, 4, 6, 8}, rng), constant({1, 4, 4, 8}, 0.5);
    BOOST_TEST(distance(layer(x), x) == 0);
    layer.gamma = reals(shape{}, 0.7);
    BOOST_TEST(layer(x).shape() == x.shape());
    // All keys alike: the weights are equal, and what is seen is g of one pixel.
    BOOST_TEST(distance(layer(constant), constant + 0.7 * layer.o(layer.g(constant))) < 1e-14);
}

BOOST_AUTO_TEST_CASE(it_is_differentiable_in_every_mode_with_the_vectors_held) {
    philox rng{2};
    spectral_attention<reals> layer{8, rng};
    layer.gamma = reals(shape{}, 0.7);
    check_every_mode("spectral_attention", layer, normal<reals>({1, 4, 4, 8}, rng));
}

BOOST_AUTO_TEST_CASE(advance_keeps_a_step_of_each_map) {
    philox rng{3};
    spectral_attention<reals> layer{8, rng};
    const auto before = layer;
    advance(layer);
    for (const auto& [now, then] :
         {std::pair{&layer.theta, &before.theta}, {&layer.phi, &before.phi}, {&layer.g, &before.g}, {&layer.o, &before.o}}) {
        const power_step<reals, reals> step{then->u0.value, then->weight};
        BOOST_TEST(distance(now->u0.value, step.u) == 0);
        BOOST_TEST(distance(now->sv0.value, step.sigma) == 0);
    }
    BOOST_CHECK_THROW((spectral_attention<reals>{12, rng}), error);
    BOOST_CHECK_THROW(layer(reals({1, 1, 4, 8}, 0.5)), error);
}
