// SPDX-License-Identifier: Apache-2.0
/// \file  A score has the type of the point that it is asked at.
// expect: score\(x, z\)
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/langevin.hpp>

using namespace ncsn;
using array = tensor<float>;

struct score_in_double {
#ifdef NCSN_FIXED
    array operator()(const array& x, const noise_levels&) const { return -x; }
#else
    tensor<double> operator()(const array& x, const noise_levels&) const { return tensor<double>{x.shape()}; }
#endif
};

array wrong(const array& x, philox& rng) { return annealed{std::vector{1.0, 0.5}, langevin{full_step(0.1)}}(score_in_double{}, x, rng); }
