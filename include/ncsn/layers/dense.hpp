// SPDX-License-Identifier: Apache-2.0
/// \file  A fully connected layer.
#pragma once

#include <ncsn/arrays/random.hpp>
#include <ncsn/autodiff/module.hpp>
#include <ncsn/autodiff/structure.hpp>

#include <cmath>

namespace ncsn {

/// y = x Wᵀ + b.   x: [N, in] -> [N, out].   W and b uniform on ±1/√in, PyTorch's initialisation.
template <class P> struct dense {
    P weight;  ///< [out, in]
    P bias;    ///< [out]
    static constexpr std::tuple members{field{"weight", &dense::weight}, field{"bias", &dense::bias}};

    dense() = default;
    dense(std::size_t in, std::size_t out, philox& rng) requires Array<P>
        : weight{uniform<P>({out, in}, -bound(in), bound(in), rng)}, bias{uniform<P>({out}, -bound(in), bound(in), rng)} {}

    auto operator()(const Differentiable auto& x) const { return matmul(x, weight) + bias; }

    static double bound(std::size_t fan_in) { return 1 / std::sqrt(static_cast<double>(fan_in)); }
};

}  // namespace ncsn
