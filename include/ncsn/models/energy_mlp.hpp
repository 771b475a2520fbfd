// SPDX-License-Identifier: Apache-2.0
/// \file  An energy of points in the plane that knows its level.
#pragma once

#include <ncsn/layers/dense.hpp>
#include <ncsn/layers/timestep_embedding.hpp>
#include <ncsn/models/score_model.hpp>

namespace ncsn {

/// E(x, t): dense layers with leaky ReLU between them, in -> hidden -> ... -> hidden -> 1, `depth` hidden layers; the embedding of the level's index
/// t is added after the first. For the two-dimensional examples of diffusion recovery likelihood, whose own network is not published:
/// 2-128-128-128-1. x: [N, in] -> [N, 1].
template <class P> struct energy_mlp {
    std::vector<dense<P>> layers;
    leaky_relu activation;
    static constexpr std::tuple members{field{"", &energy_mlp::layers}, field{"activation", &energy_mlp::activation}};

    energy_mlp() = default;
    energy_mlp(std::size_t in, std::size_t hidden, philox& rng, std::size_t depth = 3) requires Array<P> {
        require(depth > 0, "energy_mlp: no hidden layers; at least one is needed");
        for (std::size_t k = 0; k <= depth; ++k) layers.emplace_back(k == 0 ? in : hidden, k == depth ? 1 : hidden, rng);
    }

    template <Differentiable X> auto operator()(const X& x, const noise_levels& z) const {
        const std::vector<double> t(z.index.begin(), z.index.end());
        auto h = layers.front()(x) + timestep_embedding<array_under_t<P>>(t, shape_of(layers.front().bias).back());
        for (std::size_t k = 1; k < layers.size(); ++k) h = layers[k](activation(h));
        return h;
    }
};

}  // namespace ncsn
