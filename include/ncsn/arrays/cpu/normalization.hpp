// SPDX-License-Identifier: Apache-2.0
/// \file  InstanceNorm++ with its activation, value and adjoints, in two visits to memory. A sample is visited again while it is still in
/// the cache; no sum crosses samples except over shared parameters.
#pragma once

#include <ncsn/arithmetic/elementary.hpp>
#include <ncsn/arrays/cpu/channel_sums.hpp>
#include <ncsn/arrays/cpu/parallel.hpp>
#include <ncsn/arrays/cpu/scratch.hpp>
#include <ncsn/arrays/instance_norm_plus.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

namespace ncsn {

/// A parameter [N,C], or [1,C] or [C] for all samples.
template <class T> const T* row_of(const tensor<T, cpu>& parameter, std::size_t sample, std::size_t channels) {
    return parameter.data() + (parameter.size() == channels ? 0 : sample * channels);
}

/// y of x [N,...,C]; fills saved. bent: y = ELU(z), else y = z.
template <class T> tensor<T, cpu> instance_norm_plus_forward(const tensor<T, cpu>& x, const tensor<T, cpu>& gamma, const tensor<T, cpu>& alpha,
                                                             const tensor<T, cpu>& beta, bool bent, instance_norm_plus_saved<tensor<T, cpu>>& saved,
                                                             double epsilon = 1e-5) {
    const shape& xs = x.shape();
    check_instance_norm_plus(xs, gamma, alpha, beta);
    const std::size_t samples = xs[0], channels = xs.back(), positions = xs.row_size() / channels;
    auto y = tensor<T, cpu>::uninitialized(xs);
    for (auto* small : {&saved.mean, &saved.inverse_deviation, &saved.relative}) *small = tensor<T, cpu>::uninitialized({samples, channels});
    saved.relative_scale = tensor<T, cpu>::uninitialized({samples});
    T *out = y.write(), *mean = saved.mean.write(), *inverse = saved.inverse_deviation.write(), *relative = saved.relative.write(),
      *scale = saved.relative_scale.write();
    const worker_scratch<double> sums{workers_for(samples, xs.size()), 2 * channels};
    const worker_scratch<T> coefficients{workers_for(samples, xs.size()), 2 * channels};
    for_each_job(samples, xs.size(), [&, channels, positions](std::size_t n, std::size_t worker) {
        const T* from = x.data() + n * xs.row_size();
        T *mu = mean + n * channels, *inv = inverse + n * channels, *r = relative + n * channels, *to = out + n * xs.row_size();
        double* sum = sums[worker];
        std::fill_n(sum, 2 * channels, 0.0);
        channel_sums<1, T>(positions, channels, sum, [=](std::size_t p, std::size_t c) { return std::array{from[p * channels + c]}; });
        for (std::size_t c = 0; c < channels; ++c) mu[c] = static_cast<T>(sum[c] / static_cast<double>(positions));
        channel_sums<1, T>(positions, channels, sum + channels, [=](std::size_t p, std::size_t c) {
            const T d = from[p * channels + c] - mu[c];
            return std::array{d * d};
        });
        double middle = 0, spread = 0;
        for (std::size_t c = 0; c < channels; ++c) {
            inv[c] = static_cast<T>(1 / std::sqrt(sum[channels + c] / static_cast<double>(positions) + epsilon));
            middle += mu[c];
        }
        middle /= static_cast<double>(channels);
        for (std::size_t c = 0; c < channels; ++c) spread += (mu[c] - middle) * (mu[c] - middle);
        const double factor = channels > 1 ? 1 / std::sqrt(spread / static_cast<double>(channels - 1) + epsilon) : 0;
        scale[n] = static_cast<T>(factor);
        const T *g = row_of(gamma, n, channels), *a = row_of(alpha, n, channels), *b = row_of(beta, n, channels);
        T *slope = coefficients[worker], *offset = slope + channels;
        for (std::size_t c = 0; c < channels; ++c) {
            r[c] = static_cast<T>((mu[c] - middle) * factor);
            slope[c] = g[c] * inv[c];
            offset[c] = g[c] * a[c] * r[c] + b[c];
        }
        if (bent)
            for (std::size_t p = 0; p < positions; ++p)
                for (std::size_t c = 0; c < channels; ++c) {
                    const T z = multiply_add(slope[c], from[p * channels + c] - mu[c], offset[c]), e = exponential(z < 0 ? z : T(0)) - 1;
                    to[p * channels + c] = z > 0 ? z : e;
                }
        else
            for (std::size_t p = 0; p < positions; ++p)
                for (std::size_t c = 0; c < channels; ++c)
                    to[p * channels + c] = multiply_add(slope[c], from[p * channels + c] - mu[c], offset[c]);
    });
    return y;
}

/// [N,C] adjoints summed over the samples that shared the parameter.
template <class T> tensor<T, cpu> gathered_over_samples(const std::vector<T>& rows, std::size_t channels, const shape& s) {
    if (s.size() == rows.size()) return {s, std::span<const T>{rows}};
    return sum_of_rows(rows, channels, s);
}

/// Adjoints of x, γ, α, β. With z̄ = ȳ ELU'(z), S₁ = Σ z̄ and S₂ = Σ z̄ h over the P positions:
///     β̄ = S₁,  γ̄ = S₂ + α r S₁,  ᾱ = γ r S₁,  r̄ = γ α S₁,
///     μ̄ = (r̄ - mean_c r̄ - r Σ_c r̄ r / (C - 1)) / √(v + ε),   x̄ = γ (z̄ - S₁/P - h S₂/P) / √(var + ε) + μ̄ / P.
template <class T> instance_norm_plus_adjoints<tensor<T, cpu>> instance_norm_plus_backward(const tensor<T, cpu>& y_adjoint, const tensor<T, cpu>& x,
                                                                              const tensor<T, cpu>& y, const tensor<T, cpu>& gamma,
                                                                              const tensor<T, cpu>& alpha, const tensor<T, cpu>& beta, bool bent,
                                                                              const instance_norm_plus_saved<tensor<T, cpu>>& saved) {
    const shape& xs = x.shape();
    check_instance_norm_plus(xs, gamma, alpha, beta);
    require(y_adjoint.shape() == xs, "instance norm++ adjoint: x is ", xs, " but the adjoint is ", y_adjoint.shape());
    const std::size_t samples = xs[0], channels = xs.back(), positions = xs.row_size() / channels;
    auto x_adjoint = tensor<T, cpu>::uninitialized(xs);
    T* out = x_adjoint.write();
    std::vector<T> gammas(samples * channels), alphas(samples * channels), betas(samples * channels);
    const worker_scratch<double> sums{workers_for(samples, xs.size()), 2 * channels};
    const worker_scratch<T> coefficients{workers_for(samples, xs.size()), 3 * channels};
    for_each_job(samples, xs.size(), [&, channels, positions](std::size_t n, std::size_t worker) {
        const std::size_t start = n * xs.row_size();
        const T *from = x.data() + start, *adjoint = y_adjoint.data() + start, *value = y.data() + start;
        const T *mu = saved.mean.data() + n * channels, *inv = saved.inverse_deviation.data() + n * channels,
                *r = saved.relative.data() + n * channels, *g = row_of(gamma, n, channels), *a = row_of(alpha, n, channels);
        T* to = out + start;
        const auto unchanged = [=](std::size_t k) { return adjoint[k]; };
        const auto activated = [=](std::size_t k) { return adjoint[k] * (value[k] > 0 ? T(1) : value[k] + 1); };
        double* sum = sums[worker];
        std::fill_n(sum, 2 * channels, 0.0);
        const auto visit = [&](auto z_adjoint) {
            channel_sums<2, T>(positions, channels, sum, [=](std::size_t p, std::size_t c) {
                const T z = z_adjoint(p * channels + c);
                return std::array{z, z * (from[p * channels + c] - mu[c])};
            });
            const double *first = sum, *second = first + channels, count = static_cast<double>(positions);
            double r_adjoint_mean = 0, r_adjoint_along = 0;
            for (std::size_t c = 0; c < channels; ++c) {
                const double r_adjoint = double(g[c]) * a[c] * first[c];
                r_adjoint_mean += r_adjoint / static_cast<double>(channels);
                r_adjoint_along += r_adjoint * r[c] / static_cast<double>(channels > 1 ? channels - 1 : 1);
            }
            T *along_z = coefficients[worker], *along_x = along_z + channels, *constant = along_x + channels;
            for (std::size_t c = 0; c < channels; ++c) {
                const double s1 = first[c], s2 = second[c] * inv[c], r_adjoint = double(g[c]) * a[c] * s1;
                const double mu_adjoint = saved.relative_scale[n] * (r_adjoint - r_adjoint_mean - r[c] * r_adjoint_along);
                gammas[n * channels + c] = static_cast<T>(s2 + double(a[c]) * r[c] * s1);
                alphas[n * channels + c] = static_cast<T>(double(g[c]) * r[c] * s1);
                betas[n * channels + c] = static_cast<T>(s1);
                along_z[c] = g[c] * inv[c];
                along_x[c] = static_cast<T>(-double(g[c]) * inv[c] * inv[c] * s2 / count);
                constant[c] = static_cast<T>((mu_adjoint - double(g[c]) * inv[c] * s1) / count);
            }
            for (std::size_t p = 0; p < positions; ++p)
                for (std::size_t c = 0; c < channels; ++c) {
                    const std::size_t k = p * channels + c;
                    to[k] = multiply_add(along_z[c], z_adjoint(k), multiply_add(along_x[c], from[k] - mu[c], constant[c]));
                }
        };
        if (bent) visit(activated); else visit(unchanged);
    });
    return {std::move(x_adjoint), gathered_over_samples(gammas, channels, gamma.shape()),
            gathered_over_samples(alphas, channels, alpha.shape()), gathered_over_samples(betas, channels, beta.shape())};
}

}  // namespace ncsn
