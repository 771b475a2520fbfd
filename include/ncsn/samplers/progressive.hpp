// SPDX-License-Identifier: Apache-2.0
/// \file  Progressive sampling from the energies of diffusion recovery likelihood.
#pragma once

#include <ncsn/arrays/random.hpp>
#include <ncsn/models/recovery_conditional.hpp>
#include <ncsn/samplers/annealed.hpp>

#include <cmath>
#include <vector>

namespace ncsn {

/// y + δ²/2 ∇ ln p(y | x̃) + δ z, δ² the step of y's level: Langevin dynamics on a recovery_conditional. Gao et al. (2021), Equation 17.
/// The levels may differ from sample to sample. noise: a factor of δ z; the published samples are drawn with 0.99.
struct recovery_langevin {
    recovery_process process;
    double noise = 1;

    template <Array A> A operator()(const ScoreModel<A> auto& conditional, const A& y, const noise_levels& levels, Generator auto& rng) const {
        const A variance = process.column_of(&recovery_step::variance, levels, y), s = conditional(y, levels);
        return y + (0.5 * variance) * s + (noise * sqrt(variance)) * normal_like(y, rng);
    }
};

/// One draw from the normal approximation of a recovery_conditional, from y = x̃:  x̃ + σ²_{t+1} ∇f(x̃) + σ_{t+1} z  with f = -E/scale, whose
/// gradient is the conditional's score at x̃. Gao et al. (2021), Equation 12. The variance is half of what Langevin dynamics with this drift would
/// add.
struct normal_approximation {
    template <Array A> A operator()(const ScoreModel<A> auto& conditional, const A& y, const noise_levels& levels, Generator auto& rng) const {
        const A sigma = column(levels, y);
        return y + sigma * (sigma * conditional(y, levels) + normal_like(y, rng));
    }
};

/// From x_T ~ N(0, I) down to x₀: at each level t the transition moves y from x_{t+1} under p(y | x_{t+1}), and x_t = y/a'_{t+1} (Gao et al. 2021,
/// Algorithm 2). progressive{process, repeat{30, recovery_langevin{process, 0.99}}}. Runs on an energy, E(y, t); the observer sees (level, move)
/// after each level.
template <class K> struct progressive {
    recovery_process process;
    K transition;

    template <Array A, class Observer = unobserved>
    A operator()(const EnergyModel<A> auto& energy, const A& x0, Generator auto& rng, const Observer& observer = {},
                 const std::stop_token& stop = {}) const {
        const std::vector<noise_level> levels = process.all_levels();
        check_levels(transition, recovery_conditional{process, energy, x0}, std::span<const noise_level>{levels});
        A x = x0;
        for (std::size_t t = process.size(); t-- > 0;) {
            end_if_stopped(stop, "progressive");
            const noise_level level = levels[t];
            const recovery_conditional conditional{process, energy, x};
            const auto move = move_once(transition, conditional, x, level, rng, stop);
            x = position(move) / process[t].kept;
            require(all_finite(x), "progressive: the samples are no longer finite after level ", t, " of ", process.size(),
                    "; the energy is too steep for a step of ", process[t].variance, " there");
            tell(observer, level, move);
        }
        return x;
    }
};
template <class K> progressive(recovery_process, K) -> progressive<K>;

}  // namespace ncsn
