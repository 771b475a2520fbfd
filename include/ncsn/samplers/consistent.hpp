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
        double gamma = std::numeric_limits<double>::infinity();
        const noise_level* tightest = nullptr;
        for (const noise_level& level : levels)
            if (level.next > 0 && level.next / level.sigma < gamma * (1 - 1e-12)) gamma = level.next / level.sigma, tightest = &level;
        if (tightest == nullptr || std::abs(1 - eta(*tightest)) <= gamma * (1 + 1e-12)) return;
        const double variance = tightest->last * tightest->last;
        fail("consistent: epsilon = ", epsilon.full, " (full_step) is outside the admissible interval [", variance * (1 - gamma), ", ",
             variance * (1 + gamma), "] of ", levels.size() == 1 ? "this level" : "the schedule", ", sigma_L^2 (1 -+ gamma) with the smallest "
             "gamma = ", gamma, ", that of the step from sigma ", tightest->sigma, " to ", tightest->next, " (level ", tightest->index,
             "); use a step inside it or a schedule with more levels");
    }
    std::string advice(const noise_level&) const { return "consistent sampling moves within the admissible interval: the score itself grows"; }
};

}  // namespace ncsn
