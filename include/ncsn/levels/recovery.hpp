// SPDX-License-Identifier: Apache-2.0
/// \file  The levels of diffusion recovery likelihood.
#pragma once

#include <ncsn/levels/columns.hpp>
#include <ncsn/levels/diffusion.hpp>

#include <memory>
#include <vector>

namespace ncsn {

/// What the conditional p(y_t | x_{t+1}) of one level is made of; t = 0 has the least noise.
struct recovery_step {
    double total_signal, total_sigma;  ///< ā_t, σ̄_t:  x_t = ā_t x + σ̄_t n
    double signal, sigma;              ///< a_{t+1}, σ_{t+1}:  x_{t+1} = a_{t+1} x_t + σ_{t+1} n'
    double kept;                       ///< a'_{t+1}:  y_t = a'_{t+1} x_t is what the level models; 1 where x_{t+1} tells nothing about it
    double variance;                   ///< δ_t²: the step of Langevin dynamics
    double scale;                      ///< p(y_t) ∝ exp(-E(y_t, t)/scale)
    double pull;                       ///< 1 where |y_t - x_{t+1}|²/2σ²_{t+1} counts, 0 where the level is marginal
    double weight;                     ///< σ₁/σ_{t+1}: the level's share of the loss
};

/// The levels t = 0 ... T-1 of diffusion recovery likelihood (Gao et al. 2021) over the T + 1 steps of a diffusion. Made by one of the presets below.
/// Levels are asked for as noise_level{t, σ_{t+1}}: an energy looks at the index.
class recovery_process {
public:
    explicit recovery_process(std::vector<recovery_step> steps) : steps_{std::make_shared<const std::vector<recovery_step>>(std::move(steps))} {
        require(!steps_->empty(), "recovery_process: no levels; a diffusion of at least two steps is needed");
        for (std::size_t t = 0; t < size(); ++t) {
            const recovery_step& s = (*steps_)[t];
            for (const double number : {s.sigma, s.kept, s.variance, s.scale})
                require(number > 0 && std::isfinite(number), "recovery_process: level ", t, " has sigma ", s.sigma, ", kept ", s.kept, ", variance ",
                        s.variance, ", scale ", s.scale, "; positive numbers were expected");
        }
    }
    std::size_t size() const { return steps_->size(); }
    const recovery_step& operator[](std::size_t t) const {
        require(t < size(), "recovery_process: level ", t, " was asked for; there are ", size());
        return (*steps_)[t];
    }
    noise_level level(std::size_t t) const { return {t, (*this)[t].sigma, t == 0 ? 0.0 : (*this)[t - 1].sigma, (*this)[0].sigma}; }
    std::vector<noise_level> all_levels() const {
        std::vector<noise_level> all;
        for (std::size_t t = 0; t < size(); ++t) all.push_back(level(t));
        return all;
    }
    noise_levels levels(std::vector<std::size_t> t) const {
        noise_levels result{std::move(t), {}};
        for (const std::size_t index : result.index) result.sigma.push_back((*this)[index].sigma);
        return result;
    }
    /// A number of each sample's level as a column that multiplies x.
    template <Array A> A column_of(double recovery_step::*number, const noise_levels& levels, const A& x) const {
        return index_column(levels, x, [&](std::size_t t) { return (*this)[t].*number; });
    }

private:
    std::shared_ptr<const std::vector<recovery_step>> steps_;                           // copies of a process share them
};

/// Which x_0 the least noise belongs to: that after the first step of a diffusion, as in the published code, whose data so carry a little noise; or
/// the data themselves, as in the paper.
enum class recovery_start { after_first_step, at_data };

/// The levels of a diffusion with steps δ_t² = variance(k) and E in the same units, k the step from x_t to x_{t+1}. The last level either pulls like
/// the others or, from white noise, is marginal (a' = 1, no pull).
template <class Variance>
recovery_process recovery_levels(const diffusion& d, const Variance& variance, bool marginal_last,
                                 recovery_start start = recovery_start::after_first_step) {
    const std::size_t first = start == recovery_start::at_data ? 0 : 1;
    std::vector<recovery_step> steps;
    for (std::size_t k = first; k < d.size(); ++k) {
        const bool marginal = marginal_last && k + 1 == d.size();
        const double size = variance(k);
        steps.push_back({k == 0 ? 1 : d.total_signal(k - 1), k == 0 ? 0 : d.total_sigma(k - 1), d.signal(k), d.sigma(k), marginal ? 1 : d.signal(k),
                         size, size, marginal ? 0.0 : 1.0, d.sigma(first) / d.sigma(k)});
    }
    return recovery_process{steps};
}
/// The preset of the published code, for T6: steps δ_t² = b² σ²_{t+1} σ̄_t/σ̄_0 that grow with the noise, and a marginal last level.
inline recovery_process recovery_code(const diffusion& d = recovery_t6(), double b_squared = 2e-4) {
    const auto variance = [&](std::size_t k) { return b_squared * d.sigma(k) * d.sigma(k) * d.total_sigma(k - 1) / d.total_sigma(0); };
    return recovery_levels(d, variance, true);
}
/// The paper's text (Sections 3.5 and 4): x_0 are the data, σ_t² grows on a line, δ_t = b σ_{t+1}, and every level pulls. It prints b = 0.0002, which
/// as a factor of σ would move nothing in 30 steps; b² = 0.0002 is what its code calls the same number.
inline recovery_process recovery_paper(const diffusion& d = recovery_linear(), double b_squared = 2e-4) {
    return recovery_levels(d, [&](std::size_t k) { return b_squared * d.sigma(k) * d.sigma(k); }, false, recovery_start::at_data);
}
/// T1k, to be used with normal_approximation: a level for each step of DDPM, E in units of σ²_{t+1}, a pull at each. Level 0 is the energy of
/// y₀ = √(1-σ₁²) x of the data x themselves, whose density follows (recovery_log_density). x_1000 counts as white noise (it is to 0.6 %). The paper
/// does not state the scale; this one makes the mean of the approximation x̃ - ∇E(x̃).
inline recovery_process recovery_fine(const diffusion& d = ddpm_diffusion()) { return recovery_paper(d, 1); }
/// T = 1, the baseline: from white noise to the data (with the noise 0.01 that the code's levels leave them) in one marginal level, so that recovery
/// likelihood is maximum likelihood by short chains. The paper gives them K = 180 moves, as many as T6 makes in all.
inline recovery_process recovery_marginal(double b_squared = 2e-4) {
    const diffusion d = recovery_t6();
    return recovery_process{{{.total_signal = d.total_signal(0), .total_sigma = d.total_sigma(0), .signal = 0, .sigma = 1, .kept = 1,
                              .variance = b_squared, .scale = b_squared, .pull = 0, .weight = 1}}};
}

}  // namespace ncsn
