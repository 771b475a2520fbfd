// SPDX-License-Identifier: Apache-2.0
/// \file  A linear map of the channels at every position.
#pragma once

#include <ncsn/layers/dense.hpp>

namespace ncsn {

/// y = x Wᵀ + b at each position: a 1x1 convolution, called network in network in the U-Nets.   x: [N, H, W, in] -> [N, H, W, out].
/// W ~ N(0, scale²/in) and b = 0; a small scale makes a residual branch start near zero.
template <class P> struct pointwise {
    P weights;  ///< [out, in]
    P bias;     ///< [out]
    static constexpr std::tuple members{field{"weights", &pointwise::weights}, field{"bias", &pointwise::bias}};

    pointwise() = default;
    pointwise(std::size_t in, std::size_t out, philox& rng, double scale = 1) requires Array<P>
        : weights{scale / std::sqrt(static_cast<double>(in)) * normal<P>({out, in}, rng)}, bias{shape{out}} {}

    auto operator()(const Differentiable auto& x) const { return matmul(x, weights) + bias; }
};

}  // namespace ncsn
