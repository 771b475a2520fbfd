// SPDX-License-Identifier: Apache-2.0
/// \file  Adversarial score matching: a score network that learns by denoising and from a discriminator of its denoised samples.
#pragma once

#include <ncsn/autodiff/advance.hpp>
#include <ncsn/levels/schedule.hpp>
#include <ncsn/models/adapters.hpp>
#include <ncsn/training/adversarial_loss.hpp>
#include <ncsn/training/objective.hpp>

namespace ncsn {

struct hybrid_settings {
    adversarial_loss loss = adversarial_loss::least_squares;
    double denoising = 1, fooling = 1, discrimination = 1;  ///< weights of the three losses
    bool clamped = true;                                    ///< whether the discriminator sees fakes brought to [0, 1]
    bool legacy_fake = false;                               ///< H = x + σ² s(x̃, σ) in the score's loss: the program's mistake before October 2020
};

/// What a discriminator did in a turn: its loss, [1], the norm of its gradient, [1, 1], and D of real and fake images before it learned, [N, 1].
template <Array A> struct discriminator_turn {
    A loss, gradient_norm, real, fake;
};
/// The discriminator's loss of images that are held: [N, ...] each -> []. `turn`, if given, gets its answers.
template <Array A>
auto discrimination(const hybrid_settings& s, const auto& discriminator, const A& real, const A& fake, discriminator_turn<A>* turn = nullptr) {
    const auto r = discriminator(real), f = advanced(discriminator)(fake);
    if (turn) turn->real = plain(r), turn->fake = plain(f);
    return s.discrimination * discriminator_loss(s.loss, r, f);
}

/// The two losses of adversarial score matching (Jolicoeur-Martineau et al. 2020, Section 5, as their program has them), σ uniform over the schedule:
///
///     score            ½ E |σ s(x̃, σ) + z|² + E L'(D(x), D(H)),   x̃ = x + σz,  H = x̃ + σ² s(x̃, σ), brought to [0, 1]
///     discriminator    E L(D(x), D(H)),  H held
///
/// with a pair L, L' of adversarial_loss. Each loss counts as two calls of D, on x and then on H, though D(x) is computed only where L' looks at it.
/// Where D has spectral norms the second call sees their vectors one step on; who takes a step keeps those two: advance(discriminator, 2).
/// x: [N, ...]; D: [N, ...] -> [N, 1].
template <class N> struct hybrid_score_matching {
    static_assert(LevelSource<N>, "hybrid_score_matching: a schedule is a range of standard deviations (geometric, "
                  "a std::vector) or another LevelSource");
    N schedule;
    hybrid_settings settings = {};

    /// H of x̃ and s(x̃, σ), as the discriminator sees it.
    template <Array A> auto fakes(const Differentiable auto& score, const A& from, const noise_levels& levels) const {
        const auto denoised = from + column(levels, from, [](double sigma) { return sigma * sigma; }) * score;
        using X = std::remove_const_t<decltype(denoised)>;
        return settings.clamped ? X{relu(denoised) - relu(denoised - 1.0)} : denoised;
    }
    /// The loss of the discriminator, whose parameters may be on a tape; that of the score are plain.
    template <Array A> auto of_discriminator(const auto& discriminator, const auto& score, const A& x, const noise_levels& levels, const A& z) const {
        const A noisy = x + column(levels, x) * z, fake = fakes(A{score(noisy, levels)}, noisy, levels);
        return discrimination(settings, discriminator, x, fake);
    }
    /// The loss of the score, whose parameters may be on a tape; those of the discriminator are plain.
    template <Array A> auto of_score(const auto& score, const auto& discriminator, const A& x, const noise_levels& levels, const A& z) const {
        require_noise(levels, "hybrid_score_matching");
        const A noisy = x + column(levels, x) * z;
        const auto s = score(noisy, levels);
        return settings.denoising * denoising(s, levels, z) + settings.fooling * fooling(s, discriminator, x, noisy, levels);
    }
    /// Its two terms, of s = s(x̃, σ), without their weights.
    template <Array A> auto denoising(const Differentiable auto& s, const noise_levels& levels, const A& z) const {
        const auto residual = column(levels, z) * s + z;
        return mean_over_batch(0.5 * row_dot(residual, residual));
    }
    template <Array A>
    auto fooling(const Differentiable auto& s, const auto& discriminator, const A& x, const A& noisy, const noise_levels& levels) const {
        const auto seen = fakes(s, settings.legacy_fake ? x : noisy, levels);
        const auto fake = advanced(discriminator)(seen);
        using R = std::remove_const_t<decltype(discriminator(x))>;
        return fooling_loss(settings.loss, fooling_looks_at_data(settings.loss) ? R{discriminator(x)} : R{plain(fake)}, fake);
    }
};
template <class N> hybrid_score_matching(N) -> hybrid_score_matching<N>;
template <class N> hybrid_score_matching(N, hybrid_settings) -> hybrid_score_matching<N>;

}  // namespace ncsn
