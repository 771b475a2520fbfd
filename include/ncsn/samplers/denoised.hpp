// SPDX-License-Identifier: Apache-2.0
/// \file  The expected denoised sample at the end of a run.
#pragma once

#include <ncsn/arrays/random.hpp>
#include <ncsn/models/adapters.hpp>
#include <ncsn/samplers/annealed.hpp>

namespace ncsn {

/// Where the expected denoised sample is taken: at the sample itself (one more score evaluation, NCSNv2 and the default), or at the point of the
/// last score evaluation, which is the state before the last move (the code of adversarial score matching; free).
enum class denoising_point { after_last_move, before_last_move };

/// A sampler whose result is H(x, σ_L) = x + σ_L² s(x, σ_L) in place of x: the noise that is left at the last level is removed.
/// Jolicoeur-Martineau et al. (2020), Sections 2.3 and 4.
template <class K> struct denoised {
    K sampler;
    denoising_point point;

    explicit denoised(K s, denoising_point p = denoising_point::after_last_move) : sampler{std::move(s)}, point{p} {
        require(ScheduledSampler<K> || point == denoising_point::before_last_move, "denoised: after the last move a sampler with a member `schedule` "
                "is needed, whose last level is the noise to remove, as annealed is one");
    }

    template <Array A, class Observer = unobserved>
    A operator()(const ScoreModel<A> auto& score, const A& x0, Generator auto& rng, const Observer& observer = {},
                 const std::stop_token& stop = {}) const {
        evaluation<A> last;
        if (point == denoising_point::before_last_move) {
            run(keeping_last<std::remove_cvref_t<decltype(score)>, A>{score, last}, x0, rng, observer, stop);
        } else {
            const A x = run(score, x0, rng, observer, stop);
            if constexpr (ScheduledSampler<K>) {
                const noise_levels level = level_at(sampler.schedule, sampler.schedule.size() - 1);
                last = {x, score(x, level), level};
            }
        }
        const A result = last.x + column(last.levels, last.x, [](double sigma) { return sigma * sigma; }) * last.score;
        require(all_finite(result), "denoised: x + sigma^2 s(x, sigma) is not finite at the last level, sigma = ", last.levels.sigma.front(),
                "; the score is not finite there");
        return result;
    }

private:
    template <Array A> A run(const auto& score, const A& x0, auto& rng, const auto& observer, const std::stop_token& stop) const {
        if constexpr (requires { sampler(score, x0, rng, observer, stop); }) return sampler(score, x0, rng, observer, stop);
        else return sampler(score, x0, rng, observer);
    }
    template <Array A> struct evaluation {
        A x, score;
        noise_levels levels;
    };
    /// A score that remembers its last evaluation; the arrays are shared, not copied.
    template <class S, Array A> struct keeping_last {
        const S& score;
        evaluation<A>& last;
        A operator()(const A& x, const noise_levels& z) const {
            last = {x, score(x, z), z};
            return last.score;
        }
        static constexpr bool unchecked = UncheckedScore<S>;
        double variance(double sigma) const
            requires KnowsVariance<S>
        {
            return score.variance(sigma);
        }
    };
};
template <class K> denoised(K) -> denoised<K>;
template <class K> denoised(K, denoising_point) -> denoised<K>;

}  // namespace ncsn
