// SPDX-License-Identifier: Apache-2.0
/// \file  Accepting or rejecting a proposed move, sample by sample.
#pragma once

#include <ncsn/arrays/random.hpp>
#include <ncsn/autodiff/structure.hpp>
#include <ncsn/levels/columns.hpp>
#include <ncsn/models/log_density.hpp>
#include <ncsn/samplers/sampler.hpp>

namespace ncsn {

/// A move that reports which samples took their proposal.
template <Array A> struct metropolis_move {
    A x;
    A accepted;  ///< [N, 1]: 1 where the proposal was taken, 0 where the sample stayed

    double acceptance() const { return mean(accepted).item(); }
};

struct is_positive {
    template <class T> NCSN_HD T operator()(T x) const { return x > 0 ? T(1) : T(0); }
};
struct take_where {
    template <class T> NCSN_HD void operator()(T& x, const T& proposal, const T& accepted) const { x = accepted > 0 ? proposal : x; }
};

/// y with probability min(1, e^log_ratio), else x, for each sample (Metropolis et al. 1953; Hastings 1970).   log_ratio: [N, 1].
/// u < e^r is tried as r + |z|²/2 > 0: half the squared length of a normal pair is distributed as -ln u, so any generator of noise will do and no
/// logarithm is taken. A ratio that is not a number rejects. One draw of rng.
template <Array A> metropolis_move<A> metropolis(const A& x, const A& y, const A& log_ratio, Generator auto& rng) {
    const A z = normal_like(A({x.shape()[0], 2}), rng);
    metropolis_move<A> move{x, map(A{log_ratio + 0.5 * row_dot(z, z)}, is_positive{})};
    const A everywhere = expanded(as_column(move.accepted, x.shape()), x.shape());
    for_each_element(take_where{}, move.x, y, everywhere);
    return move;
}

}  // namespace ncsn
