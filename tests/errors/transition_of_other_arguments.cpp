// SPDX-License-Identifier: Apache-2.0
/// \file  A transition takes score, x, level and generator.
// expect: transition\(score, x, level, rng\)
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/samplers/annealed.hpp>

using namespace ncsn;
using array = tensor<float>;

struct forgetful {
#ifdef NCSN_FIXED
    array operator()(const auto& score, const array& x, const noise_level& level, philox&) const { return x + score(x, level); }
#else
    array operator()(const auto& score, const array& x, double sigma) const { return x + sigma * score(x, no_noise); }
#endif
};

array wrong(const gaussian_mixture<array>& target, const array& x, philox& rng) {
    return annealed{std::vector{1.0, 0.5}, repeat{3, forgetful{}}}(target, x, rng);
}
