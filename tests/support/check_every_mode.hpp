// SPDX-License-Identifier: Apache-2.0
/// \file  One call that checks an operation in every mode of differentiation, in double precision.
#pragma once

#include <ncsn/arrays/random.hpp>
#include <ncsn/autodiff/structure.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <functional>
#include <string>

namespace ncsn {

using reals = tensor<double, cpu>;

inline double inner(const reals& a, const reals& b) {
    BOOST_TEST_REQUIRE(a.shape() == b.shape());
    double s = 0;
    for (std::size_t i = 0; i < a.size(); ++i) s += a[i] * b[i];
    return s;
}
/// The largest difference of two arrays of one shape, in units of 1 + the largest element.
inline double distance(const reals& a, const reals& b) {
    BOOST_TEST_REQUIRE(a.shape() == b.shape());
    double largest = 0, scale = 1;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (!(std::abs(a[i] - b[i]) <= largest)) largest = std::abs(a[i] - b[i]);     // so that NaN is a difference
        scale = std::max(scale, 1 + std::abs(b[i]));
    }
    return largest / scale;
}

/// A function of one array in the modes that the library composes.
struct every_mode {
    std::function<reals(const reals&)> plain;
    std::function<var<reals>(const var<reals>&)> reverse;
    std::function<dual<reals>(const dual<reals>&)> forward;
    std::function<dual<var<reals>>(const dual<var<reals>>&)> forward_over_reverse;
    std::function<dual<dual<reals>>(const dual<dual<reals>>&)> twice_forward;
};

/// The checks of check_every_mode at x, for three random directions.
inline void check_modes(const std::string& name, const every_mode& f, const reals& x) {
    BOOST_TEST_CONTEXT(name << " at shape " << x.shape()) {
        philox rng{2019};
        const reals y = f.plain(x);
        for (int direction = 0; direction < 3; ++direction) {
            const reals v = normal_like(x, rng), w = normal_like(x, rng), u = normal_like(y, rng);
            const double h = 1e-5;                                                    // central differences: h² and 1e-16/h are both 1e-10

            const dual<reals> moved = f.forward(dual{x, v});
            BOOST_TEST(distance(moved.value, y) < 1e-14);                            // fused and composed forms round differently
            const reals slope = (f.plain(x + h * v) - f.plain(x - h * v)) / (2 * h);
            BOOST_TEST(distance(moved.tangent, slope) < 1e-8, "tangent differs from central differences by " << distance(moved.tangent, slope));

            tape<reals> t;
            const var<reals> leaf = on(t, x), result = f.reverse(leaf);
            BOOST_TEST(distance(result.value(), y) < 1e-14);
            if (result.node()) t.sweep(result.node().index, u);
            const reals& pulled = t.adjoint(leaf.node().index);
            const double forwards = inner(u, moved.tangent), backwards = pulled.empty() ? 0 : inner(pulled, v);
            BOOST_TEST(std::abs(forwards - backwards) < 1e-12 * (1 + std::sqrt(inner(u, u) * inner(moved.tangent, moved.tangent))),
                       "adjoint identity: <u, J v> = " << forwards << ", <J'u, v> = " << backwards);

            tape<reals> second;                                                       // the gradient of <u, J(x) v>, along w
            const var<reals> at = on(second, x);
            const dual<var<reals>> curved = f.forward_over_reverse(dual{at, var<reals>{v}});
            BOOST_TEST(distance(curved.tangent.value(), moved.tangent) < 1e-14);
            if (curved.tangent.node()) second.sweep(curved.tangent.node().index, u);
            const reals& gradient = second.adjoint(at.node().index);
            const double along = gradient.empty() ? 0 : inner(gradient, w);
            const reals bent = (f.forward(dual{reals{x + h * w}, v}).tangent - f.forward(dual{reals{x - h * w}, v}).tangent) / (2 * h);
            const double size = 1 + std::sqrt(inner(u, u) * inner(bent, bent));
            BOOST_TEST(std::abs(along - inner(u, bent)) < 1e-8 * size, "dual over reverse: " << along << ", differences: " << inner(u, bent));

            const reals twice = f.twice_forward(dual{dual{x, w}, dual{v, zeros_like(v)}}).tangent.tangent;
            BOOST_TEST(std::abs(along - inner(u, twice)) < 1e-11 * size, "dual over reverse: " << along << ", dual over dual: " << inner(u, twice));
        }
    }
}

template <class F> every_mode modes_of(const F& f) { return {f, f, f, f, f}; }

/// Checks y = f(x): the value against `expected` where it is given, tangents against central differences, adjoints against tangents (adjoint
/// identity), the gradient of a tangent against central differences, and dual over dual against dual over reverse.
/// `names`: the operations that this is the registry's entry of, separated by blanks; tests/checks/registry.sh reads them.
template <class F> void check_every_mode(const char* names, const F& f, const reals& x, const std::function<reals(const reals&)>& expected = {}) {
    if (expected) BOOST_TEST(distance(f(x), expected(x)) < 1e-14, names << ": the value differs from the formula by " << distance(f(x), expected(x)));
    check_modes(names, modes_of(f), x);
}

/// f(x, y) as a function of one row that holds x and y.
template <class X> std::function<X(const X&)> side_by_side(std::function<X(const X&, const X&)> f, const reals& x, const reals& y) {
    return [f, s = x.shape(), t = y.shape()](const X& row) {
        return f(reshaped(columns(row, 0, s.size()), s), reshaped(columns(row, s.size(), t.size()), t));
    };
}
/// The same for z = f(x, y): x alone on the move, y alone, and both.
template <class F>
void check_every_mode_of_two(const char* names, const F& f, const reals& x, const reals& y,
                             const std::function<reals(const reals&, const reals&)>& expected = {}) {
    if (expected) BOOST_TEST(distance(f(x, y), expected(x, y)) < 1e-14, names << ": the value differs from the formula");
    check_modes(names + std::string(", left"), modes_of([&](const auto& a) { return f(a, y); }), x);
    check_modes(names + std::string(", right"), modes_of([&](const auto& b) { return f(x, b); }), y);
    check_modes(names + std::string(", both"),
                {side_by_side<reals>(f, x, y), side_by_side<var<reals>>(f, x, y), side_by_side<dual<reals>>(f, x, y),
                 side_by_side<dual<var<reals>>>(f, x, y), side_by_side<dual<dual<reals>>>(f, x, y)},
                concatenated(x.reshaped({1, x.size()}), y.reshaped({1, y.size()})));
}

inline reals some(const shape& s, std::uint64_t seed = 1) {
    philox rng{seed};
    return normal<reals>(s, rng);
}
/// Between 0.5 and 2.5: away from poles.
inline reals positive(const shape& s, std::uint64_t seed = 1) {
    philox rng{seed};
    return uniform<reals>(s, 0.5, 2.5, rng);
}

/// A formula for one number as a formula for arrays.
inline std::function<reals(const reals&)> each(double (*formula)(double)) {
    return [formula](const reals& x) {
        reals y = x;
        for (std::size_t i = 0; i < x.size(); ++i) y.write()[i] = formula(x[i]);
        return y;
    };
}

}  // namespace ncsn
