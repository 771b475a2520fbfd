// SPDX-License-Identifier: Apache-2.0
/// \file  Langevin dynamics at one noise level.
#pragma once

#include <ncsn/arrays/random.hpp>
#include <ncsn/samplers/sampler.hpp>
#include <ncsn/samplers/step_size.hpp>

#include <cmath>
#include <limits>

namespace ncsn {

/// Whether a step adds its noise after the drift, as the papers write it, or before (`noise_first` in the code of adversarial score matching).
enum class noise_order { after, before };

/// One step of Langevin dynamics:  x + a s(x, σᵢ) + √(2a) z,  a = ε (σᵢ/σ_L)².
/// Song & Ermon (2019), Algorithm 1; the paper writes ε as a half_step(), its image code as a full_step().
/// x: [N, ...] in data units. One score evaluation and one pass over x.
struct langevin {
    step_size epsilon;
    noise_order order = noise_order::after;

    template <Array A> A operator()(const ScoreModel<A> auto& score, const A& x, const noise_level& level, Generator auto& rng) const {
        check_level(*this, score, level);
        const double a = step(level);
        if (order == noise_order::after) return euler_maruyama(x, a, score(x, level), std::sqrt(2 * a), rng);
        const A noisy = euler_maruyama(x, 0.0, x, std::sqrt(2 * a), rng);
        return noisy + a * score(noisy, level);
    }
    /// a = ε (σᵢ/σ_L)².
    double step(const noise_level& level) const { return epsilon.full * level.sigma * level.sigma / (level.last * level.last); }

    /// A component of variance c contracts by 1 - a/c a step; beyond a = 2c it grows without bound. A step that serves all levels has
    /// ε < 2 min cᵢ (σ_L/σᵢ)².
    template <KnowsVariance S> void check(const S& score, std::span<const noise_level> levels) const {
        double largest = std::numeric_limits<double>::infinity();
        const noise_level* tightest = nullptr;
        for (const noise_level& level : levels) {
            const double bound = 2 * score.variance(level.sigma) * epsilon.full / step(level);
            if (!(bound >= largest * (1 - 1e-12))) largest = bound, tightest = &level;
        }
        if (tightest == nullptr || epsilon.full < largest) return;
        fail("langevin: at level ", tightest->index, " (sigma ", tightest->sigma, ") the step a = ", step(*tightest),
             " is outside the stable interval (0, ", 2 * score.variance(tightest->sigma), "), where c = ", score.variance(tightest->sigma),
             " is the variance of the target; the chain would diverge. Use epsilon below ", largest, " (full_step) or ", 2 * largest,
             " (half_step), which serves ", levels.size() == 1 ? "this level" : "every level of the schedule");
    }
    std::string advice(const noise_level& level) const {
        return joined("the step is too large for this score. Langevin dynamics with epsilon (full_step) below 2 sigma_L^2 = ",
                      2 * level.last * level.last, " is always stable: a component of variance c needs a < 2c, and c is at least sigma^2");
    }
};

}  // namespace ncsn
