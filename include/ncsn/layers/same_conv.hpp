// SPDX-License-Identifier: Apache-2.0
/// \file  Convolutions as Keras has them: "same" padding, which a stride of 2 puts at the end only, and Glorot's initialisation.
#pragma once

#include <ncsn/layers/conv2d.hpp>

namespace ncsn {

/// Side of the kernel, stride, 1 or 2, and distance of two taps, 1 where the stride is 2.
struct same_conv_settings {
    std::size_t kernel_size = 3, stride = 1, dilation = 1;

    /// Glorot & Bengio (2010): weights uniform on ±√(6/((in + out) k²)).
    double bound(std::size_t in, std::size_t out) const { return std::sqrt(6.0 / static_cast<double>((in + out) * kernel_size * kernel_size)); }
    /// Rows that a window of stride 2 needs below an image of even height; for stride 1 the padding is the same on both sides.
    std::size_t end() const { return stride == 1 || kernel_size < 2 ? 0 : kernel_size - 2; }
    conv_window window() const { return {stride, stride == 1 ? dilation * (kernel_size / 2) : 0, dilation}; }
    void check(const char* layer, const shape& x) const {
        require(stride == 1 || (x[1] % stride == 0 && x[2] % stride == 0), layer, ": x is ", x, "; with stride ", stride,
                " an even height and width were expected");
        require(stride == 1 || dilation == 1, layer, ": stride ", stride, " and dilation ", dilation, "; one of them was expected to be 1");
    }
};

/// y = W * x + b; output i looks at rows stride·i + 0, 1, 2 for stride 2.   x: [N, H, W, in] -> [N, H/stride, W/stride, out].   b = 0.
template <class P> struct same_conv_layer {
    P weight;  ///< [out, k, k, in]
    P bias;    ///< [out]
    same_conv_settings settings;
    static constexpr std::tuple members{field{"weight", &same_conv_layer::weight}, field{"bias", &same_conv_layer::bias},
                                        field{"settings", &same_conv_layer::settings}};

    same_conv_layer() = default;
    same_conv_layer(std::size_t in, std::size_t out, philox& rng, same_conv_settings s = {}) requires Array<P>
        : weight{uniform<P>({out, s.kernel_size, s.kernel_size, in}, -s.bound(in, out), s.bound(in, out), rng)}, bias{shape{out}}, settings{s} {}

    template <Differentiable X> auto operator()(const X& x) const {
        settings.check("same_conv_layer", shape_of(x));
        const std::size_t end = settings.end();
        return conv2d(end > 0 ? X{padded(x, 0, end)} : x, weight, bias, settings.window());
    }
};

/// y = Wᵀ * x + b, the transpose of same_conv_layer's map: row i reaches rows stride·i + 0, 1, 2 for stride 2, and what lies beyond the end is cut.
/// x: [N, H, W, in] -> [N, stride H, stride W, out].   b = 0.
template <class P> struct same_conv_transpose_layer {
    P weight;  ///< [in, k, k, out]
    P bias;    ///< [out]
    same_conv_settings settings;
    static constexpr std::tuple members{field{"weight", &same_conv_transpose_layer::weight}, field{"bias", &same_conv_transpose_layer::bias},
                                        field{"settings", &same_conv_transpose_layer::settings}};

    same_conv_transpose_layer() = default;
    same_conv_transpose_layer(std::size_t in, std::size_t out, philox& rng, same_conv_settings s = {}) requires Array<P>
        : weight{uniform<P>({in, s.kernel_size, s.kernel_size, out}, -s.bound(in, out), s.bound(in, out), rng)}, bias{shape{out}}, settings{s} {}

    auto operator()(const Differentiable auto& x) const {
        const std::size_t end = settings.end(), open = settings.stride > settings.kernel_size ? settings.stride - settings.kernel_size : 0;
        const auto y = conv_transpose2d(x, weight, settings.window(), open);
        return (end > 0 ? std::remove_cv_t<decltype(y)>{cropped(y, 0, end)} : y) + bias;
    }
};

}  // namespace ncsn
