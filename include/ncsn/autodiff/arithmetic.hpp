// SPDX-License-Identifier: Apache-2.0
/// \file  + - * / with broadcasting, between arrays, vars, duals and numbers.
#pragma once

#include <ncsn/autodiff/families.hpp>

namespace ncsn {

struct plus_fn { template <class T> NCSN_HD T operator()(T a, T b) const { return a + b; } };
struct minus_fn { template <class T> NCSN_HD T operator()(T a, T b) const { return a - b; } };
struct times_fn { template <class T> NCSN_HD T operator()(T a, T b) const { return a * b; } };
struct scale_fn {
    double factor;
    template <class T> NCSN_HD T operator()(T x) const { return static_cast<T>(factor) * x; }
};

/// y = c x.
struct scale_op {
    double factor;
    template <Array A> A apply(const A& x) const { return map(x, scale_fn{factor}); }
    template <Array A> A transpose(const A& y, const shape&) const { return map(y, scale_fn{factor}); }
};
/// y = x + c.
struct shift_op {
    double by;
    template <class T> NCSN_HD T value(T x) const { return x + static_cast<T>(by); }
    template <class T> NCSN_HD T slope(T) const { return T(1); }
    template <Differentiable X> auto derivative(const X& x) const { return array_under_t<X>(shape_of(x), 1); }
};
/// The element repeated over new or longer axes; its transpose sums.
struct expand_op {
    shape to;
    template <Array A> A apply(const A& x) const { return expand_to(x, to); }
    template <Array A> A transpose(const A& y, const shape& s) const { return reduce_to(y, s); }
};
struct reduce_op {
    shape to;
    template <Array A> A apply(const A& x) const { return reduce_to(x, to); }
    template <Array A> A transpose(const A& y, const shape& s) const { return expand_to(y, s); }
};
/// z = x y, elementwise with broadcasting.
struct multiply_op {
    template <Array A> A apply(const A& x, const A& y) const { return zip("multiply", x, y, times_fn{}); }
    template <Array A> A left(const A& adjoint, const A& x, const A& y) const {
        return reduce_to(zip("multiply", adjoint, y, times_fn{}), x.shape());
    }
    template <Array A> A right(const A& adjoint, const A& x, const A& y) const {
        return reduce_to(zip("multiply", adjoint, x, times_fn{}), y.shape());
    }
};

template <Differentiable X> X scaled(const X& x, double factor) { return linear_map(scale_op{factor}, x); }
template <Differentiable X, Differentiable Y> auto multiply(const X& x, const Y& y) { return bilinear(multiply_op{}, x, y); }

/// x repeated to shape s.
template <Differentiable X> auto expanded(const X& x, const shape& s) {
    if constexpr (!Array<X>)
        if (shape_of(x) == s) return x;
    return linear_map(expand_op{s}, x);
}
/// x summed over the axes that s does not have, or has with extent 1.
template <Differentiable X> X summed_to(const X& x, const shape& s) { return linear_map(reduce_op{s}, x); }

template <Differentiable X, Differentiable Y> auto add(const X& x, const Y& y) {
    if constexpr (is_dual<X> && is_dual<Y>) return dual{add(x.value, y.value), add(x.tangent, y.tangent)};
    else if constexpr (is_dual<X> || is_dual<Y>) {                                  // the other operand is constant: only the value moves
        const auto sum = [](const auto& varying, const auto& constant) {
            auto value = add(varying.value, constant);
            auto tangent = as<decltype(value)>(expanded(varying.tangent, shape_of(value)));
            return dual{std::move(value), std::move(tangent)};
        };
        if constexpr (is_dual<X>) return sum(x, y);
        else return sum(y, x);
    } else if constexpr (is_var<X> || is_var<Y>) {
        using A = array_under_t<X>;
        return recorded(zip("add", plain(x), plain(y), plus_fn{}), tape_of(x, y),
                        [to_x = node_of(x), to_y = node_of(y), sx = shape_of(x), sy = shape_of(y)](const A& adjoint) {
                            if (to_x) to_x.accumulate(reduce_to(adjoint, sx));
                            if (to_y) to_y.accumulate(reduce_to(adjoint, sy));
                        });
    } else return zip("add", x, y, plus_fn{});
}

template <Differentiable X, Differentiable Y> auto operator+(const X& x, const Y& y) { return add(x, y); }
template <Differentiable X, Differentiable Y> auto operator*(const X& x, const Y& y) { return multiply(x, y); }
template <Differentiable X> X operator-(const X& x) { return scaled(x, -1); }
template <Differentiable X, Differentiable Y> auto operator-(const X& x, const Y& y) {
    if constexpr (Array<X> && Array<Y>) return zip("subtract", x, y, minus_fn{});
    else return add(x, scaled(y, -1));
}
template <Differentiable X> X operator*(double c, const X& x) { return scaled(x, c); }
template <Differentiable X> X operator*(const X& x, double c) { return scaled(x, c); }
template <Differentiable X> X operator/(const X& x, double c) { return scaled(x, 1 / c); }
template <Differentiable X> X operator+(const X& x, double c) { return elementwise(shift_op{c}, x); }
template <Differentiable X> X operator+(double c, const X& x) { return x + c; }
template <Differentiable X> X operator-(const X& x, double c) { return x + -c; }
template <Differentiable X> X operator-(double c, const X& x) { return scaled(x, -1) + c; }

}  // namespace ncsn
