// SPDX-License-Identifier: Apache-2.0
/// \file  Group normalisation with the activation behind it, value and adjoints. A sample is visited again while it is still in the cache.
#pragma once

#include <ncsn/arithmetic/elementary.hpp>
#include <ncsn/arrays/cpu/channel_sums.hpp>
#include <ncsn/arrays/cpu/parallel.hpp>
#include <ncsn/arrays/cpu/scratch.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

namespace ncsn {

/// What the adjoints need of the forward pass: mean and 1/√(var + ε) of each group of each sample, [N, groups].
template <class T> struct group_norm_saved { tensor<T, cpu> mean, inverse_deviation; };
template <class T> struct group_norm_adjoints { tensor<T, cpu> x, gamma, beta; };

/// Throws unless x is [N,...,C], C so many groups, and γ and β are [C].
template <class A> void check_group_norm(const shape& x, const A& gamma, const A& beta, std::size_t groups) {
    require(x.rank() >= 2 && groups > 0 && x.back() % groups == 0, "group_norm: x is ", x, ", whose ", x.rank() > 0 ? x.back() : 0,
            " channels do not divide into ", groups, " groups");
    for (const auto* parameter : {&gamma, &beta})
        require(parameter->shape() == shape{x.back()}, "group_norm: x is ", x, " but a parameter is ", parameter->shape(), "; [", x.back(),
                "] was expected");
}

/// z = γ (x - μ)/√(var + ε) + β over groups of neighbouring channels, and y = bend.value(z).   x: [N,...,C]. Fills saved.
template <class T, class Bend>
tensor<T, cpu> group_norm_forward(const tensor<T, cpu>& x, const tensor<T, cpu>& gamma, const tensor<T, cpu>& beta, std::size_t groups,
                                  double epsilon, const Bend& bend, group_norm_saved<T>& saved) {
    const shape& xs = x.shape();
    check_group_norm(xs, gamma, beta, groups);
    const std::size_t samples = xs[0], channels = xs.back(), each = channels / groups, positions = channels ? xs.row_size() / channels : 0;
    auto y = tensor<T, cpu>::uninitialized(xs);
    if (y.size() == 0) return y;
    for (auto* small : {&saved.mean, &saved.inverse_deviation}) *small = tensor<T, cpu>::uninitialized({samples, groups});
    T *const out = y.write(), *const mean = saved.mean.write(), *const inverse = saved.inverse_deviation.write();
    const worker_scratch<double> sums{workers_for(samples, xs.size()), 2 * channels};
    const worker_scratch<T> coefficients{workers_for(samples, xs.size()), 2 * channels};
    for_each_job(samples, xs.size(), [&, channels, positions, each](std::size_t n, std::size_t worker) {
        const T* __restrict const from = x.data() + n * xs.row_size();
        T* __restrict const to = out + n * xs.row_size();
        T *__restrict const middle = coefficients[worker], *__restrict const slope = middle + channels;
        double *const first = sums[worker], *const second = first + channels;
        std::fill_n(first, 2 * channels, 0.0);
        channel_sums<2, T>(positions, channels, first, [=](std::size_t p, std::size_t c) {      // about the first position: one visit, small sums
            const T d = from[p * channels + c] - from[c];
            return std::array{d, d * d};
        });
        for (std::size_t g = 0; g < groups; ++g) {
            const double count = static_cast<double>(positions), all = count * static_cast<double>(each);
            double total = 0, squares = 0;
            for (std::size_t c = g * each; c < (g + 1) * each; ++c) total += first[c] + count * static_cast<double>(from[c]);
            mean[n * groups + g] = static_cast<T>(total / all);
            std::fill_n(middle + g * each, each, mean[n * groups + g]);
            for (std::size_t c = g * each; c < (g + 1) * each; ++c) {
                const double away = static_cast<double>(from[c]) - static_cast<double>(middle[c]);
                squares += second[c] + away * (2 * first[c] + count * away);
            }
            inverse[n * groups + g] = static_cast<T>(1 / std::sqrt(std::max(squares, 0.0) / all + epsilon));
        }
        for (std::size_t c = 0; c < channels; ++c) slope[c] = gamma.data()[c] * inverse[n * groups + c / each];
        const T* __restrict const offset = beta.data();
        for (std::size_t p = 0; p < positions; ++p)
            for (std::size_t c = 0; c < channels; ++c)
                to[p * channels + c] = bend.value(multiply_add(slope[c], from[p * channels + c] - middle[c], offset[c]));
    });
    return y;
}

/// Adjoints of x, γ, β. With z̄ = ȳ bend.slope(z), h = (x - μ)/√(var + ε) and, over the n numbers of a group, S₁ = Σ γ z̄ and S₂ = Σ γ z̄ h:
///     β̄ = Σ z̄,  γ̄ = Σ z̄ h,  x̄ = (γ z̄ - S₁/n - h S₂/n)/√(var + ε).
template <class T, class Bend>
group_norm_adjoints<T> group_norm_backward(const tensor<T, cpu>& y_adjoint, const tensor<T, cpu>& x, const tensor<T, cpu>& gamma,
                                           const tensor<T, cpu>& beta, std::size_t groups, const Bend& bend, const group_norm_saved<T>& saved) {
    const shape& xs = x.shape();
    check_group_norm(xs, gamma, beta, groups);
    require(y_adjoint.shape() == xs, "group_norm adjoint: x is ", xs, " but the adjoint is ", y_adjoint.shape());
    const std::size_t samples = xs[0], channels = xs.back(), each = channels / groups, positions = channels ? xs.row_size() / channels : 0;
    auto x_adjoint = tensor<T, cpu>::uninitialized(xs);
    if (x_adjoint.size() == 0) return {std::move(x_adjoint), tensor<T, cpu>(gamma.shape()), tensor<T, cpu>(beta.shape())};
    T* const out = x_adjoint.write();
    std::vector<T> gammas(samples * channels), betas(samples * channels);
    const worker_scratch<double> sums{workers_for(samples, xs.size()), 2 * channels};
    const worker_scratch<T> coefficients{workers_for(samples, xs.size()), 4 * channels};
    for_each_job(samples, xs.size(), [&, channels, positions, each](std::size_t n, std::size_t worker) {
        const T *__restrict const from = x.data() + n * xs.row_size(), *__restrict const adjoint = y_adjoint.data() + n * xs.row_size();
        const T* __restrict const offset = beta.data();
        const T *const mean = saved.mean.data() + n * groups, *const inverse = saved.inverse_deviation.data() + n * groups;
        T* __restrict const to = out + n * xs.row_size();
        T *__restrict const middle = coefficients[worker], *__restrict const slope = middle + channels;
        T *__restrict const along = slope + channels, *__restrict const constant = along + channels;
        for (std::size_t c = 0; c < channels; ++c) {
            middle[c] = mean[c / each];
            slope[c] = gamma.data()[c] * inverse[c / each];
        }
        for (std::size_t p = 0; p < positions; ++p)
            for (std::size_t c = 0; c < channels; ++c) {
                const std::size_t k = p * channels + c;
                to[k] = adjoint[k] * bend.slope(multiply_add(slope[c], from[k] - middle[c], offset[c]));
            }
        double *const first = sums[worker], *const second = first + channels;
        std::fill_n(first, 2 * channels, 0.0);
        channel_sums<2, T>(positions, channels, first, [=](std::size_t p, std::size_t c) {
            const T z = to[p * channels + c];
            return std::array{z, z * (from[p * channels + c] - middle[c])};
        });
        for (std::size_t g = 0; g < groups; ++g) {
            const double scale = inverse[g], count = static_cast<double>(positions * each);
            double s1 = 0, s2 = 0;
            for (std::size_t c = g * each; c < (g + 1) * each; ++c) {
                betas[n * channels + c] = static_cast<T>(first[c]);
                gammas[n * channels + c] = static_cast<T>(second[c] * scale);
                s1 += gamma.data()[c] * first[c];
                s2 += gamma.data()[c] * second[c] * scale;
            }
            std::fill_n(along + g * each, each, static_cast<T>(-scale * scale * s2 / count));
            std::fill_n(constant + g * each, each, static_cast<T>(-scale * s1 / count));
        }
        for (std::size_t p = 0; p < positions; ++p)
            for (std::size_t c = 0; c < channels; ++c) {
                const std::size_t k = p * channels + c;
                to[k] = multiply_add(slope[c], to[k], multiply_add(along[c], from[k] - middle[c], constant[c]));
            }
    });
    return {std::move(x_adjoint), sum_of_rows(gammas, channels, gamma.shape()), sum_of_rows(betas, channels, beta.shape())};
}

}  // namespace ncsn
