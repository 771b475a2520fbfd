// SPDX-License-Identifier: Apache-2.0
/// \file  The normalising constant of a chain of energies, and the density of data that follows.
#pragma once

#include <ncsn/autodiff/structure.hpp>
#include <ncsn/models/recovery_conditional.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace ncsn {

/// An estimate of ln Z₀, and how much the samples of each level say of it.
struct partition_estimate {
    double log_z;
    std::vector<double> effective;  ///< (Σw)²/Σw² of the M weights of level t's step: M where all are equal, 1 where one is all
    std::vector<double> relative_variance;  ///< of each step's mean weight, 1/effective - 1/M

    /// The samples that the worst step has in effect.
    double least_effective() const { return *std::min_element(effective.begin(), effective.end()); }
    /// Of log_z, from the variances of all steps, as long as these are small.
    double standard_error() const {
        double sum = 0;
        for (const double variance : relative_variance) sum += variance;
        return std::sqrt(sum);
    }
};
/// So few samples in effect say nothing: the error of the logarithm is then above 0.3, and its own estimate is as uncertain.
inline constexpr double fewest_effective_samples = 10;

/// ln Z₀ of the energies of a recovery process, from samples y_{t+1} of every level:
///     ln Z_t = ln Z_{t+1} + ln E_{p(y_{t+1})} exp( f(y, t) - f(y, t+1) ),   f = -E/scale,   f(y, T) = -|y|²/2,   ln Z_T = (D/2) ln 2π.
/// Gao et al. (2021), Appendix A.4. `samples[t]` is [M, ...], what level t of progressive sampling had before its division by a' (the observer's
/// move); `start` is the white noise x_T. Each logarithm of a mean is too low by about its relative variance over two, so ln Z₀ comes from below as M
/// grows and bits per dimension look better than they are. Levels whose densities hardly overlap leave one sample in effect, and the number is
/// absurd: fewer than `fewest` (or than all M, where these are fewer) at any step are refused; 0 takes any.
template <class E, Array A>
partition_estimate log_partition_function(const recovery_process& process, const E& energy, const std::vector<A>& samples, const A& start,
                                          double fewest = fewest_effective_samples) {
    require(samples.size() == process.size(), "log_partition_function: samples of ", samples.size(), " levels; ", process.size(), " were expected");
    require(start.size() > 0, "log_partition_function: the white noise is ", start.shape(), "; at least one sample was expected");
    const auto log_weight = [&](std::size_t t, const A& y) { return A{(-1 / process[t].scale) * energy(y, process.level(t))}; };
    partition_estimate result{0.5 * static_cast<double>(start.shape().row_size()) * std::log(2 * std::numbers::pi),
                              std::vector<double>(process.size()), std::vector<double>(process.size())};
    for (std::size_t t = process.size(); t-- > 0;) {
        const bool first = t + 1 == process.size();
        const A& y = first ? start : samples[t + 1];
        require(y.size() > 0, "log_partition_function: no samples of level ", t + 1, "; at least one was expected");
        const A ratio = reshaped(first ? A{log_weight(t, y) + 0.5 * row_dot(y, y)} : A{log_weight(t, y) - log_weight(t + 1, y)}, {1, y.shape()[0]});
        require(all_finite(ratio), "log_partition_function: energies of level ", t, " or ", t + 1, " are not finite at the samples");
        const double m = static_cast<double>(ratio.size()), log_sum = row_log_sum_exp(ratio).item();
        const double effective = std::exp(2 * log_sum - row_log_sum_exp(A{2.0 * ratio}).item());
        require(effective >= std::min(fewest, (1 - 1e-9) * m), "log_partition_function: of ", m, " samples ", effective,
                " count in the step to level ", t, ", fewer than ",
                fewest, ": the levels overlap too little for their number. Take more samples, or a diffusion with more steps; with fewest = 0 the "
                "number is computed all the same");
        result.log_z += log_sum - std::log(m);
        result.effective[t] = effective;
        result.relative_variance[t] = std::max(0.0, 1 / effective - 1 / m);
    }
    return result;
}

/// ln p(x₀) of x₀ = ā₀ x + σ̄₀ n:  (D/2) ln a'₁² + f(a'₁ x₀, 0) - ln Z₀.   x: [N, ...] -> [N, 1], in nats; bits_per_dimension() makes bits of it.
template <class E, Array A> A recovery_log_density(const recovery_process& process, const E& energy, double log_z, const A& x) {
    require(std::isfinite(log_z), "recovery_log_density: ln Z is ", log_z, "; a finite number was expected");
    const recovery_step& step = process[0];
    const double stretch = static_cast<double>(x.shape().row_size()) * std::log(step.kept);
    return (-1 / step.scale) * energy(A{step.kept * x}, process.level(0)) + (stretch - log_z);
}

}  // namespace ncsn
