// SPDX-License-Identifier: Apache-2.0
/// \file  Adapters: what a network's output means. Each holds a network and makes it a score.
#pragma once

#include <ncsn/autodiff/arithmetic.hpp>
#include <ncsn/models/score_model.hpp>

namespace ncsn {

/// s(x, σ) = f(x): a network that is not told the noise level, as the score of one level.
template <class M> struct unconditional {
    M network;
    static constexpr std::tuple members{field{"", &unconditional::network}};
    auto operator()(const Differentiable auto& x) const { return network(x); }
    auto operator()(const Differentiable auto& x, const noise_levels&) const { return network(x); }
};
template <class M> unconditional(M) -> unconditional<M>;

/// 1/σ and 1/σ² of every sample as a column beside x. Without noise there is none, and so no score.
template <Differentiable X> array_under_t<X> inverse_noise(const noise_levels& z, const X& x, const char* where) {
    require_noise(z, where);
    return column(z, x, [](double sigma) { return 1 / sigma; });
}
template <Differentiable X> array_under_t<X> inverse_variance(const noise_levels& z, const X& x, const char* where) {
    require_noise(z, where);
    return column(z, x, [](double sigma) { return 1 / (sigma * sigma); });
}

/// s(x, σ) = f(x) / σ for every level: the unconditional score networks of NCSNv2 and of adversarial score matching.
template <class M> struct scaled_by_noise {
    M network;
    static constexpr std::tuple members{field{"", &scaled_by_noise::network}};
    auto operator()(const Differentiable auto& x, const noise_levels& z) const {
        return inverse_noise(z, x, "scaled_by_noise") * network(x);
    }
};
template <class M> scaled_by_noise(M) -> scaled_by_noise<M>;

/// s(x, σ) = (D(x, σ) - x) / σ², the score of a denoiser D.
template <class M> struct from_denoiser {
    M denoiser;
    static constexpr std::tuple members{field{"", &from_denoiser::denoiser}};
    auto operator()(const Differentiable auto& x, const noise_levels& z) const {
        return inverse_variance(z, x, "from_denoiser") * (denoiser(x, z) - x);
    }
};
template <class M> from_denoiser(M) -> from_denoiser<M>;

/// What the output of a network means, by name: "score" (s = f), "noise" (s = f/σ, as scaled_by_noise; f is -z where the noise is z) or "denoiser"
/// (s = (f - x)/σ², as from_denoiser). For programs, which learn it at run time; one network is compiled for all.
enum class parametrisation { score, noise, denoiser };
inline parametrisation parametrisation_of(const std::string& name) {
    if (name == "noise") return parametrisation::noise;
    if (name == "denoiser") return parametrisation::denoiser;
    require(name == "score", "parametrisation '", name, "': score, noise (over sigma) and denoiser are known");
    return parametrisation::score;
}
template <class M> struct parametrised {
    M network;
    parametrisation output = parametrisation::score;
    static constexpr std::tuple members{field{"", &parametrised::network}, field{"output", &parametrised::output}};

    template <Differentiable X> auto operator()(const X& x, const noise_levels& z) const {
        auto f = network(x, z);
        using Y = decltype(f);
        if (output == parametrisation::score) return f;
        if (output == parametrisation::noise) return Y(inverse_noise(z, x, "parametrised") * f);
        return Y(inverse_variance(z, x, "parametrised") * (f - x));
    }
};
template <class M> parametrised(M) -> parametrised<M>;
template <class M> parametrised(M, parametrisation) -> parametrised<M>;

/// D(x, σ) = x + σ² s(x, σ): the expected denoised sample H of a score (Jolicoeur-Martineau et al. 2020; Tweedie's formula).
template <class S, Differentiable X> auto denoise(const S& score, const X& x, const noise_levels& z) {
    return x + column(z, x, [](double sigma) { return sigma * sigma; }) * score(x, z);
}

}  // namespace ncsn
