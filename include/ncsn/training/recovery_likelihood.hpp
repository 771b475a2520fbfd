// SPDX-License-Identifier: Apache-2.0
/// \file  Diffusion recovery likelihood, and its form without chains.
#pragma once

#include <ncsn/autodiff/advance.hpp>
#include <ncsn/samplers/progressive.hpp>
#include <ncsn/training/objective.hpp>

#include <cmath>

namespace ncsn {

/// What a level learns from: y_t = a'_{t+1} x_t and the noisier x_{t+1} of the same data.
template <Array A> struct recovery_pair {
    A y, noisier;
};
/// x_t = ā_t x + σ̄_t n,  x_{t+1} = a_{t+1} x_t + σ_{t+1} n', with noise given; levels: t of each sample.
template <Array A>
recovery_pair<A> diffused_pair(const recovery_process& process, const A& x, const noise_levels& levels, const A& n, const A& next) {
    const auto of = [&](double recovery_step::*number) { return process.column_of(number, levels, x); };
    const A x_t = of(&recovery_step::total_signal) * x + of(&recovery_step::total_sigma) * n;
    return {of(&recovery_step::kept) * x_t, of(&recovery_step::signal) * x_t + of(&recovery_step::sigma) * next};
}
/// The same pair with E[y_t | x, x_{t+1}] in the place of y_t: a' (ā_t x + K (x_{t+1} - a_{t+1} ā_t x)),
/// K = a_{t+1} σ̄_t²/(a_{t+1}² σ̄_t² + σ²_{t+1}): the mean of a Gaussian given two others (μ̃ of Ho et al. 2020, Eq. 7). x, noisier: [N, ...];
/// levels: t of each sample.
template <Array A>
recovery_pair<A> expected_pair(const recovery_process& process, const A& x, const noise_levels& levels, const A& noisier) {
    const auto column_of = [&](const auto& f) { return index_column(levels, x, [&](std::size_t t) { return f(process[t]); }); };
    const auto gain = [](const recovery_step& s) {
        const double before = s.total_sigma * s.total_sigma;
        return s.signal * before / (s.signal * s.signal * before + s.sigma * s.sigma);
    };
    const A of_data = column_of([&](const recovery_step& s) { return s.kept * s.total_signal * (1 - gain(s) * s.signal); });
    const A of_noisier = column_of([&](const recovery_step& s) { return s.kept * gain(s); });
    return {of_data * x + of_noisier * noisier, noisier};
}
/// A level for each of n samples, uniformly. One draw of rng.
inline noise_levels draw_levels(const recovery_process& process, std::size_t n, philox& rng) {
    return process.levels(uniform_index(n, process.size(), rng));
}

/// E(y⁺, t) and E(y⁻, t): [N, 1] each.
template <class V> struct recovery_energies {
    V real, synthesized;
};
template <class V> recovery_energies(V, V) -> recovery_energies<V>;
/// What a step of recovery likelihood compares: y⁺ of the data and y⁻ of the chains, which began at x̃ = x_{t+1}.
template <Array A> struct recovery_draw {
    A y, synthesized, noisier;
    noise_levels levels;
};

/// Σ_batch (σ₁/σ_{t+1}) ( E(y⁺, t) - E(y⁻, t) )/N, whose gradient is that of the negative recovery log-likelihood in the units of E (Gao et al. 2021,
/// Algorithm 1): y⁺ = a' x_t, y⁻ after `times` moves of the transition from x_{t+1} under p(y | x_{t+1}). y⁻ counts as a constant.
/// recovery_likelihood{process, 30, recovery_langevin{process}}; {process, 1, normal_approximation{}} for the form K = 0 (T1k).
/// With a penalty α the loss has Σ_batch (σ₁/σ_{t+1}) α ( E(y⁺, t)² + E(y⁻, t)² )/N as well (Du & Mordatch 2019, Section 3.3), which keeps energies
/// from growing without bound where chains do not go; the paper has none.
/// An energy with buffers that move on (spectral norms) moves them in each of the calls, as the published code does: once a move, once more at the
/// end of a chain of Langevin dynamics (`spare`), and at y⁺, then y⁻; advance(model) keeps that afterwards.
/// x: [N, ...]; the model is an energy.
template <class K = recovery_langevin> struct recovery_likelihood {
    recovery_process process;
    std::size_t times;
    K transition;
    std::size_t spare = std::same_as<K, recovery_langevin> ? 1 : 0;  ///< evaluations at the end of a chain, which nobody uses
    double penalty = 0;                                              ///< α

    explicit recovery_likelihood(recovery_process p, std::size_t n = 30) requires std::same_as<K, recovery_langevin>
        : recovery_likelihood{p, n, recovery_langevin{p}} {}
    recovery_likelihood(recovery_process p, std::size_t n, K k) : process{std::move(p)}, times{n}, transition{std::move(k)} {
        require(n > 0, "recovery_likelihood: 0 moves; at least one is needed for y to leave its condition");
    }

    template <Array A> auto operator()(const auto& energy, const A& x, philox& rng) const {
        const recovery_draw<A> drawn = draw(energy, x, rng);
        return loss(energies(energy, drawn), drawn.levels);
    }
    /// The same with y⁺, y⁻ and levels given.
    template <Array A> auto operator()(const auto& energy, const A& y, const A& synthesized, const noise_levels& levels) const {
        return loss(recovery_energies{energy(y, levels), advanced(energy)(synthesized, levels)}, levels);
    }
    /// y⁺ and y⁻ of a batch at levels drawn for it. A stop that is asked for ends the chains between two moves with the exception `stopped`.
    template <Array A> recovery_draw<A> draw(const auto& energy, const A& x, philox& rng, const std::stop_token& stop = {}) const {
        const noise_levels levels = draw_levels(process, x.shape()[0], rng);
        const A n = normal_like(x, rng), next = normal_like(x, rng);
        const auto [y, noisier] = diffused_pair(process, x, levels, n, next);
        recovery_conditional conditional{process, values(energy), noisier};
        A synthesized = noisier;
        for (std::size_t k = 0; k < times; ++k) {
            end_if_stopped(stop, "recovery_likelihood");
            synthesized = position(transition(conditional, synthesized, levels, rng));
            ncsn::advance(conditional.marginal);
        }
        return {y, synthesized, noisier, levels};
    }
    /// E(y⁺, t) and E(y⁻, t) of what was drawn, with the buffers as the chains left them.
    template <Array A> auto energies(const auto& energy, const recovery_draw<A>& drawn) const {
        const auto later = advanced(energy, times + spare);
        return recovery_energies{later(drawn.y, drawn.levels), advanced(later)(drawn.synthesized, drawn.levels)};
    }
    /// The loss of those, each in the share of its level.
    template <class V> auto loss(const recovery_energies<V>& e, const noise_levels& levels) const {
        require(penalty >= 0 && std::isfinite(penalty), "recovery_likelihood: penalty ", penalty, "; a number of at least 0 was expected");
        const auto weight = process.column_of(&recovery_step::weight, levels, plain(e.real));
        const auto gap = weight * (e.real - e.synthesized);
        if (penalty == 0) return mean_over_batch(gap);
        return mean_over_batch(gap + penalty * (weight * (e.real * e.real + e.synthesized * e.synthesized)));
    }
    /// What all calls of one step leave in a model's buffers.
    void advance(auto& model) const { ncsn::advance(model, times + spare + 2); }
};
recovery_likelihood(recovery_process) -> recovery_likelihood<>;
recovery_likelihood(recovery_process, std::size_t) -> recovery_likelihood<>;
template <class K> recovery_likelihood(recovery_process, std::size_t, K) -> recovery_likelihood<K>;

/// E (σ₁/σ_{t+1}) |y - (x̃ + σ²_{t+1} ∇f(x̃, t))|²/2σ²_{t+1},  f = -E/scale: denoising score matching for the normal approximation, without chains
/// (Gao et al. 2021, Section 3.4). weighted = false leaves out σ₁/σ_{t+1}; what remains predicts the noise, ½ |σ ∇f + n'|² but for a'.
/// expected = true has E[y | x, x̃] for y (Rao-Blackwell): given x and x̃ the model's term is fixed, so the loss changes by the constant
/// E Var(y | x, x̃) and its gradient keeps its mean, with much less scatter where a level adds little noise to much (at a thousand levels nearly all
/// of n' is chance).
struct recovery_denoising {
    recovery_process process;
    bool weighted = true, expected = false;

    template <Array A> auto operator()(const auto& energy, const A& x, philox& rng) const {
        check_count(energy, process.size(), "recovery_denoising");
        const noise_levels levels = draw_levels(process, x.shape()[0], rng);
        const A n = normal_like(x, rng), next = normal_like(x, rng);
        recovery_pair<A> pair = diffused_pair(process, x, levels, n, next);
        if (expected) pair = expected_pair(process, x, levels, pair.noisier);
        return (*this)(energy, pair, levels);
    }
    /// The same with pairs and levels given.
    template <Array A> auto operator()(const auto& energy, const recovery_pair<A>& pair, const noise_levels& levels) const {
        const A sigma = column(levels, pair.y);
        const A share = index_column(levels, pair.y, [this](std::size_t t) { return process[t].sigma / process[t].scale; });
        const auto residual = share * score_of(energy)(pair.noisier, levels) - (pair.y - pair.noisier) / sigma;
        const auto squares = row_dot(residual, residual);
        const A weight = index_column(levels, plain(squares), [this](std::size_t t) { return weighted ? process[t].weight : 1; });
        return mean_over_batch(0.5 * (weight * squares));
    }
};

}  // namespace ncsn
