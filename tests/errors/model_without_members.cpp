// SPDX-License-Identifier: Apache-2.0
/// \file  A model names its data members.
// expect: members
#include <ncsn/training/denoising.hpp>

using namespace ncsn;
using array = tensor<float>;

template <class P> struct line {
    P slope;
#ifdef NCSN_FIXED
    static constexpr std::tuple members{field{"slope", &line::slope}};
#endif
    auto operator()(const Differentiable auto& x, const noise_levels&) const { return x * slope; }
};

double wrong(const line<array>& model, const array& x, philox& rng) {
    return value_and_grad(denoising_score_matching{std::vector{1.0}}, model, x, rng).value;
}
