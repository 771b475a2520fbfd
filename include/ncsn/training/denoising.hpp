// SPDX-License-Identifier: Apache-2.0
/// \file  Denoising score matching over a schedule.
#pragma once

#include <ncsn/arrays/random.hpp>
#include <ncsn/levels/schedule.hpp>
#include <ncsn/training/objective.hpp>

#include <cmath>
#include <limits>

namespace ncsn {

/// σᵖ⁻², what |σ s + z|² of a level counts in T. Throws where that is 0 or infinite: the level would not count, or nothing beside it.
template <class T> double level_weight(double sigma, double power) {
    const double weight = std::pow(sigma, power - 2);
    require(weight >= static_cast<double>(std::numeric_limits<T>::min()) && weight <= static_cast<double>(std::numeric_limits<T>::max()),
            "denoising_score_matching: with the power ", power, " the level sigma = ", sigma, " counts ", weight, "; a number between ",
            std::numeric_limits<T>::min(), " and ", std::numeric_limits<T>::max(), " was expected");
    return weight;
}

/// ½ E σᵖ |s(x + σz, σ) + z/σ|² = ½ E σᵖ⁻² |σ s + z|², σ uniform over the schedule. Song & Ermon (2019), Equations 6-7, with λ(σ) = σᵖ.
/// p = 2 gives every level the same size of loss, D/2 for s = 0; p = 0 with one level is the paper's baseline.   x: [N, ...].
template <class N> struct denoising_score_matching {
    static_assert(LevelSource<N>, "denoising_score_matching: a schedule is a range of standard deviations (geometric, "
                  "a std::vector) or another LevelSource");
    N schedule;
    double power = 2;

    template <Array A> auto operator()(const auto& model, const A& x, philox& rng) const {
        check_source(schedule, model, "denoising_score_matching");
        const noise_levels levels = draw_levels(schedule, x.shape()[0], rng);
        return (*this)(model, x, levels, normal_like(x, rng));
    }
    /// The same with levels and noise given.
    template <Array A> auto operator()(const auto& model, const A& x, const noise_levels& levels, const A& z) const {
        require_noise(levels, "denoising_score_matching");
        const A sigma = column(levels, x);
        const auto residual = sigma * model(A{x + sigma * z}, levels) + z;
        const auto squares = row_dot(residual, residual);
        const auto weight = [this](double s) { return level_weight<typename A::value_type>(s, power); };
        return mean_over_batch(0.5 * (column(levels, squares, weight) * squares));
    }
};
template <class N> denoising_score_matching(N) -> denoising_score_matching<N>;
template <class N> denoising_score_matching(N, double) -> denoising_score_matching<N>;

}  // namespace ncsn
