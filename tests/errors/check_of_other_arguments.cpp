// SPDX-License-Identifier: Apache-2.0
/// \file  A transition that checks levels is asked with score and levels; a check of other arguments would never be.
// expect: a transition's check is called as check\(score, levels\)
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/samplers/annealed.hpp>

using namespace ncsn;
using array = tensor<float>;

struct careful {
    array operator()(const auto&, const array& x, const noise_level&, philox&) const { return x; }
#ifdef NCSN_FIXED
    void check(const auto&, const noise_level& level) const { require(level.sigma < 2, "sigma ", level.sigma); }
#else
    void check(double sigma) const { require(sigma < 2, "sigma ", sigma); }
#endif
};

array wrong(const gaussian_mixture<array>& target, const array& x, philox& rng) {
    return annealed{std::vector{1.0, 0.5}, careful{}}(target, x, rng);
}
