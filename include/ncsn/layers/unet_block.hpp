// SPDX-License-Identifier: Apache-2.0
/// \file  The residual block and the upsampling of a U-Net.
#pragma once

#include <ncsn/layers/conv2d.hpp>
#include <ncsn/layers/group_norm.hpp>
#include <ncsn/layers/pointwise.hpp>

namespace ncsn {

/// y = conv₁(A(N₁(conv₀(A(N₀(x))) + told(e)))) + shortcut(x),  A = swish, N a group normalisation; the shortcut is the identity or, when the number
/// of channels changes, a linear map of them. told is a linear map of what the block is told of the time, e: [N or 1, width], one number a channel; a
/// block that is told nothing has none.   x: [N, H, W, in] -> [N, H, W, out].
template <class P> struct unet_residual {
    group_norm_layer<P> normalize0, normalize1;
    conv_layer<P> conv0, conv1;
    std::vector<dense<P>> told;          ///< none or one
    std::vector<pointwise<P>> shortcut;  ///< none or one
    static constexpr std::tuple members{field{"normalize0", &unet_residual::normalize0}, field{"conv0", &unet_residual::conv0},
                                        field{"", &unet_residual::told, [](std::size_t) { return std::string{"dense"}; }},
                                        field{"normalize1", &unet_residual::normalize1}, field{"conv1", &unet_residual::conv1},
                                        field{"", &unet_residual::shortcut, [](std::size_t) { return std::string{"nin"}; }}};

    unet_residual() = default;
    /// width: of what it is told, or 0.
    unet_residual(std::size_t in, std::size_t out, philox& rng, group_norm_settings s = {}, std::size_t width = 0) requires Array<P>
        : normalize0{in, s}, normalize1{out, s}, conv0{in, out, rng}, conv1{out, out, rng} {
        if (in != out) shortcut.emplace_back(in, out, rng);
        if (width > 0) told.emplace_back(width, out, rng);
    }
    auto operator()(const Differentiable auto& x) const { return ended(x, conv0(normalize0(x, swish))); }
    auto operator()(const Differentiable auto& x, const Differentiable auto& e) const {
        require(!told.empty(), "unet_residual: told something, but has no map for it; give its width when it is made");
        const auto map = told.front()(e);
        return ended(x, conv0(normalize0(x, swish)) + reshaped(map, {shape_of(map)[0], 1, 1, shape_of(map)[1]}));
    }

private:
    auto ended(const Differentiable auto& x, const Differentiable auto& inner) const {
        const auto h = conv1(normalize1(inner, swish));
        return shortcut.empty() ? h + x : h + shortcut.front()(x);
    }
};

/// Every pixel repeated 2x2 times, then a 3x3 convolution.   x: [N, H, W, C] -> [N, 2H, 2W, C].
template <class P> struct unet_upsample {
    conv_layer<P> conv;
    static constexpr std::tuple members{field{"conv", &unet_upsample::conv}};

    unet_upsample() = default;
    unet_upsample(std::size_t channels, philox& rng) requires Array<P> : conv{channels, channels, rng} {}
    auto operator()(const Differentiable auto& x) const { return conv(resize_nearest(x, 2)); }
};

}  // namespace ncsn
