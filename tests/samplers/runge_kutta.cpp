// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of Runge-Kutta rules: the order on an equation with a closed form, the levels they ask at, and their formulas, bit by bit.
#include <ncsn/arrays/random.hpp>
#include <ncsn/autodiff/functions.hpp>
#include <ncsn/samplers/runge_kutta.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <vector>

using namespace ncsn;

namespace {

/// dy/dσ = -σ y from σ = 2 to 1: y = y₀ exp((4 - 1)/2).
template <class Rule> double error_of(std::size_t steps) {
    double y = 1;
    for (std::size_t i = 0; i < steps; ++i) {
        const auto at = [steps](std::size_t k) { return noise_level{k, 2 - static_cast<double>(k) / static_cast<double>(steps), 0, 1}; };
        y = Rule{}([](double v, const noise_level& level) { return -level.sigma * v; }, y, at(i), at(i + 1));
    }
    return std::abs(y - std::exp(1.5));
}
template <class Rule> double order() { return std::log2(error_of<Rule>(64) / error_of<Rule>(128)); }
template <class Rule> std::vector<double> asked_at() {
    std::vector<double> sigmas;
    Rule{}([&](double v, const noise_level& level) { return sigmas.push_back(level.sigma), v; }, 1.0, {3, 2, 1, 0.5}, {4, 1, 0.5, 0.5});
    return sigmas;
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_rule_has_its_order) {
    BOOST_TEST(std::abs(order<euler_rule>() - 1) < 0.05);
    BOOST_TEST(std::abs(order<midpoint_rule>() - 2) < 0.05);
    BOOST_TEST(std::abs(order<heun_rule>() - 2) < 0.05);
    BOOST_TEST(std::abs(order<runge_kutta_rule>() - 4) < 0.05);
}

BOOST_AUTO_TEST_CASE(it_asks_once_a_stage_at_its_places) {
    BOOST_TEST(asked_at<euler_rule>() == (std::vector<double>{2}), boost::test_tools::per_element());
    BOOST_TEST(asked_at<heun_rule>() == (std::vector<double>{2, 1}), boost::test_tools::per_element());
    BOOST_TEST(asked_at<midpoint_rule>() == (std::vector<double>{2, 1.5}), boost::test_tools::per_element());
    BOOST_TEST(asked_at<runge_kutta_rule>() == (std::vector<double>{2, 1.5, 1.5, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_tables_are_the_formulas_as_they_are_written) {
    const noise_level from{3, 1.7, 1.1, 0.3}, to{4, 1.1, 0.4, 0.3}, half{3, (1.7 + 1.1) / 2, 1.1, 0.3};
    using array = tensor<float, cpu>;                                                 // every operation is rounded
    const auto f = [](const array& v, const noise_level& at) { return array{tanh(at.sigma * v) + at.next}; };
    const double h = to.sigma - from.sigma;
    philox rng{1};
    const array y = normal<array>({100}, rng), a = f(y, from), b = f(y + (h / 2) * a, half), c = f(y + (h / 2) * b, half), d = f(y + h * c, to);
    const auto same = [&](const auto& rule, const array& expected) { return std::ranges::equal(rule(f, y, from, to).values(), expected.values()); };
    BOOST_TEST(same(heun_rule{}, y + (h / 2) * (a + f(y + h * a, to))));
    BOOST_TEST(same(runge_kutta_rule{}, y + (h / 6) * (a + d + 2.0 * (b + c))));
    BOOST_TEST(same(midpoint_rule{}, y + h * b));
    BOOST_TEST(same(euler_rule{}, y + h * a));
}
