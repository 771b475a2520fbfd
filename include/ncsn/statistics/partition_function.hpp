// SPDX-License-Identifier: Apache-2.0
/// \file  The normalising constant of a chain of energies, and the density of data that follows.
#pragma once

#include <ncsn/autodiff/structure.hpp>
#include <ncsn/models/recovery_conditional.hpp>

#include <cmath>
#include <numbers>
#include <vector>

namespace ncsn {

/// ln Z₀ of the energies of a recovery process, from samples y_{t+1} of every level:
///     ln Z_t = ln Z_{t+1} + ln E_{p(y_{t+1})} exp( f(y, t) - f(y, t+1) ),   f = -E/scale,   f(y, T) = -|y|²/2,   ln Z_T = (D/2) ln 2π.
/// Gao et al. (2021), Appendix A.4. `samples[t]` is [M, ...], what level t of progressive sampling had before its division by a' (the observer's
/// move); `start` is the white noise x_T. Each logarithm of a mean is too low by about its relative variance over two, so ln Z₀ comes from below as M
/// grows and bits per dimension look better than they are.
template <class E, Array A>
double log_partition_function(const recovery_process& process, const E& energy, const std::vector<A>& samples, const A& start) {
    require(samples.size() == process.size(), "log_partition_function: samples of ", samples.size(), " levels; ", process.size(), " were expected");
    const auto log_weight = [&](std::size_t t, const A& y) { return A{(-1 / process[t].scale) * energy(y, process.level(t))}; };
    double log_z = 0.5 * static_cast<double>(start.shape().row_size()) * std::log(2 * std::numbers::pi);
    for (std::size_t t = process.size(); t-- > 0;) {
        const bool first = t + 1 == process.size();
        const A& y = first ? start : samples[t + 1];
        const A ratio = first ? A{log_weight(t, y) + 0.5 * row_dot(y, y)} : A{log_weight(t, y) - log_weight(t + 1, y)};
        const double m = static_cast<double>(ratio.size());
        log_z += row_log_sum_exp(reshaped(ratio, {1, ratio.size()})).item() - std::log(m);
    }
    return log_z;
}

/// ln p(x₀) of x₀ = ā₀ x + σ̄₀ n:  (D/2) ln a'₁² + f(a'₁ x₀, 0) - ln Z₀.   x: [N, ...] -> [N, 1], in nats; bits_per_dimension() makes bits of it.
template <class E, Array A> A recovery_log_density(const recovery_process& process, const E& energy, double log_z, const A& x) {
    const recovery_step& step = process[0];
    const double stretch = static_cast<double>(x.shape().row_size()) * std::log(step.kept);
    return (-1 / step.scale) * energy(A{step.kept * x}, process.level(0)) + (stretch - log_z);
}

}  // namespace ncsn
