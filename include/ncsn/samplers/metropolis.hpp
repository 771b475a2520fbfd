// SPDX-License-Identifier: Apache-2.0
/// \file  Accepting or rejecting a proposed move, sample by sample.
#pragma once

#include <ncsn/arrays/random.hpp>
#include <ncsn/arrays/reductions.hpp>
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

/// A point with what a proposal from there needs, kept from move to move: n moves evaluate score and density at n + 1 points.
template <Array A> struct metropolis_state {
    A x;
    A score;        ///< s(x), as x
    A log_density;  ///< ln p(x) up to a constant: [N, 1]
    A accepted;     ///< of the move that led here: [N, 1], as in metropolis_move; 0 at the start

    double acceptance() const { return mean(accepted).item(); }
};
/// What a model says of a proposal, whatever that is: numbers that are none reject it.
template <Array A> metropolis_state<A> metropolis_proposal(const DensityModel<A> auto& score, const A& x, const noise_level& level) {
    return {x, score(x, level), log_density(score, x, level), A({x.shape()[0], 1})};
}
/// The state of points that no move has led to. Throws where score or density there is not finite: no ratio with it would be a number, every proposal
/// would be rejected, and the start be taken for a sample.
template <Array A> metropolis_state<A> metropolis_start(const DensityModel<A> auto& score, const A& x, const noise_level& level) {
    metropolis_state<A> state = metropolis_proposal(score, x, level);
    const bool finite = all_finite(state.score);
    require(finite && all_finite(state.log_density), "metropolis: at the start, at level ", level.index, " (sigma ", level.sigma, "), the ",
            finite ? "log density" : "score", " of a sample is not finite; finite numbers were expected, as proposals are compared with them. The "
            "chain begins where the model has no density, or the model itself is spoilt");
    return state;
}

struct is_positive {
    template <class T> NCSN_HD T operator()(T x) const { return x > 0 ? T(1) : T(0); }
};
struct take_where {
    template <class T> NCSN_HD void operator()(T& x, const T& proposal, const T& accepted) const { x = accepted > 0 ? proposal : x; }
};

/// x <- y in the rows where `accepted` [N, 1] is 1.
template <Array A> void take_rows(A& x, const A& y, const A& accepted) {
    const A everywhere = expanded(as_column(accepted, x.shape()), x.shape());
    for_each_element(take_where{}, x, y, everywhere);
}

/// y with probability min(1, e^log_ratio), else x, for each sample (Metropolis et al. 1953; Hastings 1970).   log_ratio: [N, 1].
/// u < e^r is tried as r + |z|²/2 > 0: half the squared length of a normal pair is distributed as -ln u, so any generator of noise will do and no
/// logarithm is taken. A ratio that is not a number rejects. One draw of rng.
template <Array A> metropolis_move<A> metropolis(const A& x, const A& y, const A& log_ratio, Generator auto& rng) {
    const A z = normal_like(A({x.shape()[0], 2}), rng);
    metropolis_move<A> move{x, map(A{log_ratio + 0.5 * row_dot(z, z)}, is_positive{})};
    take_rows(move.x, y, move.accepted);
    return move;
}
/// The same for states: there.x with probability min(1, e^log_ratio), and score and density with it.
template <Array A>
metropolis_state<A> metropolis(const metropolis_state<A>& here, const metropolis_state<A>& there, const A& log_ratio, Generator auto& rng) {
    const metropolis_move<A> move = metropolis(here.x, there.x, log_ratio, rng);
    metropolis_state<A> next{move.x, here.score, here.log_density, move.accepted};
    take_rows(next.score, there.score, move.accepted);
    take_rows(next.log_density, there.log_density, move.accepted);
    return next;
}

}  // namespace ncsn
