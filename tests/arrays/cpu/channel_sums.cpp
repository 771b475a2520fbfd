// SPDX-License-Identifier: Apache-2.0
/// \file  Sums over positions against sums in double precision, and a bias that is added to each position.
#include <support/scattered.hpp>

#include <boost/test/unit_test.hpp>

#include <ncsn/arrays/cpu/channel_sums.hpp>

#include <array>
#include <cmath>
#include <vector>

using namespace ncsn;
using numbers = std::tuple<float, double>;

namespace {

/// Relative rounding error of a sum of a few hundred numbers.
template <class T> constexpr double rounding = sizeof(T) == 4 ? 3e-6 : 1e-14;

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(the_bias_gradient_is_the_sum_over_samples_and_positions, T, numbers) {
    for (const shape s : {shape{1, 3, 3, 1}, shape{5, 7, 9, 3}, shape{8, 28, 28, 40}}) {
        const auto y = scattered<T>(s, 7), sum = convolve_bias_gradient(y);
        BOOST_REQUIRE_EQUAL(sum.shape(), shape{s[3]});
        for (std::size_t c = 0; c < s[3]; ++c) {
            double expected = 0;
            for (std::size_t k = c; k < s.size(); k += s[3]) expected += double(y[k]);
            BOOST_TEST(std::abs(double(sum[c]) - expected) < rounding<T> * std::sqrt(double(s.size() / s[3])));
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(channel_sums_see_every_position_once, T, numbers) {
    for (const std::size_t positions : {1, 7, 8, 21}) {
        const auto x = scattered<T>({positions, 5}, 1);
        std::vector<double> sums(10, 1.0);                                          // they are added to what is there
        channel_sums<2, T>(positions, 5, sums.data(), [&](std::size_t p, std::size_t c) { return std::array{x[p * 5 + c], T(2)}; });
        for (std::size_t c = 0; c < 5; ++c) {
            double expected = 1;
            for (std::size_t p = 0; p < positions; ++p) expected += double(x[p * 5 + c]);
            BOOST_TEST(std::abs(sums[c] - expected) < rounding<T> * double(positions));
            BOOST_TEST(sums[5 + c] == 1 + 2 * double(positions));
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_bias_is_added_to_every_position_and_an_empty_one_is_not, T, numbers) {
    for (const std::size_t rows : {1, 3, 9000}) {                                   // the last on several threads
        const auto y = scattered<T>({rows, 5}, 1), b = scattered<T>({5}, 2);
        std::vector<T> sum(y.values().begin(), y.values().end());
        add_bias(sum.data(), rows, tensor<T>{});
        BOOST_TEST(std::equal(sum.begin(), sum.end(), y.data()));
        add_bias(sum.data(), rows, b);
        for (std::size_t k = 0; k < sum.size(); ++k) BOOST_REQUIRE_EQUAL(sum[k], y[k] + b[k % 5]);
    }
}
