// SPDX-License-Identifier: Apache-2.0
/// \file  Group normalisation as a layer.
#include <ncsn/layers/group_norm.hpp>
#include <support/check_every_mode.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(each_group_of_each_sample_gets_mean_0_and_variance_1_then_weight_and_bias) {
    philox rng{1};
    const std::size_t N = 2, P = 15, C = 6, groups = 3, width = C / groups;
    group_norm_layer<reals> layer{C, {.groups = groups, .epsilon = 1e-5}};
    const reals x = 2.0 * normal<reals>({N, 3, 5, C}, rng) + 1.0;
    layer.weight = normal<reals>({C}, rng);
    layer.bias = normal<reals>({C}, rng);
    check_every_mode("group_norm_layer", layer, x, [&](const reals& at) {
        reals y(at.shape());
        for (std::size_t n = 0; n < N; ++n)
            for (std::size_t g = 0; g < groups; ++g) {
                const auto place = [&](std::size_t i) { return (n * P + i / width) * C + g * width + i % width; };
                const std::size_t count = P * width;
                double mean = 0, variance = 0;
                for (std::size_t i = 0; i < count; ++i) mean += at[place(i)] / static_cast<double>(count);
                for (std::size_t i = 0; i < count; ++i) variance += (at[place(i)] - mean) * (at[place(i)] - mean) / static_cast<double>(count);
                for (std::size_t i = 0; i < count; ++i)
                    y.write()[place(i)] = (at[place(i)] - mean) / std::sqrt(variance + 1e-5) * layer.weight[place(i) % C] + layer.bias[place(i) % C];
            }
        return y;
    });
}

BOOST_AUTO_TEST_CASE(channels_that_do_not_divide_into_groups_are_refused) {
    const group_norm_layer<reals> layer{6, {.groups = 4}};
    BOOST_CHECK_THROW(layer(reals({1, 2, 2, 6}, 1)), error);
}
