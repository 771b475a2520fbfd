// SPDX-License-Identifier: Apache-2.0
/// \file  ResScore: the residual encoder and decoder of Figure 1 of the NCSN paper.
#pragma once

#include <ncsn/layers/conv2d.hpp>
#include <ncsn/layers/conv_transpose.hpp>
#include <ncsn/layers/encoder_decoder.hpp>
#include <ncsn/layers/group_norm.hpp>
#include <ncsn/models/score_model.hpp>

namespace ncsn {

/// y = A(N₂(conv₂(A(N₁(conv₁(x))))) + shortcut(x)),  A = ELU, N group normalisations with 8 groups; the shortcut is the identity or, where the block
/// resizes, a convolution of the kind of conv₁ and conv₂ that does the same.   Pre-activation:  y = conv₂(A(N₂(conv₁(A(N₁(x)))))) + shortcut(x).
template <class P, class Conv = conv_layer<P>> struct res_score_block {
    Conv conv1;
    group_norm_layer<P> normalize1;
    Conv conv2;
    group_norm_layer<P> normalize2;
    std::vector<Conv> residual;  ///< none or one
    block_order order = block_order::post_activation;
    static constexpr std::tuple members{field{"main.0", &res_score_block::conv1}, field{"main.1", &res_score_block::normalize1},
                                        field{"main.3", &res_score_block::conv2}, field{"main.4", &res_score_block::normalize2},
                                        field{"", &res_score_block::residual, [](std::size_t) { return std::string{"residual"}; }},
                                        field{"order", &res_score_block::order}};

    res_score_block() = default;
    /// first, second: the strides of the two convolutions; one of them is 2 where the block resizes.
    res_score_block(std::size_t in, std::size_t out, philox& rng, block_order o, std::size_t first = 1, std::size_t second = 1) requires Array<P>
        : conv1{in, out, rng, {.stride = first}}, normalize1{o == block_order::pre_activation ? in : out, norm},
          conv2{out, out, rng, {.stride = second}}, normalize2{out, norm}, order{o} {
        require(first * second > 1 || in == out, "res_score_block: ", in, " channels become ", out, " without resizing");
        if (first * second > 1) residual.emplace_back(in, out, rng, conv_settings{.stride = 2});
    }
    auto operator()(const Differentiable auto& x) const {
        const auto with_shortcut = [&](const auto& h) { return residual.empty() ? h + x : h + residual.front()(x); };
        if (order == block_order::pre_activation) return with_shortcut(conv2(normalize2(conv1(normalize1(x, elu)), elu)));
        return elu(with_shortcut(normalize2(conv2(normalize1(conv1(x), elu)))));
    }

    static constexpr group_norm_settings norm{8, 1e-5};
};

struct res_score_settings {
    std::size_t channels = 3;   ///< of the images
    std::size_t features = 32;  ///< width n, a multiple of 8; 1,379,651 parameters for CIFAR-10
    block_order order = block_order::post_activation;
};

/// The names of the official checkpoints.
struct res_score_names {
    static constexpr const char *network = "res_score", *begin = "convs.0", *encoder = "convs", *decoder = "deconvs", *end = "deconvs.5";
    static std::string encoder_block(std::size_t i) { return std::to_string(i + 1); }
};

/// Images [N, H, W, channels] with values in [0, 1], H and W multiples of 4, through an encoder and a decoder. For one noise level, which it is not
/// told. The paper prints pre-activation blocks (Song & Ermon 2019, Appendix B.1), and nothing of normalisations or of how blocks resize: in that
/// order these are as coded, and between the last block and the last convolution nothing is. Both orders have as many parameters.
template <class P> struct res_score {
    encoder_decoder<conv_layer<P>, res_score_block<P>, res_score_block<P, conv_transpose_layer<P>>, res_score_names> blocks;
    static constexpr std::tuple members{field{"", &res_score::blocks}};

    res_score() = default;
    res_score(res_score_settings s, philox& rng) requires Array<P> : blocks{s.channels, s.features, rng, s.order} {}

    auto operator()(const Differentiable auto& x) const { return blocks(2.0 * x - 1.0); }
    auto operator()(const Differentiable auto& x, const noise_levels&) const { return (*this)(x); }
};

}  // namespace ncsn
