// SPDX-License-Identifier: Apache-2.0
/// \file  Scores, noise predictions and denoisers of one diffusion as those of another.
#pragma once

#include <ncsn/autodiff/functions.hpp>
#include <ncsn/levels/diffusion.hpp>
#include <ncsn/models/score_model.hpp>

namespace ncsn {

/// s(x, σ) = -ε(x, σ)/σ: the score of a network that predicts the noise n in x = x₀ + σ n (Ho et al. 2020).
template <class M> struct from_noise {
    M network;
    static constexpr std::tuple members{field{"", &from_noise::network}};
    auto operator()(const Differentiable auto& x, const noise_levels& z) const {
        return column(z, x, [](double sigma) { return -1 / sigma; }) * network(x, z);
    }
};
template <class M> from_noise(M) -> from_noise<M>;

/// ε(x, σ) = -σ s(x, σ), the expected noise; beside denoise(score, x, σ) = x + σ² s, the expected data.
template <class S, Differentiable X> auto predict_noise(const S& score, const X& x, const noise_levels& z) {
    return column(z, x, [](double sigma) { return -sigma; }) * score(x, z);
}

/// f(ā x, σ): a network that was made for inputs x_t = ā x₀ + σ̄ n of a process, asked at x = x₀ + σ n. Predictions of the noise and of the data are
/// the same numbers in every process, so from_noise(seen_through<variance_preserving>(network)) is the score of a DDPM network,
/// and from_denoiser(...) that of its denoiser.
template <DiffusionProcess P, class M> struct lens {
    M network;
    static constexpr std::tuple members{field{"", &lens::network}};
    auto operator()(const Differentiable auto& x, const noise_levels& z) const { return network(column(z, x, P::signal) * x, z); }
};
template <DiffusionProcess P, class M> lens<P, M> seen_through(M network) { return {std::move(network)}; }

/// s(x, σ) = ā s_P(ā x, σ): the score of a process as a score of this library, which is that of the exploding one; p(x) = āᴰ p_P(ā x).
template <DiffusionProcess P, class S> struct exploded {
    S score;
    static constexpr std::tuple members{field{"", &exploded::score}};
    auto operator()(const Differentiable auto& x, const noise_levels& z) const {
        const auto signal = column(z, x, P::signal);
        return signal * score(signal * x, z);
    }
};
template <DiffusionProcess P, class S> exploded<P, S> from_process(S score) { return {std::move(score)}; }

/// s_P(x, σ) = s(x/ā, σ)/ā: a score of this library (an NCSN) as that of a process, for samplers written in its coordinates.
template <DiffusionProcess P, class S> struct processed {
    S score;
    static constexpr std::tuple members{field{"", &processed::score}};
    auto operator()(const Differentiable auto& x, const noise_levels& z) const {
        const auto inverse = column(z, x, [](double sigma) { return 1 / P::signal(sigma); });
        return inverse * score(inverse * x, z);
    }
};
template <DiffusionProcess P, class S> processed<P, S> as_process(S score) { return {std::move(score)}; }

}  // namespace ncsn
