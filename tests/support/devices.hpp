// SPDX-License-Identifier: Apache-2.0
/// \file  Programs on other devices than the CPU: one whose memory the host cannot touch, one that runs the kernels of a GPU.
#pragma once

#include <support/emulated_libraries.hpp>
#include <support/far_device.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>

namespace ncsn {

/// What f makes with arrays of another device must not differ in one bit where the CPU's primitives run, and where the kernels of a GPU run by no
/// more than float sums in another order: ‖difference‖² <= 1e-10 ‖value‖².
template <class F> void check_same_on_devices(const F& f) {
    const tensor<float> ours = on_device<cpu>(f.template operator()<tensor<float, cpu>>());
    const tensor<float> fetched = on_device<cpu>(f.template operator()<tensor<float, far>>());
    BOOST_TEST(ours.shape() == fetched.shape());
    BOOST_TEST(ours.values() == fetched.values(), boost::test_tools::per_element());

    const tensor<float> computed = on_device<cpu>(f.template operator()<tensor<float, emulated>>());
    BOOST_TEST_REQUIRE(ours.shape() == computed.shape());
    double difference = 0, square = 0;
    for (std::size_t i = 0; i < ours.size(); ++i) {
        difference += std::pow(static_cast<double>(computed[i]) - static_cast<double>(ours[i]), 2);
        square += std::pow(static_cast<double>(ours[i]), 2);
    }
    BOOST_TEST(square > 0);
    BOOST_TEST(difference <= 1e-10 * square, "relative squared difference " << difference / square);
}

}  // namespace ncsn
