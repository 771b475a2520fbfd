// SPDX-License-Identifier: Apache-2.0
/// \file  What is done to a gradient between the objective and the optimizer: sums over parts, averages, clipping.
#pragma once

#include <ncsn/autodiff/module.hpp>
#include <ncsn/autodiff/structure.hpp>

#include <cmath>

namespace ncsn {

struct scale_by {
    double factor;
    template <class T> NCSN_HD void operator()(T& x) const { x *= static_cast<T>(factor); }
};
/// total <- total + part, parameter by parameter.
template <Module M> void accumulate(M& total, const M& part) { update_parameters(add_into{}, total, part); }
/// g <- factor · g.
template <Module M> void scale(M& gradient, double factor) { update_parameters(scale_by{factor}, gradient); }

/// |g|, the Euclidean norm over all parameters: [1, 1], where the gradient is.
template <Module M> parameter_t<M> gradient_norm(const M& gradient) {
    using A = parameter_t<M>;
    A squares({1, 1}, 0);
    for_each_leaf([&squares](const A& g) {
        const A row = g.reshaped({1, g.size()});
        squares = squares + row_dot(row, row);
    }, gradient);
    return sqrt(squares);
}

/// min(1, limit/|g|), and 1 for a gradient of 0.
struct clip_factor {
    double limit;
    template <class T> NCSN_HD T operator()(T norm) const { return norm > static_cast<T>(limit) ? static_cast<T>(limit) / norm : T(1); }
};
struct times_into {
    template <class T> NCSN_HD void operator()(T& x, const T& factor) const { x *= factor; }
};
/// g <- g min(1, limit/|g|) (Pascanu, Mikolov & Bengio 2013); |g| before that.
template <Module M> parameter_t<M> clip(M& gradient, double limit) {
    using A = parameter_t<M>;
    const A norm = gradient_norm(gradient), factor = map(norm, clip_factor{limit});
    for_each_leaf([&factor](A& g) { g = (g.reshaped({1, g.size()}) * factor).reshaped(g.shape()); }, gradient);
    return norm;
}

}  // namespace ncsn
