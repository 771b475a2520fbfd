// SPDX-License-Identifier: Apache-2.0
/// \file  What the fused InstanceNorm++ of every device takes and gives.
///
/// The code of Song & Ermon (2019), whose Appendix A.1 prints γ h + α r + β instead:  z = γ (h + α r) + β  with, for sample n and channel c,
///     h = (x - μ) / √(var + ε)      μ, var: mean and biased variance over the positions
///     r = (μ - m) / √(v + ε)        m, v:   mean and unbiased variance of μ over the channels
/// and y = ELU(z) or z.
#pragma once

#include <ncsn/arithmetic/bfloat16.hpp>
#include <ncsn/arrays/tensor.hpp>

namespace ncsn {

/// What the adjoints need of the forward pass, beside x and y, in the precision that is computed with.
template <Array A> struct instance_norm_plus_saved {
    using statistic = tensor<computing_type<typename A::value_type>, typename A::device_type>;
    statistic mean;               ///< μ [N,C]
    statistic inverse_deviation;  ///< 1 / √(var + ε) [N,C]
    statistic relative;           ///< r [N,C]
    statistic relative_scale;     ///< 1 / √(v + ε) [N]; 0 for a single channel
};
template <Array A> struct instance_norm_plus_adjoints { A x, gamma, alpha, beta; };

template <Array A> void check_instance_norm_plus(const shape& x, const A& gamma, const A& alpha, const A& beta) {
    require(x.rank() >= 3, "instance norm++: x is ", x, "; [N,...,C] with at least one axis of positions was expected");
    for (const auto* parameter : {&gamma, &alpha, &beta}) {
        const shape& s = parameter->shape();
        require(s == shape{x.back()} || s == shape{1, x.back()} || s == shape{x[0], x.back()},
                "instance norm++: x is ", x, " but a parameter is ", s, "; [N,C], [1,C] or [C] was expected");
    }
}

}  // namespace ncsn
