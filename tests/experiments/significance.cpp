// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the tests: tails in closed form, and how often a true statement is rejected.
#include <boost/test/unit_test.hpp>

#include "../../experiments/support/claim.hpp"

#include <ncsn/arrays/elementwise.hpp>
#include <ncsn/arrays/random.hpp>

#include <numbers>

using namespace ncsn;
const auto tight = boost::test_tools::tolerance(1e-10);

BOOST_AUTO_TEST_CASE(the_incomplete_beta_function_in_closed_form) {
    for (const double x : {0.01, 0.3, 0.5, 0.77, 0.999}) {
        BOOST_TEST(incomplete_beta(1, 7.5, x) == 1 - std::pow(1 - x, 7.5), tight);
        BOOST_TEST(incomplete_beta(3.25, 1, x) == std::pow(x, 3.25), tight);
        BOOST_TEST(incomplete_beta(0.5, 0.5, x) == 2 / std::numbers::pi * std::asin(std::sqrt(x)), tight);
        BOOST_TEST(incomplete_beta(4, 2.5, x) + incomplete_beta(2.5, 4, 1 - x) == 1, tight);
    }
    BOOST_TEST(incomplete_beta(2, 3, 0) == 0);
    BOOST_TEST(incomplete_beta(2, 3, 1) == 1);
}

BOOST_AUTO_TEST_CASE(students_tail_in_closed_form) {
    for (const double t : {-3.0, -0.5, 0.0, 1.0, 2.92, 40.0}) {
        BOOST_TEST(student_tail(t, 1) == 0.5 - std::atan(t) / std::numbers::pi, tight);  // Cauchy
        BOOST_TEST(student_tail(t, 2) == 0.5 - t / 2 / std::sqrt(2 + t * t), tight);
        BOOST_TEST(student_tail(t, 4e6) == 0.5 * std::erfc(t / std::numbers::sqrt2), boost::test_tools::tolerance(1e-3));
    }
    BOOST_TEST(student_tail(2.919986, 2) == 0.05, boost::test_tools::tolerance(1e-6));  // of every table
    BOOST_TEST(student_tail(1.812461, 10) == 0.05, boost::test_tools::tolerance(1e-6));
    BOOST_TEST(student_tail(std::numeric_limits<double>::infinity(), 2) == 0);
}

BOOST_AUTO_TEST_CASE(the_binomial_test_counts_what_is_no_more_probable) {
    BOOST_TEST(binomial_p_value(0, 2, 0.5) == 0.5, tight);
    BOOST_TEST(binomial_p_value(1, 2, 0.5) == 1.0, tight);
    BOOST_TEST(binomial_p_value(5, 5, 0.8) == 1 - 5 * std::pow(0.8, 4) * 0.2, tight);  // 0, 1, 2 and 3 are less probable, too
    BOOST_TEST(binomial_p_value(3, 3, 1) == 1.0, tight);
    BOOST_TEST(binomial_p_value(2, 3, 1) == 0.0, tight);
    BOOST_TEST(binomial_p_value(500'980, 1'000'000, 0.5) == 0.05, boost::test_tools::tolerance(0.01));  // 1.96 deviations of 500
}

// 20,000 sets of three seeds about a true statement: a test at 5 % rejects 5 % of them. The share has a standard error of 0.0015; 5 of them.
BOOST_AUTO_TEST_CASE(a_true_statement_is_rejected_as_often_as_the_level_says) {
    philox rng{1};
    const std::size_t n = 20'000;
    const auto a = normal<tensor<double, cpu>>({n, 3}, rng), b = normal<tensor<double, cpu>>({n, 3}, rng);
    claim equal{.statement = "", .paper = "", .relation = "is", .quantity = "a", .other = "", .expected = 0, .gap = ""}, below = equal;
    below.relation = "below", below.other = "b";
    double rejected = 0, accepted = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const measurement of_a{.name = "a", .statement = "", .values = {a[3 * i], a[3 * i + 1], a[3 * i + 2]}};
        rejected += equal.test(of_a, {}, true).verdict == outcome::fails;
        accepted += below.test(of_a, {b[3 * i], b[3 * i + 1], b[3 * i + 2]}, true).verdict == outcome::holds;  // a is not below b
    }
    BOOST_TEST(std::abs(rejected / n - 0.05) < 0.0077);
    BOOST_TEST(std::abs(accepted / n - 0.05) < 0.0077);
}
