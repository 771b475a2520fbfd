// SPDX-License-Identifier: Apache-2.0
/// \file  Batch normalisation as layers.
#define BOOST_TEST_MODULE batch_norm
#include <ncsn/layers/batch_norm.hpp>
#include <support/check_every_mode.hpp>

using namespace ncsn;

namespace {

const reals x = 2.0 * some({3, 2, 4, 5}) + 1.0, weight = some({5}, 2), bias = some({5}, 3);

}  // namespace

BOOST_AUTO_TEST_CASE(each_channel_of_the_batch_gets_mean_0_and_variance_1_then_weight_and_bias) {
    batch_norm_layer<reals> layer{5};
    const reals plain = layer(x);
    for (std::size_t c = 0; c < 5; ++c) {
        double mean = 0, square = 0;
        for (std::size_t p = 0; p < 24; ++p) mean += plain[p * 5 + c] / 24, square += plain[p * 5 + c] * plain[p * 5 + c] / 24;
        BOOST_TEST(std::abs(mean) < 1e-14);
        BOOST_TEST(std::abs(square - 1) < 1e-3);                                     // ε = 1e-3 beside a variance of 4
        BOOST_TEST(square < 1);
    }
    layer.weight = weight, layer.bias = bias;
    check_every_mode("batch_norm_layer", layer, x, [&](const reals&) { return reals{plain * weight + bias}; });
}

BOOST_AUTO_TEST_CASE(frozen_statistics_leave_a_map_of_each_number_alone) {
    frozen_batch_norm_layer<reals> layer{5};
    layer.weight = weight, layer.bias = bias;
    check_every_mode("frozen_batch_norm_layer", layer, x, [](const reals& at) {
        reals y = at;
        for (std::size_t i = 0; i < y.size(); ++i) y.write()[i] = weight[i % 5] * at[i] / std::sqrt(1.001) + bias[i % 5];
        return y;
    });
}
