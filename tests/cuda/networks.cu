// SPDX-License-Identifier: Apache-2.0
/// \file  A score network on the GPU gives the gradients it gives on the CPU.
#include <support/devices.hpp>

#include <ncsn/models/refinenet.hpp>
#include <ncsn/training/denoising.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(a_refinenet_under_annealed_denoising_score_matching_does) {
    check_same_on_both([]<class A>() {
        philox rng{1};
        const refinenet<A> network{{.channels = 1, .features = 4, .levels = 3}, rng};
        const A x = uniform<A>({2, 8, 8, 1}, 0, 1, rng);
        const auto result = value_and_grad(denoising_score_matching{std::array{1.0, 0.3, 0.1}}, network, x, rng);
        return concatenated(flattened(result.gradient.begin_conv.weight), A({4, 1}, static_cast<float>(result.value)));
    });
}
