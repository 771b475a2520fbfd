// SPDX-License-Identifier: Apache-2.0
/// \file  Self-attention as discriminators have it: spectrally normalised maps without biases, keys and values pooled.
#pragma once

#include <ncsn/layers/initialisation.hpp>
#include <ncsn/layers/spectral_norm.hpp>

namespace ncsn {

/// y = W/σ(W) x at each position, W: [out, 1, 1, in], Glorot's initialisation; otherwise as spectral_conv.
template <class P> struct spectral_map {
    P weight;
    buffer<array_under_t<P>> u0, sv0;
    static constexpr std::tuple members{field{"weight", &spectral_map::weight}, field{"u0", &spectral_map::u0}, field{"sv0", &spectral_map::sv0}};

    spectral_map() = default;
    spectral_map(std::size_t in, std::size_t out, philox& rng) requires Array<P>
        : weight{glorot_uniform<P>({out, 1, 1, in}, rng)}, u0{normal<P>({1, out}, rng)}, sv0{P({1}, 1)} {}

    auto operator()(const Differentiable auto& x) const { return conv2d(x, spectrally_normalized(weight, u0.value)); }
    void advance() {
        const power_step<array_under_t<P>, array_under_t<P>> step{u0.value, plain(weight)};
        u0.value = step.u;
        sv0.value = step.sigma;
    }
};

/// y = x + γ o(softmax(θ(x) pool(φ(x))ᵀ) pool(g(x))): θ, φ to C/8 channels, g to C/2, o back to C; pool takes the largest of 2x2; softmax over the
/// pooled positions, without a scale (Zhang et al. 2018, as BigGAN's code has it). γ = 0.   x: [N, H, W, C], C a multiple of 8.
template <class P> struct spectral_attention {
    spectral_map<P> theta, phi, g, o;
    P gamma;  ///< []
    static constexpr std::tuple members{field{"theta", &spectral_attention::theta}, field{"phi", &spectral_attention::phi},
                                        field{"g", &spectral_attention::g}, field{"o", &spectral_attention::o},
                                        field{"gamma", &spectral_attention::gamma}};

    spectral_attention() = default;
    spectral_attention(std::size_t channels, philox& rng) requires Array<P>
        : theta{channels, channels / 8, rng}, phi{channels, channels / 8, rng}, g{channels, channels / 2, rng}, o{channels / 2, channels, rng},
          gamma{shape{}} {
        require(channels % 8 == 0, "spectral_attention: ", channels, " channels; a multiple of 8 was expected");
    }
    auto operator()(const Differentiable auto& x) const {
        const shape s = shape_of(x);
        require(s.rank() == 4 && s[1] > 1 && s[2] > 1, "spectral_attention: x is ", s, "; [N,H,W,C] of 2 x 2 positions at least was expected");
        const std::size_t n = s[0], positions = s[1] * s[2], pooled = (s[1] / 2) * (s[2] / 2), channels = s[3];
        const auto keys = reshaped(max_pool(phi(x), pool_window{}), {n, pooled, channels / 8});
        const auto values = reshaped(max_pool(g(x), pool_window{}), {n, pooled, channels / 2});
        const auto agreement = batched_matmul(reshaped(theta(x), {n, positions, channels / 8}), keys);
        const auto weights = reshaped(softmax(reshaped(agreement, {n * positions, pooled}), 1), {n, positions, pooled});
        const auto seen = batched_weighted_sum(weights, values);
        return gamma * o(reshaped(seen, {n, s[1], s[2], channels / 2})) + x;
    }
};

}  // namespace ncsn
