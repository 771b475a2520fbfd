// SPDX-License-Identifier: Apache-2.0
/// \file  A network computed in a shorter type than its parameters are kept in.
#pragma once

#include <ncsn/arrays/elementwise.hpp>
#include <ncsn/arrays/packed_weights.hpp>
#include <ncsn/models/score_model.hpp>

#include <memory>
#include <vector>

namespace ncsn {

/// f(x) by way of numbers of type Low: x and the parameters are rounded to Low, the network runs in Low, and its result is given back in the type of
/// the parameters. Everything around it, the loss, the noise, the gradient, Adam's moments and the running average, stays in that type; so wrapping a
/// network is all that training in bfloat16 with float masters takes, and sampling too:
///     value_and_grad(objective, reduced_precision<bfloat16, refinenet<array>>{network}, x, rng)
/// bfloat16 has float's range, so gradients do not vanish and the loss need not be scaled. Adjoints of parameters are rounded to Low once for each
/// use.
/// Not for objectives that differentiate the network along x (sliced score matching): they need the digits.
template <class Low, class M> struct reduced_precision {
    M network;
    static constexpr std::tuple members{field{"", &reduced_precision::network}};

    template <Differentiable X, class... Rest> auto operator()(const X& x, const Rest&... rest) const {
        static_assert(!is_dual<X>, "reduced_precision: a derivative along x was asked for; take the network itself for such objectives");
        using A = array_under_t<X>;
        using T = typename A::value_type;
        using L = tensor<Low, typename A::device_type>;
        if constexpr (!on_tape<M> && Array<X>) {
            const auto low = ncsn::converted<rebind_t<M, A, L>>(network, [](const A& p) { return kept<L>(p); });
            return ncsn::converted<T>(low(ncsn::converted<Low>(x), rest...));
        } else {
            const auto inner = std::make_shared<tape<L>>();
            std::vector<link<A>> links;
            const auto leaf = [&](const var<A>& p, L value) {
                if (!p.node()) return var<L>{std::move(value)};
                const var<L> made = on(*inner, std::move(value));
                links.push_back({p.node(), made.node().index});
                return made;
            };
            const var<L> y = [&] {
                const auto from = [&] {
                    if constexpr (is_var<X>) return leaf(x, ncsn::converted<Low>(x.value()));
                    else return ncsn::converted<Low>(x);
                }();
                if constexpr (on_tape<M>) {
                    std::vector<const A*> masters;
                    for_each_leaf([&](const var<A>& p) { masters.push_back(&p.value()); }, network);
                    auto rounded = all_converted<Low>(masters);
                    auto at = rounded.begin();
                    const auto next = [&](const var<A>& p) { return leaf(p, std::move(*at++)); };
                    return ncsn::converted<rebind_t<M, var<A>, var<L>>>(network, next)(from, rest...);
                } else return ncsn::converted<rebind_t<M, A, L>>(network, [](const A& p) { return kept<L>(p); })(from, rest...);
            }();
            tape<A>* const outer = links.empty() || !y.node() ? nullptr : links.front().to.tape;
            return recorded(ncsn::converted<T>(y.value()), outer, [inner, links = std::move(links), end = y.node().index](const A& adjoint) {
                inner->sweep(end, ncsn::converted<Low>(adjoint));
                std::vector<const L*> cotangents;
                std::vector<tape_node<A>> places;
                for (const auto& [to, index] : links)
                    if (const L& cotangent = inner->adjoint(index); !cotangent.empty()) cotangents.push_back(&cotangent), places.push_back(to);
                auto widened = all_converted<T>(cotangents);
                for (std::size_t k = 0; k < places.size(); ++k) places[k].accumulate(std::move(widened[k]));
            });
        }
    }

private:
    /// Where the adjoint of a leaf of the inner tape goes.
    template <class A> struct link {
        tape_node<A> to;
        std::uint32_t index;
    };
    /// The rounded parameter, kept beside it: a sampler uses it a thousand times.
    template <class L, class A> static L kept(const A& p) {
        static const char name = 0;
        return *packed_weight_cache::get<L>(p, &name, [&] { return std::make_shared<L>(ncsn::converted<Low>(p)); });
    }
};

}  // namespace ncsn
