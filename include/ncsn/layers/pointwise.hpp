// SPDX-License-Identifier: Apache-2.0
/// \file  A linear map of the channels at every position.
#pragma once

#include <ncsn/autodiff/image_operations.hpp>
#include <ncsn/layers/dense.hpp>

namespace ncsn {

/// y = x Wᵀ + b at each position: a 1x1 convolution, called network in network in the U-Nets.   x: [N, ..., in] -> [N, ..., out].
/// W ~ N(0, scale²/in) and b = 0; a small scale makes a residual branch start near zero.
template <class P> struct pointwise {
    P weights;  ///< [out, in]
    P bias;     ///< [out]
    static constexpr std::tuple members{field{"weights", &pointwise::weights}, field{"bias", &pointwise::bias}};

    pointwise() = default;
    pointwise(std::size_t in, std::size_t out, philox& rng, double scale = 1) requires Array<P>
        : weights{scale / std::sqrt(static_cast<double>(in)) * normal<P>({out, in}, rng)}, bias{shape{out}} {}

    auto operator()(const Differentiable auto& x) const {
        const shape s = shape_of(x), w = shape_of(weights);
        require(s.rank() >= 2 && s.back() == w[1], "pointwise: x is ", s, " but weights are ", w, "; [N,...,", w[1], "] was expected");
        const auto image = reshaped(x, s.rank() == 4 ? s : shape{s[0], s.row_size() / w[1], 1, w[1]});
        shape result = s;
        result[s.rank() - 1] = w[0];
        return reshaped(conv2d(image, reshaped(weights, {w[0], 1, 1, w[1]}), bias), result);
    }
};

}  // namespace ncsn
