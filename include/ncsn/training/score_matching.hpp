// SPDX-License-Identifier: Apache-2.0
/// \file  Exact score matching.
#pragma once

#include <ncsn/training/objective.hpp>

namespace ncsn {

/// E[ tr ∂s/∂x + ½ |s|² ]: the Fisher divergence up to a constant (Hyvärinen 2005; Song & Ermon 2019, Equation 1). At the true score of N(m, S) it is
/// -½ tr S⁻¹. x: [N, ...]; one forward sweep a coordinate, so for low dimensions.
struct score_matching {
    template <Array A> auto operator()(const auto& model, const A& x, philox&) const {
        const auto [s, trace] = divergence([&](const auto& at) { return model(at, no_noise); }, x);
        return mean_over_batch(trace + 0.5 * row_sum(s * s));
    }
};

}  // namespace ncsn
