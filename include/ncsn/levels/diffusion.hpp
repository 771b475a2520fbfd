// SPDX-License-Identifier: Apache-2.0
/// \file  Discrete diffusions, and the noise level that each of their steps is.
#pragma once

#include <ncsn/arithmetic/error.hpp>
#include <ncsn/levels/schedule.hpp>

#include <cmath>
#include <span>
#include <vector>

namespace ncsn {

/// Every Gaussian diffusion x_t = ā x₀ + σ̄ n is the exploding one, x₀ + σ n, seen through a lens: σ = σ̄/ā and x_t = ā (x₀ + σ n). Levels carry σ
/// whatever the diffusion; a process says which signal ā belongs to it (Song et al. 2021, Section 3.4 and Appendix B).
template <class P>
concept DiffusionProcess = requires(double sigma) {
    { P::signal(sigma) } -> std::same_as<double>;
};
/// σ̄ = σ, ā = 1: NCSN.
struct variance_exploding {
    static double signal(double) { return 1; }
};
/// ā² + σ̄² = 1, so ā = 1/√(1 + σ²): DDPM.
struct variance_preserving {
    static double signal(double sigma) { return 1 / std::sqrt(1 + sigma * sigma); }
};
/// σ̄ = 1 - ā², so ā² + σ ā = 1.
struct sub_variance_preserving {
    static double signal(double sigma) { return 2 / (sigma + std::sqrt(sigma * sigma + 4)); }
};
static_assert(DiffusionProcess<variance_exploding> && DiffusionProcess<variance_preserving> && DiffusionProcess<sub_variance_preserving>);

/// x_k = a_k x_{k-1} + σ_k z, k = 0, 1, ..., with a_k² + σ_k² = 1: a variance-preserving diffusion in steps; x_{-1} are the data.
/// After step k: x_k = ā_k x + σ̄_k n. Noise grows with k: the order of diffusion papers, the reverse of a schedule's.
class diffusion {
public:
    /// From σ_k², the variance that each step adds; DDPM writes β.
    explicit diffusion(std::span<const double> variances) {
        require(!variances.empty(), "diffusion: no steps; at least one variance is needed");
        double kept = 1;
        for (const double variance : variances) {
            require(variance > 0 && variance <= 1, "diffusion: the variance of step ", steps_.size(), " is ", variance,
                    "; 0 < variance <= 1 was expected");
            kept *= 1 - variance;
            steps_.push_back({std::sqrt(1 - variance), std::sqrt(variance), std::sqrt(kept), std::sqrt(1 - kept)});
        }
    }
    std::size_t size() const { return steps_.size(); }
    double signal(std::size_t k) const { return at(k).signal; }                     ///< a_k
    double sigma(std::size_t k) const { return at(k).sigma; }                       ///< σ_k
    double total_signal(std::size_t k) const { return at(k).total_signal; }         ///< ā_k, the product of a_0 ... a_k
    double total_sigma(std::size_t k) const { return at(k).total_sigma; }           ///< σ̄_k = √(1 - ā_k²)
    /// σ̄_k/ā_k: the level of x_k/ā_k = x + σ n, in data units. Infinite where no signal is left.
    double noise(std::size_t k) const { return at(k).total_sigma / at(k).total_signal; }

    /// The noise of every step, largest first: a schedule for any sampler of this library. Entry i is step size() - 1 - i; steps without any signal
    /// left have no finite level and are passed over.
    std::vector<double> schedule() const {
        std::vector<double> sigmas;
        for (std::size_t k = size(); k-- > 0;)
            if (total_signal(k) > 0) sigmas.push_back(noise(k));
        return sigmas;
    }
    /// The first n steps.
    diffusion first(std::size_t n) const {
        require(n > 0 && n <= size(), "diffusion: the first ", n, " of ", size(), " steps were asked for");
        diffusion part = *this;
        part.steps_.resize(n);
        return part;
    }

private:
    struct step {
        double signal, sigma, total_signal, total_sigma;
    };
    const step& at(std::size_t k) const {
        require(k < size(), "diffusion: step ", k, " was asked for; there are ", size());
        return steps_[k];
    }
    std::vector<step> steps_;
};

/// β_k from `first` to `last` in equal distances (Ho et al. 2020).
struct linear_variances {
    std::size_t steps = 1000;
    double first = 1e-4, last = 0.02;

    std::vector<double> values() const {
        require(steps >= 2, "linear_variances: ", steps, " steps; at least 2 were expected");
        std::vector<double> beta;
        for (std::size_t k = 0; k < steps; ++k) beta.push_back(first + (last - first) * static_cast<double>(k) / static_cast<double>(steps - 1));
        return beta;
    }
};
/// The diffusion of DDPM: β from 1e-4 to 0.02 in 1,000 steps (Ho et al. 2020, Section 4).
inline diffusion ddpm_diffusion(const linear_variances& beta = {}) { return diffusion{beta.values()}; }

/// Where the T + 1 blocks of diffusion recovery likelihood end (its code, get_sigma_schedule): T of them over the first half of the thousand steps of
/// DDPM at equal distances, and the rest. 2 to 501 are the T for which those distances are steps.
inline std::vector<std::size_t> recovery_block_ends(std::size_t T) {
    constexpr std::size_t steps = 1000, most = steps / 2 + 1;
    require(T >= 2 && T <= most, "recovery_block_ends: T = ", T, "; 2 to ", most, " were expected");
    std::vector<std::size_t> ends;
    for (std::size_t t = 0; t < T; ++t) ends.push_back(t * (steps / (2 * (T - 1))));
    ends.push_back(steps - 1);
    return ends;
}
/// The diffusion of these blocks (Gao et al. 2021, Section 4), each one step here. Step 0 is the noise of deviation 0.01 in the data.
inline diffusion recovery_blocks(std::size_t T) {
    const std::vector<double> beta = linear_variances{}.values();
    std::vector<double> variances;
    std::size_t j = 0;
    for (const std::size_t end : recovery_block_ends(T)) {
        double kept = 1;
        for (; j <= end; ++j) kept *= 1 - beta[j];
        variances.push_back(1 - kept);
    }
    return diffusion{variances};
}
/// T = 6, which the paper trained: blocks that end at steps 0, 100, 200, 300, 400, 500 and 999.
inline diffusion recovery_t6() { return recovery_blocks(6); }
/// T steps whose variances σ_t² lie on a line, as the paper's text has them ("we set σ_t² to increase linearly"). It prints no ends; these are the
/// first and the last of the code's T6, 0.105 and 0.9995.
inline diffusion recovery_linear(std::size_t T = 6) {
    const diffusion code = recovery_t6();
    const auto variance = [&code](std::size_t k) { return code.sigma(k) * code.sigma(k); };
    return diffusion{linear_variances{.steps = T, .first = variance(1), .last = variance(6)}.values()};
}
/// T = 1000 as an unused function of the code of recovery likelihood has it: the steps of DDPM, and a last one (σ = 1) that leaves white noise.
inline diffusion recovery_t1k(std::size_t steps = 1000) {
    std::vector<double> variances = linear_variances{.steps = steps}.values();
    variances.push_back(1);
    return diffusion{variances};
}

}  // namespace ncsn
