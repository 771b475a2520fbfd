// SPDX-License-Identifier: Apache-2.0
/// \file  What a score model and an energy model are.
#pragma once

#include <ncsn/autodiff/module.hpp>
#include <ncsn/levels/columns.hpp>

#include <concepts>

namespace ncsn {

/// s(x, z): the score ∇ₓ log p at x of the data blurred by the noise levels z. Same shape as x. Works for whatever x is.
template <class S, class X>
concept ScoreModel = Differentiable<X> && requires(const S& score, const X& x, const noise_levels& z) {
    { score(x, z) } -> std::same_as<X>;
};

/// A score that can also be pushed forward: J v, divergence, sliced score matching.
template <class S, class A>
concept DifferentiableScore = Array<A> && ScoreModel<S, A> && ScoreModel<S, dual<A>>;

/// E(x, z), one number a sample, [N, 1]; p ∝ exp(-E).
template <class E, class X>
concept EnergyModel = requires(const E& energy, const X& x, const noise_levels& z) {
    { energy(x, z) } -> std::same_as<X>;
};

/// How many levels a model tells apart by their number in the schedule: its own levels(), or that of the model that it holds as its member `network`,
/// `denoiser`, `score` or `energy`, as an adapter does. 0: any, as it looks at σ, is not told the level, or does not say.
template <class M> std::size_t level_count(const M& model) {
    if constexpr (requires { { model.levels() } -> std::convertible_to<std::size_t>; }) return model.levels();
    else if constexpr (requires { model.network; }) return level_count(model.network);
    else if constexpr (requires { model.denoiser; }) return level_count(model.denoiser);
    else if constexpr (requires { model.score; }) return level_count(model.score);
    else if constexpr (requires { model.energy; }) return level_count(model.energy);
    else return 0;
}
/// Throws unless a model serves a schedule of so many levels: who runs through one asks.
template <class M> void check_count(const M& model, std::size_t levels, const char* where) {
    const std::size_t known = level_count(model);
    require(known == 0 || levels == known, where, ": ", levels, " levels for a network of ", known, ", which knows them by their number; as many "
            "were expected. nearest_level asks a score at the nearest of its own");
}
/// Throws unless each index is that of one of so many levels (0: any number of them): what a network asks that embeds the index.
inline void require_index(const noise_levels& z, std::size_t levels, const char* where) {
    for (const std::size_t index : z.index)
        require(levels == 0 || index < levels, where, ": level ", index, " of a network of ", levels, " levels (0 to ", levels - 1, ")");
}

}  // namespace ncsn
