// SPDX-License-Identifier: Apache-2.0
/// \file  Steps against the diffusion, from one noise level to the next: ancestral sampling and reverse diffusion.
#pragma once

#include <ncsn/arrays/random.hpp>
#include <ncsn/autodiff/arithmetic.hpp>
#include <ncsn/levels/diffusion.hpp>
#include <ncsn/samplers/sampler.hpp>

#include <cmath>

namespace ncsn {

/// The noise that a step against the diffusion adds: of the variance of x_{t-1} given x_t and x₀, or of the forward step. Ho et al. (2020), Section
/// 3.2.
enum class reverse_variance { posterior, forward };

/// x + (σᵢ² - σᵢ₊₁²) s(x, σᵢ) + b z,  b² = (σᵢ² - σᵢ₊₁²) σᵢ₊₁²/σᵢ² (posterior: ancestral sampling) or σᵢ² - σᵢ₊₁² (forward: the reverse diffusion
/// predictor). Song et al. (2021), Appendices E and F.   x: [N, ...], data plus noise σᵢ. The last level adds no noise: x is
/// then denoised. One score evaluation.
struct ancestral {
    reverse_variance variance = reverse_variance::posterior;

    template <Array A> A operator()(const ScoreModel<A> auto& score, const A& x, const noise_level& level, Generator auto& rng) const {
        const double drop = level.sigma * level.sigma - level.next * level.next;
        const A s = score(x, level);
        if (level.next == 0) return x + drop * s;
        return euler_maruyama(x, drop, s, std::sqrt(drop) * (variance == reverse_variance::posterior ? level.next / level.sigma : 1), rng);
    }
};
inline constexpr ancestral reverse_diffusion{reverse_variance::forward};

/// The same step in the coordinates of a variance-preserving diffusion, as DDPM writes it:  (x + βᵢ s(x, σᵢ))/√(1-βᵢ) + b z,
/// βᵢ = 1 - ā²(σᵢ)/ā²(σᵢ₊₁) = (σᵢ² - σᵢ₊₁²)/(1 + σᵢ²),  b² = βᵢ (1 - ā²(σᵢ₊₁))/(1 - ā²(σᵢ)) (posterior) or βᵢ (forward). Ho et al. (2020), Algorithm
/// 2. The score is the preserving one (as_process<variance_preserving> makes it from an NCSN); x starts as N(0, I) and ends as data.
struct ddpm_step {
    reverse_variance variance = reverse_variance::posterior;

    template <Array A> A operator()(const ScoreModel<A> auto& score, const A& x, const noise_level& level, Generator auto& rng) const {
        const double now = level.sigma * level.sigma, next = level.next * level.next, beta = (now - next) / (1 + now), kept = std::sqrt(1 - beta);
        const A s = score(x, level);
        if (level.next == 0) return (1 / kept) * x + (beta / kept) * s;
        const double share = variance == reverse_variance::posterior ? next / (1 + next) * (1 + now) / now : 1;
        return euler_maruyama(A{(1 / kept) * x}, beta / kept, s, std::sqrt(beta * share), rng);
    }
};

}  // namespace ncsn
