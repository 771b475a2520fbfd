// SPDX-License-Identifier: Apache-2.0
/// \file  Consistent annealed sampling.
#pragma once

#include <ncsn/arrays/random.hpp>
#include <ncsn/samplers/sampler.hpp>
#include <ncsn/samplers/step_size.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ncsn {

/// The step sizes ε that consistent sampling may take with a schedule: σ_L² (1 - γ) <= ε <= σ_L² (1 + γ), γ the smallest σᵢ₊₁/σᵢ; as full_step.
struct admissible_steps {
    noise_level tightest;  ///< where that is

    explicit admissible_steps(std::span<const noise_level> levels) {
        double gamma = std::numeric_limits<double>::infinity();
        for (const noise_level& level : levels)
            if (level.next > 0 && level.next / level.sigma < gamma * (1 - 1e-12)) gamma = level.next / level.sigma, tightest = level;
        require(tightest.next > 0, "admissible_steps: ", levels.size(), " levels; at least two were expected, as the last admits any step");
    }
    double gamma() const { return tightest.next / tightest.sigma; }
    double least() const { return tightest.last * tightest.last * (1 - gamma()); }
    double most() const { return tightest.last * tightest.last * (1 + gamma()); }
    std::string text() const { return joined("[", least(), ", ", most(), "]"); }
    std::string reason() const {
        return joined(", sigma_L^2 (1 -+ gamma) with the smallest gamma = ", gamma(), ", that of the step from sigma ", tightest.sigma, " to ",
                       tightest.next, " (level ", tightest.index, ")");
    }
};

/// One step of consistent annealed sampling (Jolicoeur-Martineau et al. 2020, Algorithm 2, for any schedule):
///     x + η σᵢ² s(x, σᵢ) + β σᵢ₊₁ z,   η = ε/σ_L²,   β = √(1 - ((1 - η)/γ)²),   γ = σᵢ₊₁/σᵢ,
/// which keeps the noise in x at exactly the scheduled standard deviation. The last level adds no noise. One score evaluation.
struct consistent {
    step_size epsilon;

    template <Array A> A operator()(const ScoreModel<A> auto& score, const A& x, const noise_level& level, Generator auto& rng) const {
        check_level(*this, score, level);
        const double drift = eta(level) * level.sigma * level.sigma;
        const A s = score(x, level);
        if (level.next == 0) return x + drift * s;
        return euler_maruyama(x, drift, s, beta(level) * level.next, rng);
    }
    double eta(const noise_level& level) const { return epsilon.full / (level.last * level.last); }
    /// The share of the next level's noise that is drawn afresh.
    double beta(const noise_level& level) const {
        const double gamma = level.next / level.sigma, kept = (1 - eta(level)) / gamma;
        return std::sqrt(std::max(0.0, 1 - kept * kept));
    }

    /// σᵢ₊₁² must be at least the noise that the drift leaves: |1 - η| <= γ, at every level; the smallest γ decides.
    void check(const auto&, std::span<const noise_level> levels) const {
        if (levels.empty() || levels.front().next == 0) return;
        const admissible_steps steps{levels};
        if (std::abs(1 - eta(steps.tightest)) <= steps.gamma() * (1 + 1e-12)) return;
        fail("consistent: epsilon = ", epsilon.full, " (full_step) is outside the admissible interval ", steps.text(), " of ",
             levels.size() == 1 ? "this level" : "the schedule", steps.reason(), "; use a step inside it or a schedule with more levels");
    }
    std::string advice(const noise_level&) const { return "consistent sampling moves within the admissible interval: the score itself grows"; }
};

}  // namespace ncsn
