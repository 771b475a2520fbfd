// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the Kolmogorov-Smirnov test: distances by hand, published critical values, and that p-values are uniform under the hypothesis.
#include <ncsn/arrays/random.hpp>
#include <ncsn/autodiff/arithmetic.hpp>
#include <ncsn/statistics/kolmogorov_smirnov.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using reals = tensor<double, cpu>;

BOOST_AUTO_TEST_CASE(distances_are_those_of_the_step_functions) {
    const auto uniform = [](double x) { return std::clamp(x, 0.0, 1.0); };
    BOOST_TEST(std::abs(kolmogorov_smirnov(ecdf{std::vector{0.1, 0.4, 0.7}}, uniform).distance - 0.3) < 1e-15);   // 1 - 0.7, after the last step
    BOOST_TEST(std::abs(kolmogorov_smirnov(ecdf{std::vector{0.5, 0.6, 0.9}}, uniform).distance - 0.5) < 1e-15);   // before the first
    const auto two = kolmogorov_smirnov(ecdf{std::vector{1.0, 2.0, 2.0, 5.0}}, ecdf{std::vector{2.0, 3.0}});
    BOOST_TEST(two.distance == 0.25);                                                  // at 1, at 2 (3/4 - 1/2) and at 3
    BOOST_TEST(kolmogorov_smirnov(ecdf{std::vector{1.0, 2.0}}, ecdf{std::vector{1.0, 2.0}}).p_value == 1.0);
}

BOOST_AUTO_TEST_CASE(the_tail_has_the_published_critical_values_and_one_value_where_its_series_meet) {
    const double critical[][2] = {{1.22385, 0.10}, {1.35810, 0.05}, {1.62762, 0.01}, {1.94947, 0.001}};   // Smirnov 1948
    for (const auto& [t, p] : critical) BOOST_TEST(std::abs(kolmogorov_tail(t) / p - 1) < 1e-4);
    BOOST_TEST(std::abs(kolmogorov_tail(1 - 1e-12) - kolmogorov_tail(1)) < 1e-11);
    BOOST_TEST(kolmogorov_tail(0) == 1.0);
    BOOST_TEST(kolmogorov_tail(0.2) > 1 - 1e-10);
    BOOST_TEST(kolmogorov_tail(30) == 0.0);
    BOOST_TEST(std::abs(kolmogorov_smirnov_p_value(0.40925, 10) - 0.05) < 0.003);      // Miller's table, n = 10 at 5 %
}

BOOST_AUTO_TEST_CASE(right_hypotheses_have_uniform_p_values_and_wrong_ones_none) {
    philox rng{1};
    std::vector<double> one, two;
    for (int trial = 0; trial < 400; ++trial) {
        const ecdf a{normal<reals>({100}, rng).values()}, b{normal<reals>({150}, rng).values()};
        one.push_back(kolmogorov_smirnov(a, [](double x) { return normal_cdf(x); }).p_value);
        two.push_back(kolmogorov_smirnov(a, b).p_value);
    }
    const auto uniform = [](double p) { return std::clamp(p, 0.0, 1.0); };
    BOOST_TEST(kolmogorov_smirnov(ecdf{one}, uniform).p_value > 1e-4);                 // fails once in 10,000 seeds
    BOOST_TEST(std::abs(ecdf{two}(0.1) - 0.1) < 5 * std::sqrt(0.09 / 400));           // two samples: discrete, so only a frequency
    const ecdf wide{reals{1.1 * normal<reals>({20000}, rng)}.values()}, shifted{reals{normal<reals>({20000}, rng) + 0.05}.values()};
    BOOST_TEST(kolmogorov_smirnov(wide, [](double x) { return normal_cdf(x); }).p_value < 1e-6);
    BOOST_TEST(kolmogorov_smirnov(shifted, ecdf{normal<reals>({20000}, rng).values()}).p_value < 1e-3);
    BOOST_TEST(std::abs(normal_cdf(1.959963984540054) - 0.975) < 1e-12);
    BOOST_TEST(normal_cdf(3, 3, 2) == 0.5);
}

BOOST_AUTO_TEST_CASE(what_is_no_distribution_function_is_refused) {
    const ecdf sample{std::vector{0.1, 0.5}};
    for (const double wrong : {std::nan(""), -0.1, 1.1}) BOOST_CHECK_THROW(kolmogorov_smirnov(sample, [wrong](double) { return wrong; }), error);
    BOOST_CHECK_THROW(kolmogorov_tail(std::nan("")), error);
    BOOST_CHECK_THROW(kolmogorov_smirnov_p_value(std::nan(""), 10), error);
    BOOST_CHECK_THROW(kolmogorov_smirnov_p_value(0.1, 0), error);
    BOOST_CHECK_THROW(normal_cdf(0, 0, 0), error);
}
