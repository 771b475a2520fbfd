// SPDX-License-Identifier: Apache-2.0
#include <support/scattered.hpp>

#include <ncsn/autodiff/functions.hpp>
#include <ncsn/models/efficientnet_lite0.hpp>

#include <omp.h>

using namespace ncsn;
using array = tensor<float>;

BOOST_AUTO_TEST_CASE(it_has_the_published_shapes) {
    philox rng{1};
    const efficientnet_lite0<array> network{rng};
    BOOST_TEST(parameter_count(network) == 4'652'008u - 21'008u);                   // published, less a number for each of the normalised channels
    BOOST_TEST(network.blocks.size() == 16u);
    std::vector<shape> seen;
    network.pooled(array({1, 224, 224, 3}, 0.5f), [&](const std::string&, const array& y) { seen.push_back(y.shape()); });
    BOOST_TEST(seen.front() == (shape{1, 112, 112, 32}));
    BOOST_TEST(seen[1] == (shape{1, 112, 112, 16}));
    BOOST_TEST(seen[3] == (shape{1, 56, 56, 24}));
    BOOST_TEST(seen[5] == (shape{1, 28, 28, 40}));
    BOOST_TEST(seen[8] == (shape{1, 14, 14, 80}));
    BOOST_TEST(seen[11] == (shape{1, 14, 14, 112}));
    BOOST_TEST(seen[16] == (shape{1, 7, 7, 320}));
    BOOST_TEST(seen.back() == (shape{1, 7, 7, 1280}));
    const auto x = uniform<array>({3, 40, 30, 3}, 0, 1, rng);
    BOOST_TEST(network.features(x).shape() == (shape{3, 1280}));
    BOOST_TEST(network(x).shape() == (shape{3, 1000}));
}

BOOST_AUTO_TEST_CASE(names_are_the_published_ones) {
    philox rng{1};
    const efficientnet_lite0<array> network{rng};
    std::vector<std::string> names;
    for_each_named([&](const std::string& name, const auto&) { names.push_back(name); }, network);
    BOOST_TEST(names.front() == "_conv_stem.weight");
    BOOST_TEST(std::ranges::count(names, "_blocks.0._expand_conv.weight") == 0);
    BOOST_TEST(std::ranges::count(names, "_blocks.15._expand_conv.weight") == 1);
    BOOST_TEST(names.back() == "_fc.bias");
    const auto of = [&](const std::string& name) { return network.names_of(name).weight + ' ' + network.names_of(name).normalization; };
    BOOST_TEST(of("_conv_stem") == "_conv_stem.weight _bn0");
    BOOST_TEST(of("_conv_head") == "_conv_head.weight _bn1");
    BOOST_TEST(of("_blocks.10._expand_conv") == "_blocks.10._expand_conv.weight _blocks.10._bn0");
    BOOST_TEST(of("_blocks.10._depthwise_conv") == "_blocks.10._depthwise_conv.weight _blocks.10._bn1");
    BOOST_TEST(of("_blocks.10._project_conv") == "_blocks.10._project_conv.weight _blocks.10._bn2");
}

BOOST_AUTO_TEST_CASE(features_of_an_image_depend_on_nothing_else) {
    philox rng{2};
    const efficientnet_lite0<array> network{rng};
    const auto x = uniform<array>({3, 32, 32, 1}, 0, 1, rng);
    const auto together = network.features(x);
    const int outside = omp_get_max_threads();
    for (const int threads : {1, 3}) {
        omp_set_num_threads(threads);
        for (std::size_t i = 0; i < 3; ++i) {
            const array one{{1, 32, 32, 1}, std::span<const float>{x.data() + i * 1024, 1024}}, alone = network.features(one);
            BOOST_TEST(std::equal(alone.data(), alone.data() + 1280, together.data() + i * 1280));
        }
    }
    omp_set_num_threads(outside);
    BOOST_TEST(relative_error(network.features(concatenated(x, x, x)), together) == 0);              // grey is three equal colours
    BOOST_CHECK_THROW(network.features(array({1, 3, 32, 32})), error);
}
