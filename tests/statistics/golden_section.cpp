// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of golden-section search: minima that are known, at ends, under noise, and how often it asks.
#include <ncsn/arithmetic/philox.hpp>
#include <ncsn/arrays/random.hpp>
#include <ncsn/statistics/golden_section.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(known_minima_are_found) {
    const double length = 1e-5;
    const auto least = [&](const auto& f, double first, double last) { return least_of(golden_section(f, first, last, length)).x; };
    BOOST_TEST(std::abs(least([](double x) { return (x - 0.3) * (x - 0.3); }, -1, 2) - 0.3) <= length);
    BOOST_TEST(std::abs(least([](double x) { return std::abs(x + 4); }, -10, 50) + 4) <= length);
    BOOST_TEST(std::abs(least([](double x) { return std::exp(x) - 3 * x; }, 0, 2) - std::log(3)) <= length);
    BOOST_TEST(std::abs(least([](double x) { return -std::sin(x); }, 0, 3) - std::numbers::pi / 2) <= length);
    // An edge between what diverges and what rises.
    BOOST_TEST(std::abs(least([](double x) { return x > 1 ? std::numeric_limits<double>::infinity() : -x; }, 0, 3) - 1) <= length);
}

BOOST_AUTO_TEST_CASE(a_least_at_an_end_is_that_end) {
    const auto rising = golden_section([](double x) { return x; }, 2, 5, 0.01);
    const auto falling = golden_section([](double x) { return -x; }, 2, 5, 0.01);
    BOOST_TEST(least_of(rising).x == 2.0);
    BOOST_TEST(least_of(falling).x == 5.0);
    BOOST_TEST(least_of(golden_section([](double) { return 7.0; }, 2, 5, 0.01)).y == 7.0);
}

// Two ends and two places in between, then each call leaves 1/φ of the interval: the least k with φ^-k (last - first) <= length, of which the last
// one needs no call.
BOOST_AUTO_TEST_CASE(every_place_is_asked_once_and_no_more_often_than_the_golden_ratio_needs) {
    for (const double length : {2.0, 0.7, 0.1, 1e-3}) {
        std::vector<double> asked;
        const auto all = golden_section([&](double x) { return asked.push_back(x), std::abs(x - 0.4); }, 0, 1, length);
        const double shrinkings = std::max(0.0, std::ceil(std::log(1 / length) / std::log(std::numbers::phi)));
        BOOST_TEST(static_cast<double>(asked.size()) == 4 + std::max(0.0, shrinkings - 1), length);
        BOOST_TEST(all.size() == asked.size());
        BOOST_TEST(std::ranges::is_sorted(all, {}, &function_value::x));
        std::ranges::sort(asked);
        BOOST_TEST((std::ranges::adjacent_find(asked) == asked.end()));
        std::vector<double> again;
        golden_section([&](double x) { return again.push_back(x), std::abs(x - 0.4); }, 0, 1, length);
        std::ranges::sort(again);
        BOOST_TEST(again == asked, boost::test_tools::per_element());
    }
}

// Noise of deviation s about (x - m)²: a place that is d away is taken for better than the best only where two noises differ by d², so the answer
// is within a few √s of m. 400 searches; the bound of 4 √s has a tail of P(|N(0, 2 s²)| > 16 s) at each comparison, far below 1e-6.
BOOST_AUTO_TEST_CASE(a_noisy_parabola_is_found_within_its_noise) {
    philox rng{11};
    const double noise = 0.01, bound = 4 * std::sqrt(noise);
    double squares = 0;
    const int searches = 400;
    for (int k = 0; k < searches; ++k) {
        const double m = -0.8 + 1.6 * k / searches;
        const auto noisy = [&](double x) { return (x - m) * (x - m) + noise * normal<tensor<double, cpu>>({1}, rng).values()[0]; };
        const double x = least_of(golden_section(noisy, -2, 2, 0.01)).x;
        BOOST_TEST(std::abs(x - m) < bound, m);
        squares += (x - m) * (x - m);
    }
    BOOST_TEST(std::sqrt(squares / searches) < std::sqrt(noise));
}

BOOST_AUTO_TEST_CASE(places_closer_than_numbers_are_end_it_and_bad_questions_are_refused) {
    const auto flat = [](double x) { return x * x; };
    BOOST_TEST(golden_section(flat, 1, 1 + 1e-13, 1e-300).size() < 60u);
    BOOST_TEST(golden_section(flat, 1e-6, 1, 1e-300).size() < 2000u);
    BOOST_CHECK_THROW(golden_section(flat, 1, 1, 0.1), error);
    BOOST_CHECK_THROW(golden_section(flat, 2, 1, 0.1), error);
    BOOST_CHECK_THROW(golden_section(flat, 0, std::numeric_limits<double>::infinity(), 0.1), error);
    BOOST_CHECK_THROW(golden_section(flat, 0, 1, 0), error);
    BOOST_CHECK_THROW(golden_section(flat, 0, 1, std::numeric_limits<double>::quiet_NaN()), error);
    BOOST_CHECK_THROW(golden_section([](double) { return std::numeric_limits<double>::quiet_NaN(); }, 0, 1, 0.1), error);
    BOOST_CHECK_THROW(least_of({}), error);
}
