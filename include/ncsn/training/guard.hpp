// SPDX-License-Identifier: Apache-2.0
/// \file  A guard against numbers that are none, before they spoil a model.
#pragma once

#include <ncsn/arrays/reductions.hpp>
#include <ncsn/autodiff/derivatives.hpp>

#include <cmath>
#include <string>

namespace ncsn {

/// Whether the numbers of a step can be looked at while it is made, `if constexpr (observable_steps<A>)`: on hosts. A GPU captures the step, and is
/// asked afterwards.
template <Array A> inline constexpr bool observable_steps = A::device_type::is_host;

/// Throws unless a loss is finite.
inline void require_finite(double loss, std::size_t step) {
    require(std::isfinite(loss), "training: at step ", step, " the loss is ", loss, "; go back to the last checkpoint, and use a smaller rate or "
            "other settings: the same ones fail again at the same step");
}
/// Throws unless every parameter is finite, or every number that belongs to one: `what` it is.
template <Module M> void require_finite(const M& model, std::size_t step, const char* what = "parameter") {
    for_each_named([step, what](const std::string& name, const auto& p) {
        require(all_finite(p), "training: after step ", step, " the ", what, " '", name, "' is not finite; go back to the last checkpoint, and use a "
                "smaller rate or other settings: the same ones fail again at the same step");
    }, model);
}
/// Throws unless a loss and every element of its gradient are finite: to be called before the optimizer's step, which would spoil the model.
template <Module M> void require_finite(double loss, const M& gradient, std::size_t step) {
    std::string where = std::isfinite(loss) ? "" : "the loss is " + std::to_string(loss);
    for_each_named([&where](const std::string& name, const auto& g) {
        if (where.empty() && !all_finite(g)) where = "the gradient of '" + name + "' is not finite";
    }, gradient);
    require(where.empty(), "training: at step ", step, " ", where, "; the model is as after the step before. Go back to the last "
            "checkpoint, and use a smaller rate or other settings: the same ones fail again at the same step");
}
/// Throws unless a model and the second moment of its optimizer, where that has one, are finite: what no step looks at after itself.
template <Module M> void require_finite_state(const M& model, const auto& optimizer, std::size_t step) {
    require_finite(model, step);
    if constexpr (requires { requires Module<std::remove_cvref_t<decltype(optimizer.second)>>; })
        require_finite(optimizer.second, step, "second moment of the gradient of");
}
template <Module M> void require_finite(const value_and_gradient<M>& result, std::size_t step) {
    require_finite(result.value, result.gradient, step);
}
template <Module M> void require_finite(const loss_and_gradient<M>& result, std::size_t step) {
    require_finite(static_cast<double>(result.loss.item()), result.gradient, step);
}

}  // namespace ncsn
