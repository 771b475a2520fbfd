// SPDX-License-Identifier: Apache-2.0
/// \file  What several processes that train one model have to say to each other.
#pragma once

#include <ncsn/autodiff/module.hpp>

#include <concepts>

namespace ncsn {

/// Processes 0, ..., size() - 1, of which this is rank(). sum(x) replaces x, which has the same shape in all of them, by the sum over them, with the
/// same bits everywhere; all call it for the same arrays in the same order.
template <class C, class A>
concept Communicator = requires(const C& processes, A& x) {
    { processes.rank() } -> std::convertible_to<std::size_t>;
    { processes.size() } -> std::convertible_to<std::size_t>;
    processes.sum(x);
};

/// One process by itself.
struct alone {
    std::size_t rank() const { return 0; }
    std::size_t size() const { return 1; }
    template <Array A> void sum(A&) const {}
};

/// The sum of a gradient over all processes.
template <Module M, class C> void sum_over(const C& processes, M& gradient) {
    static_assert(Communicator<C, parameter_t<M>>, "a communicator has rank(), size() and sum(array)");
    for_each_leaf([&processes](auto& g) { processes.sum(g); }, gradient);
}

}  // namespace ncsn
