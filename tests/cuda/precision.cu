// SPDX-License-Identifier: Apache-2.0
/// \file  The gradient of a network on the GPU in float, TF32 and bfloat16 beside the CPU's in float.
#include <ncsn/models/reduced_precision.hpp>
#include <ncsn/models/refinenet.hpp>
#include <ncsn/training/denoising.hpp>

#include <support/devices.hpp>
#include <support/kernels.hpp>

using namespace ncsn;
using D = cuda;

namespace {

/// The gradient of a RefineNet under denoising score matching, all of it, in a row.
template <class A> tensor<float> network_gradient(bool reduced) {
    philox rng{1};
    const refinenet<A> network{{.channels = 3, .features = 16, .levels = 3}, rng};
    const A x = uniform<A>({4, 16, 16, 3}, 0, 1, rng);
    const denoising_score_matching objective{std::array{1.0, 0.3, 0.1}};
    std::vector<float> row;
    const auto collect = [&row](const auto& p) { append(row, p); };
    if constexpr (std::is_same_v<typename A::device_type, cuda>) {
        if (reduced) {
            const auto result = value_and_grad(objective, reduced_precision<bfloat16, refinenet<A>>{network}, x, rng);
            for_each_leaf(collect, result.gradient);
            return in_a_row(row);
        }
    }
    const auto result = value_and_grad(objective, network, x, rng);
    for_each_leaf(collect, result.gradient);
    return in_a_row(row);
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_gradient_of_a_refinenet) {
    const auto expected = network_gradient<tensor<float>>(false);
    const auto found = network_gradient<tensor<float, D>>(false);
    BOOST_TEST(squared_error(found, expected) <= 1e-7);
    BOOST_TEST(same(found, network_gradient<tensor<float, D>>(false)));                 // repeats bit for bit
    cuda::math = cuda::precision::tf32;
    BOOST_TEST(squared_error(network_gradient<tensor<float, D>>(false), expected) <= 1e-3);
    cuda::math = cuda::precision::fp32;
    BOOST_TEST(squared_error(network_gradient<tensor<float, D>>(true), expected) <= 2e-2);       // 8 digits, some twenty layers deep
}
