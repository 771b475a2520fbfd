// SPDX-License-Identifier: Apache-2.0
/// \file  Forward mode: a value with its derivative along one direction. The concept of everything a layer may be applied to.
#pragma once

#include <ncsn/autodiff/var.hpp>

namespace ncsn {

/// value + ε tangent, ε² = 0. V is an array, a var or again a dual; forward goes outside reverse.
template <class V> struct dual {
    using inner = V;
    V value, tangent;

    dual() = default;
    dual(V v, V t) : value{std::move(v)}, tangent{std::move(t)} {}
};
template <class V> dual(V, V) -> dual<V>;

template <class T> inline constexpr bool is_dual = false;
template <class V> inline constexpr bool is_dual<dual<V>> = true;

/// A plain array, a var or a dual.
template <class X>
concept Differentiable = Array<X> || is_var<std::remove_cvref_t<X>> || is_dual<std::remove_cvref_t<X>>;

/// The array under any number of duals and vars.
template <class X> struct array_under { using type = X; };
template <class A> struct array_under<var<A>> { using type = A; };
template <class V> struct array_under<dual<V>> { using type = typename array_under<V>::type; };
template <class X> using array_under_t = typename array_under<std::remove_cvref_t<X>>::type;

/// The value without its derivatives.
template <Differentiable X> const array_under_t<X>& plain(const X& x) {
    if constexpr (is_dual<X>) return plain(x.value);
    else if constexpr (is_var<X>) return x.value();
    else return x;
}
template <Differentiable X> const shape& shape_of(const X& x) { return plain(x).shape(); }

/// An array of zeros of x's shape.
template <Differentiable X> array_under_t<X> zeros_like(const X& x) { return array_under_t<X>(shape_of(x)); }

/// x as a V, which is as deep or deeper: new tangents are zero, new vars are constants.
template <class V, Differentiable X> V as(const X& x) {
    if constexpr (std::same_as<V, X>) return x;
    else if constexpr (is_dual<V>) {
        using inner = typename V::inner;
        if constexpr (is_dual<X>) return {as<inner>(x.value), as<inner>(x.tangent)};
        else return {as<inner>(x), as<inner>(zeros_like(x))};
    } else return V{x};
}

}  // namespace ncsn
