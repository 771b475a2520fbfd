// SPDX-License-Identifier: Apache-2.0
/// \file  Self-attention over the positions of an image.
#pragma once

#include <ncsn/layers/group_norm.hpp>
#include <ncsn/layers/pointwise.hpp>

namespace ncsn {

/// y = x + O softmax(q kᵀ/√C) v,  q, k, v linear maps of the normalised x at each of the H·W positions, softmax over the positions of k. One head,
/// as in the U-Nets of diffusion models (Ho, Jain & Abbeel 2020).   x: [N, H, W, C]; memory grows with (H·W)².
template <class P> struct attention_block {
    pointwise<P> Q, K, V, OUT;
    group_norm_layer<P> normalize;
    static constexpr std::tuple members{field{"Q", &attention_block::Q}, field{"K", &attention_block::K}, field{"V", &attention_block::V},
                                        field{"OUT", &attention_block::OUT}, field{"normalize", &attention_block::normalize}};

    attention_block() = default;
    attention_block(std::size_t channels, philox& rng, group_norm_settings s = {}) requires Array<P>
        : Q{channels, channels, rng}, K{channels, channels, rng}, V{channels, channels, rng}, OUT{channels, channels, rng, 1e-5},
          normalize{channels, s} {}

    template <Differentiable X> auto operator()(const X& x) const {
        const shape s = shape_of(x);
        const std::size_t n = s[0], channels = s.back(), positions = s.size() / (n * channels);
        const auto h = normalize(reshaped(x, {n, positions, 1, channels}));
        const auto each = [&](const pointwise<P>& map) { return reshaped(map(h), {n, positions, channels}); };
        const auto agreement = reshaped(batched_matmul(each(Q), each(K)), {n * positions, positions});
        const auto weights = reshaped(softmax(agreement, 1 / std::sqrt(static_cast<double>(channels))), {n, positions, positions});
        const auto seen = batched_weighted_sum(weights, each(V));
        return x + reshaped(OUT(seen), s);
    }
};

}  // namespace ncsn
