// SPDX-License-Identifier: Apache-2.0
/// \file  Every layer on the GPU gives the output and the gradient it gives on the CPU.
#include <support/devices.hpp>

#include <ncsn/autodiff/derivatives.hpp>
#include <ncsn/layers/attention.hpp>
#include <ncsn/layers/batch_norm.hpp>
#include <ncsn/layers/conv_transpose.hpp>
#include <ncsn/layers/instance_norm.hpp>
#include <ncsn/layers/pointwise.hpp>
#include <ncsn/layers/preactivation.hpp>
#include <ncsn/layers/same_conv.hpp>
#include <ncsn/layers/spectral_norm.hpp>
#include <ncsn/layers/timestep_embedding.hpp>
#include <ncsn/layers/unet_block.hpp>

using namespace ncsn;

namespace {

/// y = layer(x, rest...) and the gradient of Σ y² for every parameter, in a row.
template <class L, Array A> tensor<float> output_and_gradient(const L& layer, const A& x, const auto&... rest) {
    const auto loss = [&](const auto& l) {
        const auto y = l(x, rest...);
        return sum(y * y);
    };
    std::vector<float> row;
    append(row, layer(x, rest...));
    const auto result = value_and_grad(loss, layer);
    for_each_leaf([&row](const auto& g) { append(row, g); }, result.gradient);
    return in_a_row(row);
}
template <Array A> A image(std::size_t channels, philox& rng) { return normal<A>({2, 6, 4, channels}, rng); }

}  // namespace

BOOST_AUTO_TEST_CASE(convolutions_do) {
    check_same_on_both([]<class A>() {
        philox rng{1};
        const A x = image<A>(3, rng);
        std::vector<float> row;
        append(row, output_and_gradient(conv_layer<A>{3, 4, rng, {.dilation = 2}}, x));
        append(row, output_and_gradient(conv_mean_pool<A>{3, 4, rng}, x));
        append(row, output_and_gradient(conv_transpose_layer<A>{3, 4, rng, {.stride = 2}}, x));
        append(row, output_and_gradient(same_conv_layer<A>{3, 4, rng, {.stride = 2}}, x));
        append(row, output_and_gradient(same_conv_transpose_layer<A>{3, 4, rng, {.stride = 2}}, x));
        return in_a_row(row);
    });
}
BOOST_AUTO_TEST_CASE(spectral_norms_do) {
    check_same_on_both([]<class A>() {
        philox rng{2};
        const A x = image<A>(3, rng);
        std::vector<float> row;
        append(row, output_and_gradient(spectral_conv<A>{3, 4, rng}, x));
        append(row, output_and_gradient(spectral_dense<A>{3, 4, rng}, normal<A>({5, 3}, rng)));
        return in_a_row(row);
    });
}
BOOST_AUTO_TEST_CASE(norms_do) {
    check_same_on_both([]<class A>() {
        philox rng{3};
        const A x = image<A>(8, rng);
        const chosen_rows z{{1, 0}};
        std::vector<float> row;
        conditional_instance_norm<A> conditional{8, 2, rng};
        append(row, output_and_gradient(conditional, x, z, elu));
        use_printed_norm(conditional);
        append(row, output_and_gradient(conditional, x, z, elu));
        append(row, output_and_gradient(unconditional_instance_norm<A>{8, 2, rng}, x, z));
        append(row, output_and_gradient(printed_instance_norm<A>{8, 2}, x, z, elu));
        using block = preactivation_block<same_conv_layer<A>, printed_instance_norm<A>>;
        for (const resizing by : {resizing::halved, resizing::doubled}) append(row, output_and_gradient(block{8, 4, 2, rng, 2, by}, x, z));
        append(row, average_pool_inside(x, {5, 1, 2}));
        append(row, output_and_gradient(group_norm_layer<A>{8, {.groups = 4}}, x));
        append(row, output_and_gradient(batch_norm_layer<A>{8}, x));
        running_batch_norm_layer<A> running{8};
        advance(running, x);
        append(row, output_and_gradient(running, x));
        append(row, output_and_gradient(by_running_statistics(running), x));
        return in_a_row(row);
    });
}
BOOST_AUTO_TEST_CASE(attention_and_blocks_of_a_unet_do) {
    check_same_on_both([]<class A>() {
        philox rng{4};
        const A x = image<A>(8, rng);
        std::vector<float> row;
        append(row, output_and_gradient(attention_block<A>{8, rng, {.groups = 4}}, x));
        append(row, output_and_gradient(unet_residual<A>{8, 12, rng, {.groups = 4}}, x));
        append(row, output_and_gradient(unet_upsample<A>{8, rng}, x));
        append(row, output_and_gradient(pointwise<A>{8, 3, rng}, x));
        append(row, timestep_embedding<A>(std::array{0.0, 3.5, 100.0}, 10));
        return in_a_row(row);
    });
}
