// SPDX-License-Identifier: Apache-2.0
/// \file  The step size of Langevin dynamics, with its convention.
#pragma once

#include <ncsn/arithmetic/error.hpp>

#include <cmath>

namespace ncsn {

/// A step size ε that knows its convention; the papers print one number for two different samplers. Stored as FULL. At level σ a step is
/// a = ε (σ/σ_L)².
struct step_size {
    double full;  ///< ε of x + a s + √(2a) z
};
/// x + a s + √(2a) z: the NCSN image code, NCSNv2, adversarial score matching.
inline step_size full_step(double epsilon) {
    require(epsilon > 0 && std::isfinite(epsilon), "full_step: ", epsilon, "; a positive, finite step size was expected");
    return {epsilon};
}
/// x + a/2 s + √a z: the text of the NCSN paper (Equation 5, Algorithm 1) and its toy code.
inline step_size half_step(double epsilon) {
    require(epsilon > 0 && std::isfinite(epsilon), "half_step: ", epsilon, "; a positive, finite step size was expected");
    return {epsilon / 2};
}

/// The step of the image code of Song & Ermon (2019), 2e-5 at σ_L = 0.01, as a full_step for any σ_L: Langevin dynamics is the same in units of σ_L.
/// A last level that is 0.01 but for the rounding of its schedule counts as 0.01.
inline double published_step(double sigma_last) {
    const double ratio = double{static_cast<float>(sigma_last)} / double{0.01f};
    return 2e-5 * (ratio * ratio);
}

}  // namespace ncsn
