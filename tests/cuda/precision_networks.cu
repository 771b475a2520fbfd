// SPDX-License-Identifier: Apache-2.0
/// \file  The gradients of the networks of the report and of adversarial score matching on the GPU, in float and bfloat16, beside the CPU's.
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/ncsnv2.hpp>
#include <ncsn/models/reduced_precision.hpp>
#include <ncsn/models/report_refinenet.hpp>
#include <ncsn/models/report_resnet.hpp>
#include <ncsn/models/unet.hpp>
#include <ncsn/training/denoising.hpp>

#include <support/devices.hpp>
#include <support/kernels.hpp>

using namespace ncsn;
using D = cuda;

namespace {

/// The gradient of a network under denoising score matching, all of it, in a row.
template <bool Reduced, class M> tensor<float> gradient_of(const M& network) {
    using A = parameter_t<M>;
    philox rng{1};
    const A x = uniform<A>({4, 8, 8, 1}, 0, 1, rng);
    const denoising_score_matching objective{std::array{1.0, 0.3, 0.1}};
    std::vector<float> row;
    const auto collect = [&row](const auto& p) { append(row, p); };
    if constexpr (Reduced) {
        const auto result = value_and_grad(objective, reduced_precision<bfloat16, M>{network}, x, rng);
        for_each_leaf(collect, result.gradient);
    } else {
        const auto result = value_and_grad(objective, network, x, rng);
        for_each_leaf(collect, result.gradient);
    }
    return in_a_row(row);
}
/// make<A>(rng) on both devices.
template <class Make> void check_gradients(const Make& make) {
    philox here{2}, there{2};
    const auto expected = gradient_of<false>(make.template operator()<tensor<float>>(here));
    const auto network = make.template operator()<tensor<float, D>>(there);
    BOOST_TEST(squared_error(gradient_of<false>(network), expected) <= 1e-7);
#if defined(__CUDACC__)                                                             // on the host bfloat16 is shown by precision.cu, in less time
    BOOST_TEST(squared_error(gradient_of<true>(network), expected) <= 2e-2);        // 8 digits, some twenty layers deep
#endif
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_gradient_of_the_reports_refinenet) {
    check_gradients([]<class A>(philox& rng) { return report_refinenet<A>{{.channels = 1, .features = 8, .levels = 3}, rng}; });
}
BOOST_AUTO_TEST_CASE(the_gradient_of_the_reports_resnet) {
    check_gradients([]<class A>(philox& rng) { return report_resnet<A>{{.channels = 1, .features = 8, .levels = 3}, rng}; });
}
BOOST_AUTO_TEST_CASE(the_gradient_of_ncsnv2) {
    check_gradients([]<class A>(philox& rng) { return unconditional{ncsnv2<A>{{.channels = 1, .features = 8}, rng}}; });
}
BOOST_AUTO_TEST_CASE(the_gradient_of_the_unet) {
    check_gradients([]<class A>(philox& rng) { return unet<A>{{.channels = 1, .features = 8, .conditional = true, .groups = 4}, rng}; });
}
