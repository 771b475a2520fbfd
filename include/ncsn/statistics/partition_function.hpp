// SPDX-License-Identifier: Apache-2.0
/// \file  The normalising constant of a chain of energies, and the density of data that follows.
#pragma once

#include <ncsn/arithmetic/stop.hpp>
#include <ncsn/autodiff/structure.hpp>
#include <ncsn/models/recovery_conditional.hpp>
#include <ncsn/statistics/likelihood.hpp>

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

/// f(y, t) - f(y, t+1) of samples y of level t + 1 (white noise above the last level, f(y, T) = -|y|²/2): the logarithms of their weights, [1, M].
template <class E, Array A> A log_weights_of_level(const recovery_process& process, const E& energy, std::size_t t, const A& y) {
    check_count(energy, process.size(), "log_partition_function");
    require(y.size() > 0, "log_partition_function: no samples of level ", t + 1, "; at least one was expected");
    const auto f = [&](std::size_t of) { return A{(-1 / process[of].scale) * energy(y, process.level(of))}; };
    const A weights = reshaped(t + 1 == process.size() ? A{f(t) + 0.5 * row_dot(y, y)} : A{f(t) - f(t + 1)}, {1, y.shape()[0]});
    require(all_finite(weights), "log_partition_function: energies of level ", t, " or ", t + 1, " are not finite at the samples");
    return weights;
}
/// ln Z₀ of densities in so many dimensions from such weights, weights[t] of level t, of which the first `count` samples are used (0: all); see
/// log_partition_function.
template <Array A>
partition_estimate partition_of_weights(const std::vector<A>& weights, std::size_t dimensions, double fewest = fewest_effective_samples,
                                        std::size_t count = 0) {
    require(!weights.empty(), "log_partition_function: no weights; those of one level at least were expected");
    require(std::isfinite(fewest) && fewest >= 0, "log_partition_function: fewest = ", fewest, "; samples in effect, 0 or more, were expected");
    partition_estimate result{0.5 * static_cast<double>(dimensions) * std::log(2 * std::numbers::pi), std::vector<double>(weights.size()),
                              std::vector<double>(weights.size())};
    for (std::size_t t = weights.size(); t-- > 0;) {
        require(count <= weights[t].size(), "log_partition_function: ", count, " samples of ", weights[t].size(), " were asked for");
        const A ratio = count == 0 ? weights[t] : columns(weights[t], 0, count);
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
/// ln Z₀ of the energies of a recovery process, from samples y_{t+1} of every level:
///     ln Z_t = ln Z_{t+1} + ln E_{p(y_{t+1})} exp( f(y, t) - f(y, t+1) ),   f = -E/scale,   f(y, T) = -|y|²/2,   ln Z_T = (D/2) ln 2π.
/// Gao et al. (2021), Appendix A.4. `samples[t]` is [M, ...], what level t of progressive sampling had before its division by a' (the observer's
/// move); `start` is the white noise x_T. Each logarithm of a mean is too low by about its relative variance over two, so ln Z₀ comes from below as M
/// grows and bits per dimension look better than they are. Levels whose densities hardly overlap leave one sample in effect, and the number is
/// absurd: fewer than `fewest` (or than all M, where these are fewer) at any step are refused; 0 takes any.
/// A stop that is asked for ends it between two levels with the exception `stopped`.
template <class E, Array A>
partition_estimate log_partition_function(const recovery_process& process, const E& energy, const std::vector<A>& samples, const A& start,
                                          double fewest = fewest_effective_samples, const std::stop_token& stop = {}) {
    require(samples.size() == process.size(), "log_partition_function: samples of ", samples.size(), " levels; ", process.size(), " were expected");
    require(start.size() > 0, "log_partition_function: the white noise is ", start.shape(), "; at least one sample was expected");
    std::vector<A> weights;
    for (std::size_t t = 0; t < process.size(); ++t) {
        end_if_stopped(stop, "log_partition_function");
        weights.push_back(log_weights_of_level(process, energy, t, t + 1 == process.size() ? start : samples[t + 1]));
    }
    return partition_of_weights(weights, start.shape().row_size(), fewest);
}

/// ln p(x₀) of x₀ = ā₀ x + σ̄₀ n:  (D/2) ln a'₁² + f(a'₁ x₀, 0) - ln Z₀.   x: [N, ...] -> [N, 1], in nats. Of the data themselves where the levels
/// begin at them (recovery_start::at_data); bits_of_data() makes bits of it.
template <class E, Array A> A recovery_log_density(const recovery_process& process, const E& energy, double log_z, const A& x) {
    check_count(energy, process.size(), "recovery_log_density");
    require(std::isfinite(log_z), "recovery_log_density: ln Z is ", log_z, "; a finite number was expected");
    const recovery_step& step = process[0];
    const double stretch = static_cast<double>(x.shape().row_size()) * std::log(step.kept);
    return (-1 / step.scale) * energy(A{step.kept * x}, process.level(0)) + (stretch - log_z);
}

/// Bits a dimension of data, and what is known of their error.
struct bits_estimate {
    double bits;            ///< too low rather than too high: ln Z₀ is approached from below
    double standard_error;  ///< of ln Z₀ and of the mean over the data
    double bias;            ///< about how much too low, from the variances of the weights: negative
};
/// -ln p(x)/(D ln 2) - log₂ spacing, the mean over data x [N, ...] whose values lay `spacing` apart and have uniform noise of that width on them, by
/// which the discrete data's code length is bounded (Theis et al. 2016): bytes as (byte + u - ½)/127.5 - 1, u uniform on [0, 1), have 1/127.5.
/// Levels must begin at the data: where x₀ carries noise, as in the published code's T6, its density is another.
template <class E, Array A>
bits_estimate bits_of_data(const recovery_process& process, const E& energy, const partition_estimate& z, const A& x, double spacing = 1 / 127.5) {
    require(process[0].total_sigma == 0, "bits_of_data: the x_0 of these levels carry noise of deviation ", process[0].total_sigma,
            ", so that their density is not that of the data; use levels that begin at the data (recovery_fine, recovery_paper)");
    require(x.size() > 0, "bits_of_data: no data; at least one sample was expected");
    const A log_density = recovery_log_density(process, energy, z.log_z, x);
    const std::size_t n = x.shape()[0], dimensions = x.shape().row_size();
    double sum = 0, squares = 0, variances = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const double bits = bits_per_dimension(static_cast<double>(log_density[i]), dimensions, spacing);
        sum += bits, squares += bits * bits;
    }
    for (const double variance : z.relative_variance) variances += variance;
    const double mean = sum / static_cast<double>(n), unit = 1 / (static_cast<double>(dimensions) * std::numbers::ln2);
    const double of_data = n > 1 ? std::max(0.0, squares / static_cast<double>(n) - mean * mean) / static_cast<double>(n - 1) : 0;
    return {mean, std::sqrt(of_data + std::pow(unit * z.standard_error(), 2)), -0.5 * unit * variances};
}

}  // namespace ncsn
