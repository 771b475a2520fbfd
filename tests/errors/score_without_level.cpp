// SPDX-License-Identifier: Apache-2.0
/// \file  A score is asked at a point and noise levels.
// expect: score\(x, z\)
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/langevin.hpp>

using namespace ncsn;
using array = tensor<float>;

struct score_of_a_unit_gaussian {
#ifdef NCSN_FIXED
    array operator()(const array& x, const noise_levels&) const { return -x; }
#else
    array operator()(const array& x) const { return -x; }
#endif
};

array wrong(const array& x, philox& rng) { return annealed{std::vector{1.0, 0.5}, langevin{full_step(0.1)}}(score_of_a_unit_gaussian{}, x, rng); }
