// SPDX-License-Identifier: Apache-2.0
/// \file  Initial weights by rules other than those of the layers.
#pragma once

#include <ncsn/arrays/random.hpp>
#include <ncsn/autodiff/module.hpp>

#include <cmath>

namespace ncsn {

/// Weights [out, k, k, in] or [out, in], in either direction, uniform on ±gain √(6/((in + out) k²)) (Glorot & Bengio 2010).
template <Array P> P glorot_uniform(const shape& s, philox& rng, double gain = 1) {
    require(s.rank() == 2 || s.rank() == 4, "glorot_uniform: weights ", s, "; [out,in] or [out,k,k,in] was expected");
    const std::size_t taps = s.rank() == 4 ? s[1] * s[2] : 1;
    const double bound = gain * std::sqrt(6 / static_cast<double>((s[0] + s.back()) * taps));
    return uniform<P>(s, -bound, bound, rng);
}

/// Uniform numbers in place of the weights of one layer, by glorot_uniform; its bias, where it has one, 0.
template <class Layer> void initialise_glorot(Layer& layer, philox& rng, double gain = 1) {
    const auto draw = [&](auto& weight) { weight = glorot_uniform<std::remove_cvref_t<decltype(weight)>>(weight.shape(), rng, gain); };
    if constexpr (requires { layer.weights; }) draw(layer.weights);
    else draw(layer.weight);
    if constexpr (requires { layer.bias; }) layer.bias = zeros_like(layer.bias);
}

/// Layers that map channels: convolutions of any kind, fully connected and pointwise ones. Not norms, whose weights are one a channel, and no tables
/// of levels.
template <class Layer>
concept MapsChannels = requires(Layer l) { l.weights.shape(); } || (requires(Layer l) { l.weight.shape(); } &&
                                                                   (requires(Layer l) { l.bias; } || requires(Layer l) { l.window; }));

/// Keras' initialisation of a whole network: every weight of a layer that maps channels by glorot_uniform, its bias 0. Norms and tables of levels
/// stay as they are.
template <class Node> void initialise_as_keras(Node& node, philox& rng) {
    if constexpr (MapsChannels<Node>) {
        if constexpr (requires { node.weight; })
            if (node.weight.shape().rank() == 1) return;                            // a norm
        initialise_glorot(node, rng);
    } else if constexpr (Module<Node>) {
        const auto visit = [&](auto& child) {
            if constexpr (is_vector<std::remove_cvref_t<decltype(child)>>)
                for (auto& element : child) initialise_as_keras(element, rng);
            else initialise_as_keras(child, rng);
        };
        std::apply([&](const auto&... entries) { (visit(node.*(entries.member)), ...); }, Node::members);
    }
}

}  // namespace ncsn
