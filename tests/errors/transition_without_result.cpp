// SPDX-License-Identifier: Apache-2.0
/// \file  A transition returns the new position.
// expect: transition\(score, x, level, rng\)
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/samplers/annealed.hpp>

using namespace ncsn;
using array = tensor<float>;

struct forgetful {
#ifdef NCSN_FIXED
    array operator()(const auto& score, const array& x, const noise_level& level, philox&) const { return x + score(x, level); }
#else
    void operator()(const auto& score, const array& x, const noise_level& level, philox&) const { score(x, level); }
#endif
};

array wrong(const gaussian_mixture<array>& target, const array& x, philox& rng) {
    return annealed{std::vector{1.0, 0.5}, forgetful{}}(target, x, rng);
}
