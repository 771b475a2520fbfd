// SPDX-License-Identifier: Apache-2.0
/// \file  The likelihood of data under the probability flow.
#pragma once

#include <ncsn/arrays/random.hpp>
#include <ncsn/autodiff/derivatives.hpp>
#include <ncsn/levels/schedule.hpp>
#include <ncsn/samplers/probability_flow.hpp>

#include <cmath>
#include <numbers>
#include <vector>

namespace ncsn {

/// ln N(x; mean, (variance + σ²) I): what data become under noise σ that drowns them. mean and variance are those of the data; 0 and 0 leave the
/// white noise that samplers start from.   [N, ...] -> [N, 1].
struct white_noise {
    double mean = 0, variance = 0;

    template <Array A> A operator()(const A& x, const noise_level& level) const {
        const double c = variance + level.sigma * level.sigma;
        const A centred = x - mean;
        return (-0.5 / c) * row_dot(centred, centred) - 0.5 * static_cast<double>(x.shape().row_size()) * std::log(2 * std::numbers::pi * c);
    }
};

/// ln p(x) of data seen through the noise σ_L of the last level. The flow dx/dσ = -σ s carries x up to the first level, where the density is known,
/// and
///     ln p(x; σ_L) = ln p(x(σ₁); σ₁) - ∫ σ tr(∂s/∂x) dσ  from σ_L to σ₁   (Chen et al. 2018; Song et al. 2021, Appendix D.2).
/// One step of the rule from level to level. The trace is exact, one forward sweep a coordinate, or, with `probes` above 0, the mean of vᵀJv over so
/// many random signs v that stay the same all the way: unbiased up to the rule, one forward sweep a probe (Hutchinson 1990; Grathwohl et al. 2019).
/// x: [N, ...] -> [N, 1], in nats. Draws of rng: one a probe.
template <class N, class Rule = runge_kutta_rule, class Prior = white_noise> struct flow_likelihood {
    static_assert(NoiseSchedule<N>, "flow_likelihood: a schedule is a range of standard deviations: geometric, a std::vector");
    N schedule;
    std::size_t probes = 0;
    Prior prior{};
    Rule rule{};

    flow_likelihood(N s, std::size_t n = 0, Prior p = {}, Rule r = {}) : schedule{std::move(s)}, probes{n}, prior{std::move(p)}, rule{r} {}

    template <Array A> A operator()(const DifferentiableScore<A> auto& score, const A& x, philox& rng, const std::stop_token& stop = {}) const {
        check_schedule(schedule);
        check_count(score, schedule.size(), "flow_likelihood");
        require(x.size() > 0 && all_finite(x), "flow_likelihood: x is ", x.shape(), x.size() > 0 ? " and holds what is not finite" : "",
                "; samples of finite numbers were expected");
        const std::size_t levels = std::ranges::size(schedule);
        std::vector<A> signs;
        for (std::size_t k = 0; k < probes; ++k) signs.push_back(rademacher_like(x, rng));
        const auto slope = [&](const flow<A>& y, const noise_level& at) {
            const auto [s, trace] = score_and_trace(score, y.x, at, signs);
            return flow<A>{-at.sigma * s, at.sigma * trace};
        };
        flow<A> y{x, A({x.shape()[0], 1})};
        for (std::size_t i = levels - 1; i-- > 0;) {
            end_if_stopped(stop, "flow_likelihood");
            y = rule(slope, y, level_at(schedule, i + 1), level_at(schedule, i));
            require(all_finite(y.x), "flow_likelihood: the flow is no longer finite at level ", i, " of ", levels, " (sigma ",
                    level_at(schedule, i).sigma, "); use more levels");
        }
        const A result = prior(y.x, level_at(schedule, 0)) - y.change;
        require(all_finite(result), "flow_likelihood: a density is not finite; the score's derivative is not, or the prior has no density there");
        return result;
    }

private:
    /// A point of the flow and how much ln p has changed on the way to it.
    template <Array A> struct flow {
        A x, change;
        friend flow operator+(const flow& a, const flow& b) { return {a.x + b.x, a.change + b.change}; }
        friend flow operator*(double c, const flow& a) { return {c * a.x, c * a.change}; }
    };
    template <Array A>
    static field_and_divergence<A> score_and_trace(const auto& score, const A& x, const noise_level& at, const std::vector<A>& signs) {
        const auto field = [&](const auto& y) { return score(y, at); };
        if (signs.empty()) return divergence(field, x);
        field_and_divergence<A> result{A{}, A({x.shape()[0], 1})};
        for (const A& v : signs) {
            auto [s, along] = jvp(field, x, v);
            result.divergence = result.divergence + row_dot(along, v) / static_cast<double>(signs.size());
            result.value = std::move(s);
        }
        return result;
    }
};
template <class N> flow_likelihood(N) -> flow_likelihood<N>;
template <class N> flow_likelihood(N, std::size_t) -> flow_likelihood<N>;
template <class N, class P> flow_likelihood(N, std::size_t, P) -> flow_likelihood<N, runge_kutta_rule, P>;
template <class N, class P, class R> flow_likelihood(N, std::size_t, P, R) -> flow_likelihood<N, R, P>;

/// Bits a dimension of a density in nats for data whose values lie `spacing` apart and were made continuous by noise that fills the gaps:
/// -ln p/(D ln 2) - log₂ spacing  (Theis et al. 2016). Bytes on [0, 1] lie 1/255 apart, on [-1, 1] 1/127.5, and as `dequantized` leaves them, (byte +
/// u)/256, 1/256: so uniform bytes have 8 bits.
inline double bits_per_dimension(double log_density, std::size_t dimensions, double spacing) {
    require(dimensions > 0 && spacing > 0 && std::isfinite(spacing), "bits_per_dimension: ", dimensions, " dimensions, spacing ", spacing,
            "; both must be positive");
    require(std::isfinite(log_density), "bits_per_dimension: ln p is ", log_density, "; a finite number was expected");
    return -log_density / (static_cast<double>(dimensions) * std::numbers::ln2) - std::log2(spacing);
}

}  // namespace ncsn
