// SPDX-License-Identifier: Apache-2.0
/// \file  The three families of operations. Only they know derivatives: a rule written here once serves arrays, vars, duals and duals of vars.
///
/// | family      | an operation provides                        | reverse             | forward                      |
/// |-------------|----------------------------------------------|---------------------|------------------------------|
/// | elementwise | value(t), slope(t), derivative(x)            | x̄ += ȳ slope(x)     | ẏ = derivative(x) ẋ          |
/// | linear      | apply(x), transpose(ȳ, shape of x)           | x̄ += transpose(ȳ)   | ẏ = apply(ẋ)                 |
/// | bilinear    | apply(x, w), left(ȳ, x, w), right(ȳ, x, w)   | x̄ += left, w̄ += right | ẏ = apply(ẋ, w) + apply(x, ẇ) |
#pragma once

#include <ncsn/arrays/reductions.hpp>
#include <ncsn/autodiff/dual.hpp>

namespace ncsn {

template <Differentiable X, Differentiable Y> auto add(const X& x, const Y& y);
template <Differentiable X, Differentiable Y> auto multiply(const X& x, const Y& y);
template <Differentiable X> auto expanded(const X& x, const shape& s);

/// The tape of the first operand that is on one.
template <class... X> auto* tape_of(const X&... x) {
    using A = std::common_type_t<array_under_t<X>...>;
    tape<A>* found = nullptr;
    const auto look = [&found](const auto& operand) {
        if constexpr (is_var<std::remove_cvref_t<decltype(operand)>>) {
            if (operand.node()) {
                require(found == nullptr || found == operand.node().tape,
                        "operands are on two tapes; tapes do not nest (score_of differentiates energies)");
                found = operand.node().tape;
            }
        }
    };
    (look(x), ...);
    return found;
}

/// Where an operand's adjoint goes; nowhere for a plain array.
template <class X> auto node_of(const X& x) {
    if constexpr (is_var<X>) return x.node();
    else return tape_node<X>{};
}

template <class Op> struct value_of {
    Op op;
    template <class T> NCSN_HD T operator()(T x) const { return op.value(x); }
};
template <class Op> struct cotangent_of {
    Op op;
    template <class T> NCSN_HD T operator()(T adjoint, T x) const { return adjoint * op.slope(x); }
};

/// An elementwise operation. value and slope are scalar functions; derivative(x) is the slope as a differentiable operation.
template <class Op, Differentiable X> X elementwise(const Op& op, const X& x) {
    if constexpr (is_dual<X>) return {elementwise(op, x.value), multiply(op.derivative(x.value), x.tangent)};
    else if constexpr (is_var<X>) {
        return recorded(map(x.value(), value_of<Op>{op}), x.node().tape, [op, to = x.node(), at = x.value()](const auto& adjoint) {
            to.accumulate(zip("elementwise", adjoint, at, cotangent_of<Op>{op}));
        });
    } else return map(x, value_of<Op>{op});
}

/// A linear operation.
template <class Op, Differentiable X> X linear_map(const Op& op, const X& x) {
    if constexpr (is_dual<X>) return {linear_map(op, x.value), linear_map(op, x.tangent)};
    else if constexpr (is_var<X>) {
        return recorded(op.apply(x.value()), x.node().tape, [op, to = x.node(), s = x.value().shape()](const auto& adjoint) {
            to.accumulate(op.transpose(adjoint, s));
        });
    } else return op.apply(x);
}

/// An operation linear in each of two operands.
template <class Op, Differentiable X, Differentiable W> auto bilinear(const Op& op, const X& x, const W& w) {
    if constexpr (is_dual<X> && is_dual<W>) {
        auto value = bilinear(op, x.value, w.value);
        auto tangent = add(bilinear(op, x.tangent, w.value), bilinear(op, x.value, w.tangent));
        return dual{std::move(value), std::move(tangent)};
    } else if constexpr (is_dual<X>) return dual{bilinear(op, x.value, w), bilinear(op, x.tangent, w)};
    else if constexpr (is_dual<W>) return dual{bilinear(op, x, w.value), bilinear(op, x, w.tangent)};
    else if constexpr (is_var<X> || is_var<W>) {
        using A = array_under_t<X>;
        return recorded(A{op.apply(plain(x), plain(w))}, tape_of(x, w),
                        [op, to_x = node_of(x), to_w = node_of(w), a = plain(x), b = plain(w)](const A& adjoint) {
                            if (to_x) to_x.accumulate(op.left(adjoint, a, b));
                            if (to_w) to_w.accumulate(op.right(adjoint, a, b));
                        });
    } else return op.apply(x, w);
}

}  // namespace ncsn
