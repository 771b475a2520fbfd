// SPDX-License-Identifier: Apache-2.0
/// \file  The transposed convolution as a layer.
#pragma once

#include <ncsn/layers/conv2d.hpp>

namespace ncsn {

/// y = Wᵀ * x + b: what a convolution with the same window would send backwards. Stride 1 keeps the size; stride 2 with a kernel of 3 doubles it,
/// `extra` row and column included.   x: [N, H, W, in] -> [N, H', W', out].   Uniform on ±1/√(out k²), PyTorch's initialisation.
template <class P> struct conv_transpose_layer {
    P weight;  ///< [in, k, k, out]
    P bias;    ///< [out]
    conv_window window;
    std::size_t extra = 0;  ///< rows and columns at the end that the stride leaves open
    static constexpr std::tuple members{field{"weight", &conv_transpose_layer::weight}, field{"bias", &conv_transpose_layer::bias},
                                        field{"window", &conv_transpose_layer::window}, field{"extra", &conv_transpose_layer::extra}};

    conv_transpose_layer() = default;
    conv_transpose_layer(std::size_t in, std::size_t out, philox& rng, conv_settings s = {}) requires Array<P>
        : weight{uniform<P>({in, s.kernel_size, s.kernel_size, out}, -conv_layer<P>::bound(out, s), conv_layer<P>::bound(out, s), rng)},
          bias{uniform<P>({out}, -conv_layer<P>::bound(out, s), conv_layer<P>::bound(out, s), rng)}, window{s.window()}, extra{s.stride - 1} {}

    auto operator()(const Differentiable auto& x) const { return conv_transpose2d(x, weight, window, extra) + bias; }
};

}  // namespace ncsn
