// SPDX-License-Identifier: Apache-2.0
/// \file  What a user asks for: gradients of a loss, products with Jacobians and Hessians, the divergence of a field.
#pragma once

#include <ncsn/autodiff/module.hpp>
#include <ncsn/autodiff/structure.hpp>

#include <cmath>
#include <concepts>
#include <type_traits>

namespace ncsn {

/// A value and the gradient that belongs to it.
template <class M> struct value_and_gradient {
    double value;
    M gradient;
};

/// A loss, where it was computed, and the gradient that belongs to it.
template <class M> struct loss_and_gradient {
    parameter_t<M> loss;
    M gradient;
};

/// loss(model, args...) and its gradient for the parameters, which has the type of the model. The loss is one number, and depends on them. The tape
/// is local: nothing has to be reset, and a loss may itself ask for gradients.
template <class Loss, Trainable M, class... Args> loss_and_gradient<M> loss_and_grad(const Loss& loss, const M& model, Args&&... args) {
    using A = parameter_t<M>;
    tape<A> t;
    const auto lifted = on(t, model);
    constexpr bool callable = std::invocable<const Loss&, decltype(lifted)&, Args...>;
    static_assert(callable, "a loss is called as loss(model, ...), an objective as objective(model, batch, rng); the model is one on a tape, so that "
                  "it is taken as const auto&");
    if constexpr (callable) {
        constexpr bool on_tape = std::same_as<std::remove_cvref_t<std::invoke_result_t<const Loss&, decltype(lifted)&, Args...>>, var<A>>;
        static_assert(on_tape, "a loss returns one number on the tape, mean_over_batch(...) or sum(...) of what the model says; a number of the "
                      "host, or an array, has no gradient");
        if constexpr (on_tape) {
            const auto value = loss(lifted, std::forward<Args>(args)...);
            require(shape_of(value).size() == 1, "value_and_grad: the loss has shape ", shape_of(value), "; one number was expected "
                    "(mean_over_batch, sum)");
            require(static_cast<bool>(value.node()), "value_and_grad: the loss does not depend on the parameters of the model; was it asked by way "
                    "of plain(...), or another model in its place?");
            t.sweep(value.node().index, A(shape_of(value), 1));
            return {plain(value), adjoints(lifted)};
        }
    }
}
/// The same with the loss as a number of the host, which waits for the device.
template <class Loss, Trainable M, class... Args> value_and_gradient<M> value_and_grad(const Loss& loss, const M& model, Args&&... args) {
    auto [value, gradient] = loss_and_grad(loss, model, std::forward<Args>(args)...);
    return {static_cast<double>(value.item()), std::move(gradient)};
}

/// A value and an array of derivatives.
template <Array A> struct value_and_derivative {
    A value, derivative;
};

/// f(x) and J v, the derivative along v. One forward sweep.
template <class F, Array A> value_and_derivative<A> jvp(const F& f, const A& x, const A& v) {
    require(x.shape() == v.shape(), "jvp: x is ", x.shape(), " but v is ", v.shape());
    auto [value, tangent] = f(dual{x, v});
    return {std::move(value), std::move(tangent)};
}
/// f(x) and uᵀJ. One reverse sweep.
template <class F, Array A> value_and_derivative<A> vjp(const F& f, const A& x, const A& u) {
    tape<A> t;
    const var<A> leaf = on(t, x), y = f(leaf);
    require(u.shape() == y.value().shape(), "vjp: u is ", u.shape(), " but f(x) is ", y.value().shape());
    if (y.node()) t.sweep(y.node().index, u);
    const A& adjoint = t.adjoint(leaf.node().index);
    return {y.value(), adjoint.empty() ? zeros_like(x) : adjoint};
}
/// The gradient of Σ f over samples and the product of the Hessian with v: forward over reverse. f: [N, ...] -> [N, 1].
template <class F, Array A> value_and_derivative<A> hvp(const F& f, const A& x, const A& v) {
    A gradient = vjp(f, x, A({x.shape()[0], 1}, 1)).derivative;
    tape<A> t;
    const var<A> leaf = on(t, x);
    const var<A> along = f(dual{leaf, var<A>{v}}).tangent;
    if (along.node()) t.sweep(along.node().index, A(along.value().shape(), 1));
    const A& product = t.adjoint(leaf.node().index);
    return {std::move(gradient), product.empty() ? zeros_like(x) : product};
}

/// The field and its divergence tr(∂f/∂x).
template <class X> struct field_and_divergence {
    X value;       ///< [N, ...]
    X divergence;  ///< [N, 1]
};
/// f(x) and tr J, one forward sweep a coordinate: exact, and dear in high dimensions. X may be an array; the parameters of f may be on a tape.
template <class F, Array A> auto divergence(const F& f, const A& x) {
    const std::size_t rows = x.shape()[0], n = x.shape().row_size();
    const auto along = [&](std::size_t coordinate) {
        const A unit = place_columns(A({rows, 1}, 1), coordinate, n).reshaped(x.shape());
        auto y = f(dual{x, unit});
        auto entry = columns(flattened(y.tangent), coordinate, 1);
        return std::pair{std::move(y.value), std::move(entry)};
    };
    auto [value, trace] = along(0);
    for (std::size_t coordinate = 1; coordinate < n; ++coordinate) trace = trace + along(coordinate).second;
    return field_and_divergence<decltype(value)>{std::move(value), std::move(trace)};
}

}  // namespace ncsn
