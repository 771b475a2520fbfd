// SPDX-License-Identifier: Apache-2.0
/// \file  Batch normalisation as layers: by the batch's own statistics, and with statistics that never left their initial values.
#pragma once

#include <ncsn/autodiff/module.hpp>
#include <ncsn/autodiff/normalization.hpp>

namespace ncsn {

/// y = γ (x - μ)/√(var + ε) + β with mean and variance of every channel over the batch (Ioffe & Szegedy 2015). There are no running statistics: it
/// trains, and what it gives for a sample depends on the others.   x: [N, H, W, C].   γ = 1, β = 0; Keras's ε.
template <class P> struct batch_norm_layer {
    P weight;  ///< γ, [C]
    P bias;    ///< β, [C]
    static constexpr std::tuple members{field{"weight", &batch_norm_layer::weight}, field{"bias", &batch_norm_layer::bias}};

    batch_norm_layer() = default;
    explicit batch_norm_layer(std::size_t channels) requires Array<P> : weight({channels}, 1), bias{shape{channels}} {}

    auto operator()(const Differentiable auto& x) const { return batch_norm(x, weight, bias, epsilon); }

    static constexpr double epsilon = 1e-3;
};

/// y = γ x/√(1 + ε) + β: what batch normalisation is while its running statistics keep their initial values, mean 0 and variance 1, as in a Keras
/// model that is never called with training = True. No normalisation at all.   x: [N, H, W, C].
template <class P> struct frozen_batch_norm_layer {
    P weight;  ///< γ, [C]
    P bias;    ///< β, [C]
    static constexpr std::tuple members{field{"weight", &frozen_batch_norm_layer::weight}, field{"bias", &frozen_batch_norm_layer::bias}};

    frozen_batch_norm_layer() = default;
    explicit frozen_batch_norm_layer(std::size_t channels) requires Array<P> : weight({channels}, 1), bias{shape{channels}} {}

    auto operator()(const Differentiable auto& x) const { return x * (weight / std::sqrt(1 + batch_norm_layer<P>::epsilon)) + bias; }
};

}  // namespace ncsn
