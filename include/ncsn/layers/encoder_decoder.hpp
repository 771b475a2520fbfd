// SPDX-License-Identifier: Apache-2.0
/// \file  The residual encoder and decoder of the networks for one noise level.
#pragma once

#include <ncsn/arithmetic/philox.hpp>
#include <ncsn/autodiff/module.hpp>

#include <array>
#include <vector>

namespace ncsn {

/// Where a block's normalisations and activations stand: behind its convolutions, as the programs of both papers have them, or before them, as both
/// papers print ("pre-activation").
enum class block_order { post_activation, pre_activation };

/// A convolution to n features; blocks n, 2n at half the size, 2n, 4n at a quarter, 4n; the same way back, by blocks of transposed convolutions; and
/// a convolution to the channels.   x: [N, H, W, channels] -> the same, H and W multiples of 4.
/// Block{in, out, rng, order, first, second}: the strides of its two convolutions, 1 unless given. Names: the network's, and of the members in its
/// files, see res_score_names.
template <class Conv, class Block, class BackBlock, class Names> struct encoder_decoder {
    Conv begin;
    std::vector<Block> encoder;
    std::vector<BackBlock> decoder;
    Conv end;
    static constexpr std::tuple members{field{Names::begin, &encoder_decoder::begin},
                                        field{Names::encoder, &encoder_decoder::encoder, Names::encoder_block},
                                        field{Names::decoder, &encoder_decoder::decoder}, field{Names::end, &encoder_decoder::end}};

    encoder_decoder() = default;
    encoder_decoder(std::size_t channels, std::size_t n, philox& rng, block_order order = block_order::post_activation)
        : encoder_decoder{channels, {n, 2 * n, 4 * n}, rng, order} {}
    /// The same with widths of one's own at the three sizes.
    encoder_decoder(std::size_t channels, const std::array<std::size_t, 3>& w, philox& rng, block_order order = block_order::post_activation)
        : begin{channels, w[0], rng},
          encoder{{w[0], w[0], rng, order}, {w[0], w[1], rng, order, 2}, {w[1], w[1], rng, order}, {w[1], w[2], rng, order, 2},
                  {w[2], w[2], rng, order}},
          decoder{{w[2], w[2], rng, order}, {w[2], w[1], rng, order, 1, 2}, {w[1], w[1], rng, order}, {w[1], w[0], rng, order, 1, 2},
                  {w[0], w[0], rng, order}},
          end{w[0], channels, rng} {}

    auto operator()(const Differentiable auto& x) const {
        const shape& s = shape_of(x);
        require(s.rank() == 4 && s[1] % 4 == 0 && s[2] % 4 == 0, Names::network, ": x is ", s,
                "; [N,H,W,C] with H and W multiples of 4 was expected");
        auto h = begin(x);
        for (const Block& down : encoder) h = down(h);
        for (const BackBlock& up : decoder) h = up(h);
        return end(h);
    }
};

}  // namespace ncsn
