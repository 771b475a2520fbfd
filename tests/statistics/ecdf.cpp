// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the empirical distribution function: steps, ties, quantiles.
#include <ncsn/arrays/tensor.hpp>
#include <ncsn/statistics/ecdf.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(it_steps_up_at_each_number_and_is_right_continuous) {
    const ecdf F{std::vector{3.0, 1.0, 2.0, 2.0}};
    const double at[][2] = {{0.5, 0}, {1, 0.25}, {1.5, 0.25}, {2, 0.75}, {2.9, 0.75}, {3, 1}, {9, 1}};
    for (const auto& [x, expected] : at) BOOST_TEST(F(x) == expected, "at " << x);
    BOOST_TEST(F.size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_quantile_is_the_smallest_number_that_reaches_it) {
    const ecdf F{std::vector{3.0, 1.0, 2.0, 2.0}};
    const double at[][2] = {{0, 1}, {0.25, 1}, {0.26, 2}, {0.75, 2}, {0.76, 3}, {1, 3}};
    for (const auto& [p, expected] : at) BOOST_TEST(F.quantile(p) == expected, "at " << p);
    for (const double p : {0.1, 0.3, 0.5, 0.8, 1.0}) BOOST_TEST(F(F.quantile(p)) >= p);
    BOOST_CHECK_THROW(F.quantile(1.1), error);
    BOOST_CHECK_THROW(F.quantile(-0.1), error);
}

BOOST_AUTO_TEST_CASE(it_is_made_from_the_numbers_of_an_array_and_from_nothing_else) {
    const tensor<float, cpu> x({2, 2}, {4, 1, 3, 2});
    BOOST_TEST(ecdf{x.values()}(2.5) == 0.5);
    BOOST_CHECK_THROW(ecdf{std::vector<double>{}}, error);
    BOOST_CHECK_THROW((ecdf{std::vector{1.0, std::numeric_limits<double>::quiet_NaN()}}), error);
}

BOOST_AUTO_TEST_CASE(a_quantile_is_the_smallest_number_that_reaches_its_share) {
    // Of 1 ... n at p = k/n it is k, whatever p n rounds to.
    for (const int n : {1, 3, 7, 10, 100, 1000, 4999}) {
        std::vector<double> numbers;
        for (int k = 1; k <= n; ++k) numbers.push_back(k);
        const ecdf F{numbers};
        for (int k = 1; k <= n; ++k) {
            const double p = static_cast<double>(k) / n;
            BOOST_TEST_REQUIRE(F.quantile(p) == k);
            if (k < n) BOOST_TEST_REQUIRE(F.quantile(std::nextafter(p, 1.0)) == k + 1);
            BOOST_TEST_REQUIRE(F(F.quantile(p)) >= p);
        }
        BOOST_TEST(F.quantile(0) == 1);
    }
    BOOST_TEST((ecdf{std::vector{1.0}}.quantile(1)) == 1);
}
