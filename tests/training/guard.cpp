// SPDX-License-Identifier: Apache-2.0
/// \file  The guard against numbers that are none.
#include <ncsn/models/mlp.hpp>
#include <ncsn/training/guard.hpp>

#include <support/files.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace ncsn;
using array = tensor<float, cpu>;

BOOST_AUTO_TEST_CASE(a_step_with_finite_numbers_passes_and_any_other_is_named) {
    philox rng{1};
    value_and_gradient<mlp<array>> result{0.5, mlp<array>{2, 4, 2, rng}};
    BOOST_TEST(message_of([&] { require_finite(result, 7); }) == "");
    constexpr float infinity = std::numeric_limits<float>::infinity();
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), infinity, -infinity}) {
        auto spoilt = result;
        spoilt.gradient.layers[1].bias.write()[2] = bad;
        BOOST_TEST(message_of([&] { require_finite(spoilt, 7); }).find("at step 7 the gradient of '2.bias' is not finite") != std::string::npos);
    }
    result.value = std::numeric_limits<double>::quiet_NaN();
    BOOST_TEST(message_of([&] { require_finite(result, 7); }).find("the loss is nan") != std::string::npos);
}
