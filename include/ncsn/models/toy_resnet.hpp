// SPDX-License-Identifier: Apache-2.0
/// \file  ToyResNet: the residual encoder and decoder of Figure 1 of the reproducibility report.
#pragma once

#include <ncsn/layers/batch_norm.hpp>
#include <ncsn/layers/encoder_decoder.hpp>
#include <ncsn/layers/same_conv.hpp>
#include <ncsn/models/score_model.hpp>

namespace ncsn {

/// y = A(N₂(conv₂(A(N₁(conv₁(x))))) + shortcut(x)),  A = ELU; the shortcut is the identity or, where the block resizes, a 1x1 convolution of the kind
/// of conv₁ and conv₂ (a transposed one reaches every fourth pixel, the others get its bias).
template <class Conv, class Norm> struct toy_resnet_block {
    Conv conv1;
    Norm normalize1;
    Conv conv2;
    Norm normalize2;
    std::vector<Conv> skip;  ///< none or one
    static constexpr std::tuple members{field{"conv1", &toy_resnet_block::conv1}, field{"bn1", &toy_resnet_block::normalize1},
                                        field{"conv2", &toy_resnet_block::conv2}, field{"bn2", &toy_resnet_block::normalize2},
                                        field{"", &toy_resnet_block::skip, [](std::size_t) { return std::string{"skip"}; }}};

    toy_resnet_block() = default;
    /// first, second: the strides of the two convolutions; one of them is 2 where the block resizes.
    toy_resnet_block(std::size_t in, std::size_t out, philox& rng, std::size_t first = 1, std::size_t second = 1)
        : conv1{in, out, rng, {.stride = first}}, normalize1{out}, conv2{out, out, rng, {.stride = second}}, normalize2{out} {
        require(first * second > 1 || in == out, "toy_resnet_block: ", in, " channels become ", out, " without resizing");
        if (first * second > 1) skip.emplace_back(in, out, rng, same_conv_settings{.kernel_size = 1, .stride = 2});
    }
    auto operator()(const Differentiable auto& x) const {
        const auto h = normalize2(conv2(elu(normalize1(conv1(x)))));
        return elu(skip.empty() ? h + x : h + skip.front()(x));
    }
};

struct toy_resnet_settings {
    std::size_t channels = 3;   ///< of the images
    std::size_t features = 32;  ///< width n; 1,215,811 parameters for CIFAR-10
};

struct toy_resnet_names {
    static constexpr const char *network = "toy_resnet", *begin = "conv_in", *encoder = "encoder", *decoder = "decoder", *end = "conv_out";
    static std::string encoder_block(std::size_t i) { return std::to_string(i); }
};

/// Images [N, H, W, channels] with values in [0, 1], not centred, H and W multiples of 4, through an encoder and a decoder. For one noise level,
/// which it is not told. `Norm` is frozen_batch_norm_layer, as the report's program behaves, or batch_norm_layer, as it reads.
template <class P, class Norm = frozen_batch_norm_layer<P>> struct toy_resnet {
    encoder_decoder<same_conv_layer<P>, toy_resnet_block<same_conv_layer<P>, Norm>, toy_resnet_block<same_conv_transpose_layer<P>, Norm>,
                    toy_resnet_names> blocks;
    static constexpr std::tuple members{field{"", &toy_resnet::blocks}};

    toy_resnet() = default;
    toy_resnet(toy_resnet_settings s, philox& rng) requires Array<P> : blocks{s.channels, s.features, rng} {}

    auto operator()(const Differentiable auto& x) const { return blocks(x); }
    auto operator()(const Differentiable auto& x, const noise_levels&) const { return (*this)(x); }
};

}  // namespace ncsn
