// SPDX-License-Identifier: Apache-2.0
/// \file  The score of an energy, and how it is differentiated again without a second tape.
#pragma once

#include <ncsn/autodiff/derivatives.hpp>
#include <ncsn/models/score_model.hpp>

namespace ncsn {

/// s(x, z) = -∇ₓ E(x, z): an energy as a score.
///
/// With parameters on a tape its reverse rule evaluates the energy once more, on dual{x, r}, where r is the adjoint of s:
///     d/dθ rᵀs = -d/dθ d/dε E(x + ε r),
/// and sweeps back from the tangent (Pearlmutter 1994). Anything that takes a score then trains an energy without knowing it. Under forward
/// mode the same rule works one dual deeper. Taken at a plain x or a dual of plain x; vars never nest.
template <class E> struct energy_score {
    E energy;
    static constexpr std::tuple members{field{"", &energy_score::energy}};

    template <Differentiable X> auto operator()(const X& x, const noise_levels& z) const {
        if constexpr (is_dual<X>) {
            static_assert(Array<typename X::inner>, "score_of: a score can be pushed forward along plain arrays");
            return dual{(*this)(x.value, z), along(x.value, x.tangent, z)};
        } else {
            using A = array_under_t<X>;
            const auto plain_energy = values(energy);
            A s = -gradient(plain_energy, plain(x), z);
            if constexpr (on_tape<E> || is_var<X>) {
                return recorded(std::move(s), outer_tape(x), [energy = energy, x, z](const A& r) {
                    pass_on(energy, dual{plain(x), r}, z, [](const auto& e) { return e.tangent; });
                    if constexpr (is_var<X>)
                        if (x.node()) x.node().accumulate(-hessian_product(values(energy), x.value(), r, z));
                });
            } else return s;
        }
    }

private:
    template <class M, Array A> static A gradient(const M& energy, const A& x, const noise_levels& z) {
        return vjp([&](const auto& at) { return energy(at, z); }, x, A({x.shape()[0], 1}, 1)).derivative;
    }
    template <class M, Array A> static A hessian_product(const M& energy, const A& x, const A& v, const noise_levels& z) {
        tape<A> t;
        const var<A> leaf = on(t, x);
        const var<A> slope = energy(dual{leaf, var<A>{v}}, z).tangent;
        if (slope.node()) t.sweep(slope.node().index, A(slope.value().shape(), 1));
        const A& product = t.adjoint(leaf.node().index);
        return product.empty() ? zeros_like(x) : product;
    }
    /// The tangent of the score along v: -H v, with its own reverse rule one dual deeper.
    template <Array A> auto along(const A& x, const A& v, const noise_levels& z) const {
        A tangent = -hessian_product(values(energy), x, v, z);
        if constexpr (on_tape<E>) {
            return recorded(std::move(tangent), outer_tape(x), [energy = energy, x, v, z](const A& r) {
                pass_on(energy, dual{dual{x, v}, dual{r, zeros_like(r)}}, z, [](const auto& e) { return e.tangent.tangent; });
            });
        } else return tangent;
    }
    /// -d/dθ of a tangent of the energy, added to the adjoints of the parameters.
    template <class X, class Pick> static void pass_on(const E& energy, const X& x, const noise_levels& z, const Pick& pick) {
        if constexpr (on_tape<E>) {
            auto gradient = value_and_grad([&](const auto& e) { return sum(pick(e(x, z))); }, values(energy)).gradient;
            for_each_leaf([](const auto& p, auto& g) {
                if (p.node()) p.node().accumulate(-g);
            }, energy, gradient);
        }
    }
    template <class X> auto* outer_tape(const X& x) const {
        using A = array_under_t<X>;
        tape<A>* found = tape_of(x);
        if constexpr (on_tape<E>)
            for_each_leaf([&found](const auto& p) {
                if (found == nullptr) found = p.node().tape;
            }, energy);
        return found;
    }
};

/// The score of an energy model.
template <class E> energy_score<E> score_of(E energy) { return {std::move(energy)}; }

}  // namespace ncsn
