// SPDX-License-Identifier: Apache-2.0
/// \file  A schedule is a range of standard deviations.
// expect: a schedule is a range of standard deviations
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/langevin.hpp>

using namespace ncsn;

#ifdef NCSN_FIXED
const annealed sampler{std::vector{1.0, 0.5}, langevin{full_step(0.1)}};
#else
const annealed sampler{1.0, langevin{full_step(0.1)}};
#endif
