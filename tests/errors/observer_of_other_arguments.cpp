// SPDX-License-Identifier: Apache-2.0
/// \file  An observer is told the level and the move.
// expect: an observer is called as observer\(level, move\)
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/langevin.hpp>

using namespace ncsn;
using array = tensor<float>;

struct watching {
#ifdef NCSN_FIXED
    void operator()(const noise_level&, const array&) const {}
#else
    void operator()(double) const {}
#endif
};

array wrong(const gaussian_mixture<array>& target, const array& x, philox& rng) {
    return annealed{std::vector{1.0, 0.5}, langevin{full_step(0.1)}}(target, x, rng, watching{});
}
