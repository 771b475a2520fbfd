// SPDX-License-Identifier: Apache-2.0
/// \file  ToyResNet: the residual encoder and decoder of Figure 1 of the reproducibility report.
#pragma once

#include <ncsn/layers/batch_norm.hpp>
#include <ncsn/layers/encoder_decoder.hpp>
#include <ncsn/layers/same_conv.hpp>
#include <ncsn/models/score_model.hpp>

namespace ncsn {

/// y = A(N₂(conv₂(A(N₁(conv₁(x))))) + shortcut(x)),  A = ELU; the shortcut is the identity or, where the block resizes, a 1x1 convolution of the kind
/// of conv₁ and conv₂ (a transposed one reaches every fourth pixel, the others get its bias).   Pre-activation, which resizes at its end:
/// y = conv₂(A(N₂(conv₁(A(N₁(x)))))) + shortcut(x).
template <class Conv, class Norm> struct toy_resnet_block {
    Conv conv1;
    Norm normalize1;
    Conv conv2;
    Norm normalize2;
    std::vector<Conv> skip;  ///< none or one
    block_order order = block_order::post_activation;
    static constexpr std::tuple members{field{"conv1", &toy_resnet_block::conv1}, field{"bn1", &toy_resnet_block::normalize1},
                                        field{"conv2", &toy_resnet_block::conv2}, field{"bn2", &toy_resnet_block::normalize2},
                                        field{"", &toy_resnet_block::skip, [](std::size_t) { return std::string{"skip"}; }},
                                        field{"order", &toy_resnet_block::order}};

    toy_resnet_block() = default;
    /// first, second: the strides of the two convolutions; one of them is 2 where the block resizes. Pre-activation, conv₂ has both.
    toy_resnet_block(std::size_t in, std::size_t out, philox& rng, block_order o, std::size_t first = 1, std::size_t second = 1)
        : conv1{in, out, rng, {.stride = o == block_order::pre_activation ? 1 : first}}, normalize1{o == block_order::pre_activation ? in : out},
          conv2{out, out, rng, {.stride = o == block_order::pre_activation ? first * second : second}}, normalize2{out}, order{o} {
        require(first * second > 1 || in == out, "toy_resnet_block: ", in, " channels become ", out, " without resizing");
        if (first * second > 1) skip.emplace_back(in, out, rng, same_conv_settings{.kernel_size = 1, .stride = 2});
    }
    auto operator()(const Differentiable auto& x) const {
        const auto with_shortcut = [&](const auto& h) { return skip.empty() ? h + x : h + skip.front()(x); };
        if (order == block_order::pre_activation) return with_shortcut(conv2(elu(normalize2(conv1(elu(normalize1(x)))))));
        return elu(with_shortcut(normalize2(conv2(elu(normalize1(conv1(x)))))));
    }
};

struct toy_resnet_settings {
    std::size_t channels = 3;   ///< of the images
    std::size_t features = 32;  ///< width n; 1,215,811 parameters for CIFAR-10
    block_order order = block_order::post_activation;
};

struct toy_resnet_names {
    static constexpr const char *network = "toy_resnet", *begin = "conv_in", *encoder = "encoder", *decoder = "decoder", *end = "conv_out";
    static std::string encoder_block(std::size_t i) { return std::to_string(i); }
};

/// Images [N, H, W, channels] with values in [0, 1], not centred, H and W multiples of 4, through an encoder and a decoder. For one noise level,
/// which it is not told. `Norm` is frozen_batch_norm_layer, as the report's program behaves, or batch_norm_layer, as it reads. The report prints
/// pre-activation blocks that resize at their end, and normalises within them only (Section 3.2): the other order, with as many parameters.
template <class P, class Norm = frozen_batch_norm_layer<P>> struct toy_resnet {
    encoder_decoder<same_conv_layer<P>, toy_resnet_block<same_conv_layer<P>, Norm>, toy_resnet_block<same_conv_transpose_layer<P>, Norm>,
                    toy_resnet_names> blocks;
    static constexpr std::tuple members{field{"", &toy_resnet::blocks}};

    toy_resnet() = default;
    toy_resnet(toy_resnet_settings s, philox& rng) requires Array<P> : blocks{s.channels, s.features, rng, s.order} {}

    auto operator()(const Differentiable auto& x) const { return blocks(x); }
    auto operator()(const Differentiable auto& x, const noise_levels&) const { return (*this)(x); }
};

}  // namespace ncsn
