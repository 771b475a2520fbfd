// SPDX-License-Identifier: Apache-2.0
/// \file  Predictor-corrector sampling.
#pragma once

#include <ncsn/arrays/random.hpp>
#include <ncsn/autodiff/structure.hpp>
#include <ncsn/levels/columns.hpp>
#include <ncsn/samplers/ancestral.hpp>
#include <ncsn/samplers/annealed.hpp>

#include <cmath>

namespace ncsn {

/// Whose norms set the step of a correction: each sample's own, as the paper writes it, or their means over the batch, as its code takes them. A
/// sample then depends on the others; but in a few dimensions its own score is at times so small that the step leaps out of a mode.
enum class norms { of_each_sample, of_the_batch };

/// Langevin dynamics whose step keeps a ratio r between what score and noise do to a sample:  x + a s + √(2a) z,  a = 2 (r |z|/|s|)².
/// Song et al. (2021), Algorithm 4.   x: [N, ...]. One score evaluation.
struct langevin_corrector {
    double ratio = 0.16;
    norms scope = norms::of_each_sample;

    template <Array A> A operator()(const ScoreModel<A> auto& score, const A& x, const noise_level& level, Generator auto& rng) const {
        const A s = score(x, level), z = normal_like(x, rng);
        const A root = as_column(A{(std::sqrt(2.0) * ratio) * (norm(z) / norm(s))}, x.shape());                  // √a
        return x + root * (root * s + std::sqrt(2.0) * z);
    }

private:
    template <Array A> A norm(const A& x) const {
        const A each = sqrt(row_dot(x, x));
        return scope == norms::of_each_sample ? each : mean(each);
    }
};

/// At each level the corrector, then the predictor's step to the next (Song et al. 2021, Algorithm 2, in the order of their code: the chain starts
/// with a correction and ends with the denoising prediction). predictor_corrector{reverse_diffusion, repeat{M, langevin_corrector{0.16}}}.
template <class P, class C> struct predictor_corrector {
    P predictor;
    C corrector;

    template <Array A>
    auto operator()(const ScoreModel<A> auto& score, const A& x, const noise_level& level, Generator auto& rng,
                    const std::stop_token& stop = {}) const {
        const auto corrected = move_once(corrector, score, x, level, rng, stop);
        return move_once(predictor, score, position(corrected), level, rng, stop);
    }
    void check(const auto& score, std::span<const noise_level> levels) const {
        check_levels(predictor, score, levels);
        check_levels(corrector, score, levels);
    }
};
template <class P, class C> predictor_corrector(P, C) -> predictor_corrector<P, C>;

}  // namespace ncsn
