// SPDX-License-Identifier: Apache-2.0
/// \file  The conditional density of diffusion recovery likelihood.
#pragma once

#include <ncsn/levels/recovery.hpp>
#include <ncsn/models/log_density.hpp>

namespace ncsn {

/// p(y_t | x̃) ∝ exp( -E(y_t, t)/scale_t - pull_t |y_t - x̃|²/2σ²_{t+1} ), x̃ = x_{t+1}: an energy, held near a noisier sample (Gao et al. 2021,
/// Equation 16). A score that knows its density, so every transition runs on it: recovery_langevin, hamiltonian, mala. The levels' indices are t.
/// condition: x̃, of y's shape.
template <class E, Array A> struct recovery_conditional {
    recovery_process process;
    energy_score<E> marginal;
    A condition;

    recovery_conditional(recovery_process p, E energy, A x) : process{std::move(p)}, marginal{std::move(energy)}, condition{std::move(x)} {
        check_count(marginal, process.size(), "recovery_conditional");
    }

    A operator()(const A& y, const noise_levels& z) const {
        return inverse_scale(z, y) * marginal(y, z) - precision(z, y) * (y - condition);
    }
    A log_density(const A& y, const noise_levels& z) const {
        const A distance = y - condition, energy = marginal.energy(y, z);
        return -0.5 * row_dot(precision(z, y) * distance, distance) - inverse_scale(z, energy) * energy;
    }

private:
    A inverse_scale(const noise_levels& z, const A& y) const {
        return index_column(z, y, [this](std::size_t t) { return 1 / process[t].scale; });
    }
    A precision(const noise_levels& z, const A& y) const {
        return index_column(z, y, [this](std::size_t t) { return process[t].pull / (process[t].sigma * process[t].sigma); });
    }
};

}  // namespace ncsn
