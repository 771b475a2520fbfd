// SPDX-License-Identifier: Apache-2.0
/// \file  The multilayer perceptron of the toy experiments.
#pragma once

#include <ncsn/layers/dense.hpp>
#include <ncsn/models/score_model.hpp>

namespace ncsn {

/// Dense layers with an activation between them: in -> hidden -> ... -> hidden -> out, `depth` hidden layers. The NCSN paper's Figure 2 uses
/// 2-128-128-2 with softplus (17,154 parameters). The names of the layers count the activations, as the paper's checkpoints do: 0.weight, 2.weight.
template <class P, class Activation = elementwise_function<softplus_op>> struct mlp {
    std::vector<dense<P>> layers;
    Activation activation;
    static constexpr std::tuple members{field{"", &mlp::layers, [](std::size_t i) { return std::to_string(2 * i); }},
                                        field{"activation", &mlp::activation}};

    mlp() = default;
    mlp(std::size_t in, std::size_t hidden, std::size_t out, philox& rng, std::size_t depth = 2, Activation a = {}) requires Array<P>
        : activation{a} {
        for (std::size_t k = 0; k <= depth; ++k) layers.emplace_back(k == 0 ? in : hidden, k == depth ? out : hidden, rng);
    }

    template <Differentiable X> auto operator()(const X& x) const {
        auto h = layers.front()(x);
        for (std::size_t k = 1; k < layers.size(); ++k) h = layers[k](activation(h));
        return h;
    }
};

}  // namespace ncsn
