// SPDX-License-Identifier: Apache-2.0
#include <support/inception_by_rule.hpp>
#include <support/scattered.hpp>

#include <ncsn/autodiff/functions.hpp>
#include <ncsn/models/inception_v3.hpp>
#include <ncsn/training/published_weights.hpp>

#include <map>
#include <set>

using namespace ncsn;
using array = tensor<float>;

BOOST_AUTO_TEST_CASE(it_has_the_published_shapes) {
    philox rng{1};
    const inception_v3<array> network{rng};
    // 23,834,568 parameters without the second head, eight classes more, and one number for the two of each of 17,216 normalised channels
    BOOST_TEST(parameter_count(network) == 23'834'568u + 8 * 2049 - 17'216);
    std::map<std::string, shape> seen;
    const array pool = network.pooled(array({1, 299, 299, 3}, 0.5f), [&](const std::string& name, const array& y) { seen[name] = y.shape(); });
    BOOST_TEST(pool.shape() == (shape{1, 2048}));
    BOOST_TEST(seen.size() == 94u + 11 + 3);                                        // convolutions, mixed blocks, and what ends three parts
    BOOST_TEST(seen.at("Conv2d_1a_3x3") == (shape{1, 149, 149, 32}));
    BOOST_TEST(seen.at("block0") == (shape{1, 73, 73, 64}));
    BOOST_TEST(seen.at("block1") == (shape{1, 35, 35, 192}));
    BOOST_TEST(seen.at("Mixed_5b") == (shape{1, 35, 35, 256}));
    BOOST_TEST(seen.at("Mixed_5d") == (shape{1, 35, 35, 288}));
    BOOST_TEST(seen.at("Mixed_6a") == (shape{1, 17, 17, 768}));
    BOOST_TEST(seen.at("block2") == (shape{1, 17, 17, 768}));
    BOOST_TEST(seen.at("Mixed_7a") == (shape{1, 8, 8, 1280}));
    BOOST_TEST(seen.at("Mixed_7c") == (shape{1, 8, 8, 2048}));
    BOOST_TEST(seen.at("Mixed_6b.branch7x7dbl_2") == (shape{1, 17, 17, 128}));
}

BOOST_AUTO_TEST_CASE(it_takes_weights_by_their_published_names) {
    philox rng{1};
    inception_v3<array> network{rng};
    std::set<std::string> asked;
    take_published(network, [&](const std::string& name) { return asked.insert(name), inception_by_rule(name, network); });
    BOOST_TEST(asked.size() == 94u * 5 + 2);
    for (const char* name : {"Conv2d_1a_3x3.conv.weight", "Mixed_5b.branch1x1.bn.running_var", "Mixed_7c.branch3x3dbl_3b.bn.weight", "fc.bias"})
        BOOST_TEST(asked.contains(name));
    // The rule by hand, for the first number of fc.bias.
    std::uint32_t h = static_cast<std::uint32_t>(crc32(0, reinterpret_cast<const Bytef*>("fc.bias"), 7));
    h ^= h >> 16, h *= 0x7feb352du, h ^= h >> 15, h *= 0x846ca68bu, h ^= h >> 16;
    BOOST_TEST(network.fc.bias[0] == static_cast<float>(0.2 * (h / 4294967296.0 - 0.5)));
    const auto x = uniform<array>({2, 60, 50, 1}, 0, 1, rng);
    const array features = network.features(x), with = network.logits(features), without = network.logits_without_bias(features),
                probabilities = network.probabilities(features);
    BOOST_TEST(features.shape() == (shape{2, 2048}));
    BOOST_TEST(probabilities.shape() == (shape{2, 1008}));
    for (std::size_t k = 0; k < with.size(); ++k) BOOST_TEST(std::abs(with[k] - without[k] - network.fc.bias[k % 1008]) < 1e-5f);
    for (std::size_t n = 0; n < 2; ++n) {
        double total = 0;
        for (std::size_t c = 0; c < 1008; ++c) total += double(probabilities[n * 1008 + c]);
        BOOST_TEST(total == 1., boost::test_tools::tolerance(1e-5));
    }
    const array alone = network.features(array{{1, 60, 50, 1}, std::span<const float>{x.data() + 3000, 3000}});
    BOOST_TEST(std::equal(alone.data(), alone.data() + 2048, features.data() + 2048));
}

BOOST_AUTO_TEST_CASE(a_mean_and_a_1x1_convolution_may_change_places) {
    using A = tensor<double>;
    philox rng{1};
    folded_conv<A> conv{6, 4, rng};
    conv.bias = scattered<double>({4}, 1);
    const A x = scattered<double>({2, 5, 7, 6}, 2);
    BOOST_TEST(relative_error(averaged_then(conv, x), conv(average_pool_inside(x, pool_window{3, 1, 1}))) < 1e-14);
}
