// SPDX-License-Identifier: Apache-2.0
/// \file  Sums a channel and biases on a device that runs kernels: the CPU's values, and long sums without drift.
#include <boost/test/unit_test.hpp>

#include <support/emulated_device.hpp>
#include <support/kernels.hpp>
#include <support/scattered.hpp>

#include <ncsn/arrays/cpu/channel_sums.hpp>
#include <ncsn/arrays/kernels/channel_sums.hpp>

using namespace ncsn;
using D = emulated;

BOOST_AUTO_TEST_CASE_TEMPLATE(the_biases_adjoint_is_the_sum_over_samples_and_positions, T, element_types) {
    for (const std::size_t channels : {1, 3, 7, 8, 16, 33})
        for (const shape& s : {shape{1, 1, 1, channels}, shape{3, 5, 4, channels}, shape{2, 16, 9, channels}}) {
            auto y = scattered<computing_type<T>>(s, 1);
            for (std::size_t k = 0; k < y.size(); ++k) y.write()[k] += computing_type<T>(0.5);
            y = rounded<T>(y);
            const auto found = fetched(convolve_bias_gradient(sent<D, T>(y)));
            BOOST_REQUIRE(found.shape() == shape{channels});
            BOOST_REQUIRE_LT(relative_error(found, convolve_bias_gradient(in_double(y))), rounding<T>);
        }
}

BOOST_AUTO_TEST_CASE(a_sum_of_a_million_elements_keeps_six_digits) {
    const auto y = scattered<float>({8, 362, 345, 1}, 1);
    auto shifted = y;
    for (std::size_t k = 0; k < y.size(); ++k) shifted.write()[k] += 1;
    double exact = 0;
    for (const float v : shifted.values()) exact += v;
    BOOST_TEST(double(on_device<cpu>(convolve_bias_gradient(on_device<D>(shifted)))[0]) == exact, boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_bias_is_added_to_every_position, T, element_types) {
    for (const std::size_t channels : {1, 3, 7, 8, 16, 33}) {
        const shape s{2, 3, 5, channels};
        const auto y = rounded<T>(scattered<computing_type<T>>(s, 1)), b = rounded<T>(scattered<computing_type<T>>({channels}, 2));
        auto sum = sent<D, T>(y);
        add_bias(sum, sent<D, T>(b));
        const auto found = fetched(sum);
        for (std::size_t k = 0; k < y.size(); ++k)
            BOOST_REQUIRE_EQUAL(double(found[k]), double(static_cast<T>(y[k] + b[k % channels])));
    }
}

BOOST_AUTO_TEST_CASE(no_rows_sum_to_zero) {
    const auto sums = on_device<cpu>(convolve_bias_gradient(tensor<float, D>({0, 3, 3, 2})));
    BOOST_TEST(sums.values() == (std::vector<float>{0, 0}), boost::test_tools::per_element());
}
