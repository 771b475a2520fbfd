// SPDX-License-Identifier: Apache-2.0
/// \file  Functions of one number, applied element by element. Each is an object, so that it can be called and passed on alike.
#pragma once

#include <ncsn/arithmetic/elementary.hpp>
#include <ncsn/autodiff/arithmetic.hpp>

namespace ncsn {

/// An elementwise operation as a function: y = f(x).
template <class Op> struct elementwise_function {
    template <Differentiable X> X operator()(const X& x) const { return elementwise(Op{}, x); }
};

struct exp_op {
    template <class T> NCSN_HD T value(T x) const { return exponential(x); }
    template <class T> NCSN_HD T slope(T x) const { return exponential(x); }
    auto derivative(const Differentiable auto& x) const { return elementwise(exp_op{}, x); }
};
struct reciprocal_op {
    template <class T> NCSN_HD T value(T x) const { return 1 / x; }
    template <class T> NCSN_HD T slope(T x) const { return -1 / (x * x); }
    auto derivative(const Differentiable auto& x) const {
        const auto y = elementwise(reciprocal_op{}, x);
        return -(y * y);
    }
};
struct log_op {
    template <class T> NCSN_HD T value(T x) const { return logarithm(x); }
    template <class T> NCSN_HD T slope(T x) const { return 1 / x; }
    auto derivative(const Differentiable auto& x) const { return elementwise(reciprocal_op{}, x); }
};
/// 1 / √x.
struct inverse_sqrt_op {
    template <class T> NCSN_HD T value(T x) const { return 1 / std::sqrt(x); }
    template <class T> NCSN_HD T slope(T x) const { return T(-0.5) / (x * std::sqrt(x)); }
    auto derivative(const Differentiable auto& x) const {
        const auto y = elementwise(inverse_sqrt_op{}, x);
        return -0.5 * (y * y * y);
    }
};
struct sqrt_op {
    template <class T> NCSN_HD T value(T x) const { return std::sqrt(x); }
    template <class T> NCSN_HD T slope(T x) const { return T(0.5) / std::sqrt(x); }
    auto derivative(const Differentiable auto& x) const { return 0.5 * elementwise(inverse_sqrt_op{}, x); }
};
struct square_op {
    template <class T> NCSN_HD T value(T x) const { return x * x; }
    template <class T> NCSN_HD T slope(T x) const { return 2 * x; }
    auto derivative(const Differentiable auto& x) const { return 2.0 * x; }
};
/// 1 / (1 + e⁻ˣ).
struct sigmoid_op {
    template <class T> NCSN_HD T value(T x) const { return 1 / (1 + exponential(-x)); }
    template <class T> NCSN_HD T slope(T x) const {
        const T y = value(x);
        return y * (1 - y);
    }
    auto derivative(const Differentiable auto& x) const {
        const auto y = elementwise(sigmoid_op{}, x);
        return y * (1.0 - y);
    }
};
struct tanh_op {
    template <class T> NCSN_HD T value(T x) const { return 1 - 2 / (1 + exponential(2 * x)); }
    template <class T> NCSN_HD T slope(T x) const {
        const T y = value(x);
        return 1 - y * y;
    }
    auto derivative(const Differentiable auto& x) const {
        const auto y = elementwise(tanh_op{}, x);
        return 1.0 - y * y;
    }
};
/// ln(1 + eˣ).
struct softplus_op {
    template <class T> NCSN_HD T value(T x) const { return std::max(x, T(0)) + positive_logarithm(1 + falling_exponential(-std::abs(x))); }
    template <class T> NCSN_HD T slope(T x) const { return sigmoid_op{}.value(x); }
    auto derivative(const Differentiable auto& x) const { return elementwise(sigmoid_op{}, x); }
};
/// ln(1 + eˣ) and its slope, which share an exponential.
struct softplus_and_slope {
    template <class T> NCSN_HD void operator()(T& value, T& slope, const T& x) const {
        const T e = falling_exponential(-std::abs(x)), share = 1 / (1 + e);
        value = std::max(x, T(0)) + positive_logarithm(1 + e);
        slope = (x > 0 ? T(1) : e) * share;
    }
};
/// The adjoint of a sigmoid's argument, from its value y.
struct sigmoid_cotangent {
    template <class T> NCSN_HD T operator()(T adjoint, T y) const { return adjoint * (y * (1 - y)); }
};
/// x sigmoid(x).
struct swish_op {
    template <class T> NCSN_HD T value(T x) const { return x * share(x); }
    template <class T> NCSN_HD T slope(T x) const {
        const T s = share(x);
        return s * (1 + x * (1 - s));
    }
    /// The sigmoid, of an exponential that cannot overflow and does fall to 0: x times it must vanish far out.
    template <class T> NCSN_HD static T share(T x) {
        const T e = exponential(-std::abs(x));
        return (x > 0 ? T(1) : e) / (1 + e);
    }
    auto derivative(const Differentiable auto& x) const {
        const auto s = elementwise(sigmoid_op{}, x);
        return s * (1.0 + x * (1.0 - s));
    }
};
/// eˣ below zero, nothing above: every higher derivative of ELU, and its own.
struct elu_curvature_op {
    template <class T> NCSN_HD T value(T x) const { return x > 0 ? T(0) : exponential(x); }
    template <class T> NCSN_HD T slope(T x) const { return value(x); }
    auto derivative(const Differentiable auto& x) const { return elementwise(elu_curvature_op{}, x); }
};
struct elu_slope_op {
    template <class T> NCSN_HD T value(T x) const { return exponential(x > 0 ? T(0) : x); }        // e⁰ = 1 without a branch
    template <class T> NCSN_HD T slope(T x) const { return elu_curvature_op{}.value(x); }
    auto derivative(const Differentiable auto& x) const { return elementwise(elu_curvature_op{}, x); }
};
/// x above zero, eˣ - 1 below.
struct elu_op {
    template <class T> NCSN_HD T value(T x) const { return x > 0 ? x : exponential(x) - 1; }
    template <class T> NCSN_HD T slope(T x) const { return elu_slope_op{}.value(x); }
    auto derivative(const Differentiable auto& x) const { return elementwise(elu_slope_op{}, x); }
};
/// `below` for x <= 0, 1 above. Piecewise constant: its derivative is zero.
struct step_op {
    double below;
    template <class T> NCSN_HD T value(T x) const { return x > 0 ? T(1) : static_cast<T>(below); }
    template <class T> NCSN_HD T slope(T) const { return T(0); }
    template <Differentiable X> auto derivative(const X& x) const { return zeros_like(x); }
};
/// max(x, 0). At 0 the derivative is taken to be 0.
struct relu_op {
    template <class T> NCSN_HD T value(T x) const { return x > 0 ? x : T(0); }
    template <class T> NCSN_HD T slope(T x) const { return x > 0 ? T(1) : T(0); }
    auto derivative(const Differentiable auto& x) const { return elementwise(step_op{0}, x); }
};
/// x above zero, `below` x under it.
struct leaky_relu_op {
    double below;
    template <class T> NCSN_HD T value(T x) const { return x * step_op{below}.value(x); }      // a product, so that no branch is taken
    template <class T> NCSN_HD T slope(T x) const { return step_op{below}.value(x); }
    auto derivative(const Differentiable auto& x) const { return elementwise(step_op{below}, x); }
};

// These four are functions, since <cmath> has functions of their names: an object would make every unqualified call ambiguous.
template <Differentiable X> X exp(const X& x) { return elementwise(exp_op{}, x); }
template <Differentiable X> X log(const X& x) { return elementwise(log_op{}, x); }
template <Differentiable X> X sqrt(const X& x) { return elementwise(sqrt_op{}, x); }
template <Differentiable X> X tanh(const X& x) { return elementwise(tanh_op{}, x); }

inline constexpr elementwise_function<reciprocal_op> reciprocal;
inline constexpr elementwise_function<inverse_sqrt_op> inverse_sqrt;
inline constexpr elementwise_function<square_op> square;
inline constexpr elementwise_function<sigmoid_op> sigmoid;
inline constexpr elementwise_function<softplus_op> softplus;
inline constexpr elementwise_function<swish_op> swish;
inline constexpr elementwise_function<elu_op> elu;
inline constexpr elementwise_function<relu_op> relu;

/// x above zero, `below` x under it. The papers use 0.2 (drl) and 0.01 (asm's toys).
struct leaky_relu {
    double below = 0.2;
    template <Differentiable X> X operator()(const X& x) const { return elementwise(leaky_relu_op{below}, x); }
};
/// y = x: the activation of a layer that has none.
struct identity {
    template <Differentiable X> X operator()(const X& x) const { return x; }
};

/// On a tape the sigmoid is kept rather than its argument, and softplus keeps its slope: an exponential for each element instead of four.
template <Array A> var<A> sigmoid_on_tape(A y, const tape_node<A>& to) {
    return recorded(y, to.tape, [to, y](const A& adjoint) { to.accumulate(zip("sigmoid", adjoint, y, sigmoid_cotangent{})); });
}
template <Array A> var<A> elementwise(const sigmoid_op& op, const var<A>& x) {
    return sigmoid_on_tape(map(x.value(), value_of<sigmoid_op>{op}), x.node());
}
template <Array A> dual<var<A>> elementwise(const softplus_op&, const dual<var<A>>& x) {
    const A& at = x.value.value();
    const tape_node<A>& to = x.value.node();
    A value = A::uninitialized(at.shape()), slope = A::uninitialized(at.shape());
    for_each_element(softplus_and_slope{}, value, slope, at);
    const var<A> y = recorded(value, to.tape, [to, slope](const A& adjoint) { to.accumulate(zip("softplus", adjoint, slope, times_fn{})); });
    return {y, multiply(sigmoid_on_tape(slope, to), x.tangent)};
}

template <Differentiable X, Differentiable Y> auto operator/(const X& x, const Y& y) { return x * reciprocal(y); }

}  // namespace ncsn
