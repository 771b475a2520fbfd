// SPDX-License-Identifier: Apache-2.0
/// \file  The ordinary differential equation that carries noise to data.
#pragma once

#include <ncsn/arrays/random.hpp>
#include <ncsn/autodiff/arithmetic.hpp>
#include <ncsn/samplers/runge_kutta.hpp>
#include <ncsn/samplers/sampler.hpp>

#include <cmath>
#include <limits>

namespace ncsn {

/// One step of the probability flow  dx/dσ = -σ s(x, σ)  from σᵢ to σᵢ₊₁, without randomness; after the last level x + σ_L² s, a step of Euler's to σ
/// = 0. Song et al. (2021), Section 4.3, with time measured by σ (Karras et al. 2022).   x: [N, ...], data plus noise σᵢ. Two scores (heun_rule) or
/// four.
template <class Rule = heun_rule> struct probability_flow {
    Rule rule{};

    template <Array A> A operator()(const ScoreModel<A> auto& score, const A& x, const noise_level& level, Generator auto&) const {
        if (level.next == 0) return x + level.sigma * level.sigma * score(x, level);
        return rule(slope(score), x, level, level_after(level));
    }
    /// (x, level) -> -σ s(x, σ).
    static auto slope(const auto& score) {
        return [&score](const auto& x, const noise_level& at) { return -at.sigma * score(x, at); };
    }
};
probability_flow() -> probability_flow<heun_rule>;
template <class Rule> probability_flow(Rule) -> probability_flow<Rule>;

/// The stochastic sampler of Karras et al. (2022), Algorithm 2: noise is added up to σ̂ = (1 + γ) σᵢ where lowest <= σᵢ <= highest, then one step of
/// Heun's rule goes from σ̂ to σᵢ₊₁. γ = S_churn/N there, at most √2 - 1. With γ = 0 it is their Algorithm 1, probability_flow<heun_rule>.
/// The score is asked at σ̂, between levels, with the index of level i: above γ = 0 for scores that look at σ.
struct edm {
    double gamma = 0, lowest = 0, highest = std::numeric_limits<double>::infinity();
    double noise = 1;  ///< S_noise: the deviation of the fresh noise

    template <Array A> A operator()(const ScoreModel<A> auto& score, const A& x, const noise_level& level, Generator auto& rng) const {
        require(gamma >= 0 && gamma <= std::sqrt(2.0) - 1 + 1e-12, "edm: gamma = ", gamma, "; 0 to sqrt(2) - 1 was expected");
        if (gamma == 0 || level.sigma < lowest || level.sigma > highest) return probability_flow<heun_rule>{}(score, x, level, rng);
        const noise_level raised{level.index, (1 + gamma) * level.sigma, level.next, level.last};
        const double added = std::sqrt(raised.sigma * raised.sigma - level.sigma * level.sigma);
        return probability_flow<heun_rule>{}(score, euler_maruyama(x, 0.0, x, noise * added, rng), raised, rng);
    }
};

}  // namespace ncsn
