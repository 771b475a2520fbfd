// SPDX-License-Identifier: Apache-2.0
/// \file  Sliced score matching, plain and annealed.
#pragma once

#include <ncsn/arrays/random.hpp>
#include <ncsn/levels/schedule.hpp>
#include <ncsn/training/objective.hpp>

namespace ncsn {

/// The three forms in the papers and their code, for a projection v:
/// projected          E[ vᵀJ v + ½ (vᵀs)² ],  v ~ N(0, I)         (the paper's Equation 4)
/// variance_reduced   E[ vᵀJ v + ½ |s|² ],    v ~ N(0, I)         (what its experiments run)
/// unit_sphere        E[ vᵀJ v + ½ (vᵀs)² ],  |v| = 1             (the code's plain form; 1/D of the other two)
enum class slicing { projected, variance_reduced, unit_sphere };

/// One slice of score matching at points x with projections v, a number a sample: [N, 1]. J v comes from one forward sweep.
template <Array A> auto sliced_terms(const auto& model, const A& x, A v, const noise_levels& levels, slicing form) {
    if (form == slicing::unit_sphere) v = reshaped(flattened(v) * inverse_sqrt(row_dot(v, v)), v.shape());
    const auto [s, along_v] = model(dual{x, v}, levels);
    const auto curvature = row_dot(along_v, v);
    if (form == slicing::variance_reduced) return curvature + 0.5 * row_dot(s, s);
    return curvature + 0.5 * square(row_dot(s, v));
}

/// Sliced score matching at the data (Song, Garg, Shi & Ermon 2019), one Gaussian slice a sample.   x: [N, ...].
struct sliced_score_matching {
    slicing form = slicing::variance_reduced;

    template <Array A> auto operator()(const auto& model, const A& x, philox& rng) const {
        return mean_over_batch(sliced_terms(model, x, normal_like(x, rng), no_noise, form));
    }
};

/// The same at noisy data, with a level a sample and weight λ(σ) = σ²: σ² [ vᵀJ v + ½ |s|² ](x + σz, σ).
template <class N> struct annealed_sliced_score_matching {
    static_assert(LevelSource<N>, "annealed_sliced_score_matching: a schedule is a range of standard deviations "
                  "(geometric, a std::vector) or another LevelSource");
    N schedule;
    slicing form = slicing::variance_reduced;

    template <Array A> auto operator()(const auto& model, const A& x, philox& rng) const {
        check_source(schedule, model, "annealed_sliced_score_matching");
        const noise_levels levels = draw_levels(schedule, x.shape()[0], rng);
        const A z = normal_like(x, rng), v = normal_like(x, rng);
        return (*this)(model, x, levels, z, v);
    }
    /// The same with levels, noise and projections given.
    template <Array A> auto operator()(const auto& model, const A& x, const noise_levels& levels, const A& z, const A& v) const {
        require_noise(levels, "annealed_sliced_score_matching");
        const auto terms = sliced_terms(model, A{x + column(levels, x) * z}, v, levels, form);
        return mean_over_batch(column(levels, terms, [](double sigma) { return sigma * sigma; }) * terms);
    }
};
template <class N> annealed_sliced_score_matching(N) -> annealed_sliced_score_matching<N>;
template <class N> annealed_sliced_score_matching(N, slicing) -> annealed_sliced_score_matching<N>;

}  // namespace ncsn
