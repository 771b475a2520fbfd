// SPDX-License-Identifier: Apache-2.0
/// \file  How many kernels a step of training is: the network's own, and for all that concerns every parameter a few (docs/decisions/cuda.md).
#include <boost/test/unit_test.hpp>

#include <support/emulated_libraries.hpp>

#include <ncsn/models/reduced_precision.hpp>
#include <ncsn/models/refinenet.hpp>
#include <ncsn/training/adam.hpp>
#include <ncsn/training/denoising.hpp>
#include <ncsn/training/ema.hpp>

using namespace ncsn;
using D = emulated;
using array = tensor<float, D>;

/// What f asks of the device: a kernel for each convolution, for each bias and for each copy.
template <class F> std::size_t kernels(const F& f) {
    D::started = 0;
    f();
    return D::started;
}

BOOST_AUTO_TEST_CASE(a_step_is_the_networks_kernels_and_few_more) {
    philox rng{1};
    reduced_precision<bfloat16, refinenet<array>> model{refinenet<array>{{3, 8, 10}, rng}};      // narrow; the number of kernels is the same
    adam optimizer{model};
    ema average{model};
    const array x({2, 8, 8, 3}, 0.5f);
    std::size_t parameters = 0;
    for_each_leaf([&](const array&) { ++parameters; }, model);
    BOOST_TEST(parameters == 173u);
    auto gradient = model;
    const denoising_score_matching loss{geometric{{.first = 1, .last = 0.01, .levels = 10}}};
    for (int step = 0; step < 2; ++step) {                                          // the model and the average share no elements after the first
        D::uploaded = 0;
        const std::size_t network = kernels([&] { gradient = loss_and_grad(loss, model, x, rng).gradient; });
        const std::size_t update = kernels([&] { optimizer.step(model, gradient); }), blend = kernels([&] { average.update(model); });
        BOOST_TEST_MESSAGE(network << " for the gradient, " << update << " for Adam, " << blend << " for the average, " << D::uploaded << " uploads");
        BOOST_TEST((network < 1170 && D::uploaded <= 6));                           // of levels, twice: to gather by them and to scatter
        if (step > 0) BOOST_TEST((update <= 6 && blend <= 3));
    }
}
