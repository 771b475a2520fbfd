// SPDX-License-Identifier: Apache-2.0
/// \file  What networks that are only evaluated convolve with: two channels apart, by hand.
#include <boost/test/unit_test.hpp>

#include <ncsn/arrays/grouped_convolution.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(each_channel_has_a_kernel_of_its_own) {
    const tensor<double, cpu> x{{1, 1, 3, 2}, {1, 10, 2, 20, 3, 30}}, w{{2, 1, 2, 1}, {1, 1, -1, 0.5}}, bias{{2}, {-4, 1}};
    const grouped_window window{.groups = 2, .right = 1};
    // 1 + 2, 2 + 3, 3 + 0 less 4; and -10 + 10, -20 + 15, -30 + 0 and 1
    const auto plain = convolve(x, w, bias, window, activation::none), rectified = convolve(x, w, bias, window, activation::rectified);
    const std::vector<double> expected{-1, 1, 1, -4, -1, -29};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        BOOST_TEST(plain[i] == expected[i]);
        BOOST_TEST(rectified[i] == std::max(0.0, expected[i]));
    }
}
