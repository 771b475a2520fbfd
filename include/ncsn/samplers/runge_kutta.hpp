// SPDX-License-Identifier: Apache-2.0
/// \file  Runge-Kutta rules that carry a value from one noise level to another, each a table.
#pragma once

#include <ncsn/levels/noise_level.hpp>

#include <array>
#include <cstddef>

namespace ncsn {

/// An explicit rule for dy/dσ = f(y, level) whose stages start one from the other:  k₀ = f(y, σ),  kₛ = f(y + cₛ h kₛ₋₁, σ + cₛ h),
/// y' = y + h Σ wₛ kₛ / Σ wₛ,  h = σ' - σ. Table::at are the cₛ and Table::weights the wₛ, one a stage. Stages of one weight are added before they
/// are multiplied by it.   V: anything with V{}, y + y and number * y. One evaluation of f a stage.
template <class Table> struct runge_kutta {
    static constexpr std::size_t stages = Table::at.size();
    static_assert(Table::weights.size() == stages && Table::at[0] == 0, "runge_kutta: a table has a place and a weight for each "
                  "stage; the first is at 0");

    template <class V, class F> V operator()(const F& f, const V& y, const noise_level& from, const noise_level& to) const {
        const double h = to.sigma - from.sigma;
        std::array<V, stages> k;
        k[0] = f(y, from);
        for (std::size_t s = 1; s < stages; ++s) k[s] = f(V(y + (Table::at[s] * h) * k[s - 1]), level_between(from, to, Table::at[s]));
        double total = 0;
        for (const double weight : Table::weights) total += weight;
        return y + (h / total) * weighted<0>(k);
    }

private:
    static constexpr bool met_before(std::size_t stage) {
        for (std::size_t s = 0; s < stage; ++s)
            if (Table::weights[s] == Table::weights[stage]) return true;
        return Table::weights[stage] == 0;
    }
    /// The first stage from S on whose weight no earlier one has; `stages` where there is none.
    static constexpr std::size_t next_weight(std::size_t S) {
        while (S < stages && met_before(S)) ++S;
        return S;
    }
    /// The terms of all weights that first occur at stage S or later.
    template <std::size_t S, class V> static V weighted(const std::array<V, stages>& k) {
        constexpr std::size_t first = next_weight(S), next = next_weight(first + 1);
        static_assert(first < stages, "runge_kutta: a table has a weight other than 0");
        V sum = k[first];
        for (std::size_t s = first + 1; s < stages; ++s)
            if (Table::weights[s] == Table::weights[first]) sum = sum + k[s];
        if constexpr (Table::weights[first] != 1) sum = Table::weights[first] * sum;
        if constexpr (next < stages) return sum + weighted<next>(k);
        else return sum;
    }
};

struct euler_table {
    static constexpr std::array at{0.0}, weights{1.0};
};
struct heun_table {
    static constexpr std::array at{0.0, 1.0}, weights{1.0, 1.0};
};
struct midpoint_table {
    static constexpr std::array at{0.0, 0.5}, weights{0.0, 1.0};
};
struct classical_table {
    static constexpr std::array at{0.0, 0.5, 0.5, 1.0}, weights{1.0, 2.0, 2.0, 1.0};
};

/// First order, one evaluation.
using euler_rule = runge_kutta<euler_table>;
/// Second order. f is asked at the two levels only, so it serves a network that knows its levels by index.
using heun_rule = runge_kutta<heun_table>;
/// Second order. It asks halfway between the levels, with the index of the level it comes from, as every rule with a stage there does: for scores
/// that look at σ.
using midpoint_rule = runge_kutta<midpoint_table>;
/// The classical rule of fourth order (Kutta 1901), for scores that look at σ.
using runge_kutta_rule = runge_kutta<classical_table>;

}  // namespace ncsn
