// SPDX-License-Identifier: Apache-2.0
/// \file  Convolutional layers.
#pragma once

#include <ncsn/arrays/random.hpp>
#include <ncsn/autodiff/image_operations.hpp>
#include <ncsn/autodiff/module.hpp>

#include <cmath>

namespace ncsn {

struct with_bias {};
struct without_bias {};

/// Size of a convolution's kernel and how it moves. Padded, it keeps the extents when the stride is 1.
struct conv_settings {
    std::size_t kernel_size = 3, stride = 1, dilation = 1;
    bool padded = true;
    conv_window window() const { return {stride, padded ? dilation * (kernel_size / 2) : 0, dilation}; }
};

/// y = W * x + b.   x: [N, H, W, in] -> [N, H', W', out].   Uniform on ±1/√(in k²).
template <class P, class Bias = with_bias> struct conv_layer {
    P weight;  ///< [out, k, k, in]
    P bias;    ///< [out]
    conv_window window;
    static constexpr std::tuple members{field{"weight", &conv_layer::weight}, field{"bias", &conv_layer::bias}, field{"window", &conv_layer::window}};

    conv_layer() = default;
    conv_layer(std::size_t in, std::size_t out, philox& rng, conv_settings s = {}) requires Array<P>
        : weight{uniform<P>({out, s.kernel_size, s.kernel_size, in}, -bound(in, s), bound(in, s), rng)},
          bias{uniform<P>({out}, -bound(in, s), bound(in, s), rng)},
          window{s.window()} {}

    auto operator()(const Differentiable auto& x) const { return conv2d(x, weight, bias, window); }

    static double bound(std::size_t in, const conv_settings& s) { return 1 / std::sqrt(static_cast<double>(in * s.kernel_size * s.kernel_size)); }
};
/// The same without b.
template <class P> struct conv_layer<P, without_bias> {
    P weight;
    conv_window window;
    static constexpr std::tuple members{field{"weight", &conv_layer::weight}, field{"window", &conv_layer::window}};

    conv_layer() = default;
    conv_layer(std::size_t in, std::size_t out, philox& rng, conv_settings s = {}) requires Array<P>
        : weight{uniform<P>({out, s.kernel_size, s.kernel_size, in}, -conv_layer<P>::bound(in, s), conv_layer<P>::bound(in, s), rng)},
          window{s.window()} {}

    auto operator()(const Differentiable auto& x) const { return conv2d(x, weight, window); }
};

/// A convolution and the mean over 2x2 blocks: [N, H, W, in] -> [N, H/2, W/2, out]. With `adjust`, one row and one column of zeros come first
/// where the extents are odd (7 -> 8 -> 4).
template <class P> struct conv_mean_pool {
    conv_layer<P> conv;
    bool adjust = false;
    static constexpr std::tuple members{field{"conv", &conv_mean_pool::conv}, field{"adjust", &conv_mean_pool::adjust}};

    conv_mean_pool() = default;
    conv_mean_pool(std::size_t in, std::size_t out, philox& rng, conv_settings s = {}, bool a = false) requires Array<P>
        : conv{in, out, rng, s}, adjust{a} {}

    template <Differentiable X> auto operator()(const X& x) const {
        const shape& s = shape_of(x);
        require(s.rank() == 4, "conv_mean_pool: x is ", s, "; [N,H,W,C] was expected");
        const bool odd = adjust && s[1] % 2 == 1 && s[2] % 2 == 1;
        require(odd || (s[1] % 2 == 0 && s[2] % 2 == 0), "conv_mean_pool: x is ", s, "; even height and width were expected",
                adjust ? ", or both odd" : "");
        return average_pool(conv(odd ? X{padded(x, 1, 0)} : x), pool_window{2, 2, 0});
    }
};

}  // namespace ncsn
