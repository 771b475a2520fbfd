// SPDX-License-Identifier: Apache-2.0
/// \file  Group normalisation as a layer.
#pragma once

#include <ncsn/autodiff/module.hpp>
#include <ncsn/autodiff/normalization.hpp>

namespace ncsn {

struct group_norm_settings {
    std::size_t groups = 32;
    double epsilon = 1e-6;  ///< 1e-6 in the U-Nets, 1e-5 in ResScore
};

/// y = f(γ (x - μ)/√(var + ε) + β) over groups of neighbouring channels (Wu & He 2018), f an activation given in the call.   x: [N, H, W, C].
/// γ = 1, β = 0.
template <class P> struct group_norm_layer {
    P weight;  ///< γ, [C]
    P bias;    ///< β, [C]
    std::size_t groups = 32;
    double epsilon = 1e-6;
    static constexpr std::tuple members{field{"weight", &group_norm_layer::weight}, field{"bias", &group_norm_layer::bias},
                                        field{"groups", &group_norm_layer::groups}, field{"epsilon", &group_norm_layer::epsilon}};

    group_norm_layer() = default;
    explicit group_norm_layer(std::size_t channels, group_norm_settings s = {}) requires Array<P>
        : weight({channels}, 1), bias{shape{channels}}, groups{s.groups}, epsilon{s.epsilon} {}

    template <class Activation = identity> auto operator()(const Differentiable auto& x, const Activation& activation = {}) const {
        return group_norm(x, weight, bias, groups, epsilon, activation);
    }
};

}  // namespace ncsn
