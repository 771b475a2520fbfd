// SPDX-License-Identifier: Apache-2.0
/// \file  The residual block and the upsampling of a U-Net.
#include <ncsn/layers/unet_block.hpp>
#include <support/check_every_mode.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(the_block_is_differentiable_and_has_a_map_only_where_channels_change) {
    philox rng{1};
    const unet_residual<reals> same{4, 4, rng, {.groups = 2}}, wider{4, 6, rng, {.groups = 2}};
    BOOST_TEST(same.shortcut.empty());
    BOOST_TEST(wider.shortcut.size() == 1u);
    const reals x = normal<reals>({2, 4, 4, 4}, rng);
    BOOST_TEST(wider(x).shape() == (shape{2, 4, 4, 6}));
    check_every_mode("unet_residual", wider, x);
}

BOOST_AUTO_TEST_CASE(without_its_last_convolution_the_block_is_its_shortcut) {
    philox rng{2};
    unet_residual<reals> same{4, 4, rng, {.groups = 2}}, wider{4, 6, rng, {.groups = 2}};
    for (auto* block : {&same, &wider}) block->conv1.weight = zeros_like(block->conv1.weight), block->conv1.bias = zeros_like(block->conv1.bias);
    const reals x = normal<reals>({2, 4, 4, 4}, rng);
    BOOST_TEST(distance(same(x), x) == 0);
    BOOST_TEST(distance(wider(x), wider.shortcut[0](x)) == 0);
}

BOOST_AUTO_TEST_CASE(what_a_block_is_told_is_added_to_each_channel_between_its_convolutions) {
    philox rng{5};
    unet_residual<reals> block{4, 6, rng, {.groups = 2}, 3};
    const reals x = normal<reals>({2, 4, 4, 4}, rng), e = normal<reals>({2, 3}, rng);
    auto silent = block;
    silent.told.clear();
    BOOST_CHECK_THROW(silent(x, e), error);
    block.told[0].weight = zeros_like(block.told[0].weight);
    silent.conv0.bias = silent.conv0.bias + block.told[0].bias;
    BOOST_TEST(distance(block(x, e), silent(x)) < 1e-14);                             // a bias of the map is one of the convolution
    check_every_mode_of_two("unet_residual", unet_residual<reals>{4, 6, rng, {.groups = 2}, 3}, x, e);
    BOOST_TEST(distance(block(x, reals({1, 3}, 0.5)), block(x, reals({2, 3}, 0.5))) < 1e-15);
}

BOOST_AUTO_TEST_CASE(the_parameters_have_the_names_of_the_papers_checkpoints) {
    philox rng{3};
    const unet_residual<reals> block{4, 6, rng, {.groups = 2}};
    std::string names;
    for_each_named([&](const std::string& name, const auto&) { names += name + ' '; }, block);
    BOOST_TEST(names == "normalize0.weight normalize0.bias conv0.weight conv0.bias normalize1.weight normalize1.bias conv1.weight conv1.bias "
                        "nin.weights nin.bias ");
}

BOOST_AUTO_TEST_CASE(upsampling_doubles_a_constant_image_away_from_the_border) {
    philox rng{4};
    const unet_upsample<reals> up{2, rng};
    const reals x({1, 3, 3, 2}, 1.5), y = up(x);
    BOOST_TEST_REQUIRE(y.shape() == (shape{1, 6, 6, 2}));
    for (std::size_t o = 0; o < 2; ++o) {
        double expected = up.conv.bias[o];
        for (std::size_t i = 0; i < 18; ++i) expected += 1.5 * up.conv.weight[o * 18 + i];
        BOOST_TEST(y[(2 * 6 + 3) * 2 + o] == expected, boost::test_tools::tolerance(1e-14));
    }
    check_every_mode("unet_upsample", up, normal<reals>({2, 2, 3, 2}, rng));
}
