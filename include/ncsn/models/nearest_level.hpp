// SPDX-License-Identifier: Apache-2.0
/// \file  A network that knows the levels of one schedule, asked between them.
#pragma once

#include <ncsn/autodiff/arithmetic.hpp>
#include <ncsn/levels/columns.hpp>
#include <ncsn/models/score_model.hpp>

#include <algorithm>
#include <vector>

namespace ncsn {

/// The score at any σ up to σ₁ of a network that is conditioned on the index of a level. Between its levels it is asked at the next larger one, σₖ,
/// and the denoised image is kept: H = x + σₖ² s(x, σₖ), so s(x, σ) = (H - x)/σ² = s(x, σₖ) σₖ²/σ² (docs/decisions/nearest-level.md). At its own
/// levels this is the network. A σ above the first level belongs to another schedule and is an error.   x: [N, ...].
template <class M> struct nearest_level {
    M network;
    std::vector<double> sigmas;  ///< the levels it was trained with, from the largest to the smallest
    static constexpr std::tuple members{field{"", &nearest_level::network}, field{"sigmas", &nearest_level::sigmas}};

    /// It serves schedules of any number of levels.
    static constexpr std::size_t levels() { return 0; }
    /// The level at which the network is asked for σ.
    std::size_t level_of(double sigma) const {
        require(!sigmas.empty() && sigma > 0 && sigma <= sigmas.front() * (1 + close), "nearest_level: asked at sigma = ", sigma, "; the network "
                "was trained "
                "with ", sigmas.size(), " levels from ", sigmas.empty() ? 0 : sigmas.front(), " to ", sigmas.empty() ? 0 : sigmas.back(),
                " and knows none above the first: take its own schedule, or one between the same ends");
        std::size_t k = 0;
        while (k + 1 < sigmas.size() && sigmas[k + 1] >= sigma * (1 - close)) ++k;
        return k;
    }
    template <Differentiable X> auto operator()(const X& x, const noise_levels& z) const {
        noise_levels known;
        bool between = false;
        for (const double sigma : z.sigma) {
            const std::size_t k = level_of(sigma);
            known.index.push_back(k);
            known.sigma.push_back(sigmas[k]);
            between = between || sigmas[k] > sigma * (1 + close);
        }
        auto s = network(x, known);
        if (!between) return s;
        std::vector<double> factors;
        for (std::size_t i = 0; i < z.sigma.size(); ++i) {
            const double ratio = known.sigma[i] > z.sigma[i] * (1 + close) ? known.sigma[i] / z.sigma[i] : 1;
            factors.push_back(ratio * ratio);
        }
        return decltype(s)(column(noise_levels{known.index, std::move(factors)}, x) * s);
    }

private:
    static constexpr double close = 1e-9;
};
template <class M> nearest_level(M, std::vector<double>) -> nearest_level<M>;

}  // namespace ncsn
