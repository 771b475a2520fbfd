// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of noise schedules and levels: the papers' numbers, the three rules, draws, refusals.
#include <ncsn/levels/schedule.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(a_geometric_schedule_has_one_ratio) {
    const geometric schedule{{.first = 1, .last = 0.01, .levels = 10}};              // Song & Ermon (2019)
    BOOST_TEST(schedule.size() == 10u);
    BOOST_TEST(std::abs(schedule[0] - 1) < 1e-15);
    BOOST_TEST(std::abs(schedule[9] - 0.01) < 1e-16);
    for (std::size_t i = 0; i + 1 < 10; ++i) BOOST_TEST(std::abs(schedule[i + 1] / schedule[i] - std::pow(0.01, 1 / 9.0)) < 1e-14);
    // The steps ε σ²/σ_L² of the NCSN paper at ε = 2e-5, to the digits printed.
    const double steps[] = {0.2, 7.188e-2, 2.583e-2, 9.283e-3, 3.336e-3, 1.199e-3, 4.309e-4, 1.549e-4, 5.565e-5, 2e-5};
    for (std::size_t i = 0; i < 10; ++i) BOOST_TEST(std::abs(2e-5 * schedule[i] * schedule[i] / 1e-4 / steps[i] - 1) < 1e-3);
}

BOOST_AUTO_TEST_CASE(a_linear_schedule_has_one_difference_and_a_hybrid_one_is_the_mean) {
    const schedule_settings s{.first = 2, .last = 0.5, .levels = 4};
    const geometric g{s};
    const linear l{s};
    const hybrid h{s};
    for (std::size_t i = 0; i < 4; ++i) {
        BOOST_TEST(std::abs(l[i] - (2 - 0.5 * static_cast<double>(i))) < 1e-15);
        BOOST_TEST(std::abs(h[i] - (g[i] + l[i]) / 2) < 1e-15);
    }
}

BOOST_AUTO_TEST_CASE(a_level_knows_its_neighbour_and_the_last) {
    const std::vector<float> schedule{3, 1, 0.5f};
    const noise_level middle = level_at(schedule, 1), end = level_at(schedule, 2);
    BOOST_TEST((middle.index == 1 && middle.sigma == 1 && middle.next == 0.5 && middle.last == 0.5));
    BOOST_TEST((end.sigma == 0.5 && end.next == 0 && end.last == 0.5));
    const noise_levels one = middle;
    BOOST_TEST((one.index.size() == 1 && one.index[0] == 1 && one.sigma[0] == 1));
    const geometric single{{.first = 0.01, .last = 0.01, .levels = 1}};               // Langevin dynamics at one level
    BOOST_TEST(std::abs(level_at(single, 0).sigma - 0.01) < 1e-16);
}

BOOST_AUTO_TEST_CASE(drawn_levels_are_uniform) {
    const std::vector<double> schedule{3, 1, 0.5, 0.1};
    philox rng{1};
    const noise_levels drawn = draw_levels(schedule, 40000, rng);
    std::array<double, 4> counts{};
    for (std::size_t n = 0; n < 40000; ++n) {
        BOOST_TEST_REQUIRE(drawn.sigma[n] == schedule[drawn.index[n]]);
        counts[drawn.index[n]] += 1;
    }
    for (const double count : counts) BOOST_TEST(std::abs(count - 10000) < 5 * std::sqrt(40000 * 3 / 16.0));
    BOOST_CHECK_THROW(draw_levels(std::vector<double>{}, 1, rng), error);
}

BOOST_AUTO_TEST_CASE(what_does_not_fall_is_refused) {
    BOOST_CHECK_THROW((geometric{{.first = 0.01, .last = 1}}), error);
    BOOST_CHECK_THROW((geometric{{.first = 1, .last = 0}}), error);
    BOOST_CHECK_THROW((linear{{.first = 1, .last = 1}}), error);
    BOOST_CHECK_THROW((linear{{.levels = 0}}), error);
    BOOST_CHECK_THROW((linear{{.first = std::numeric_limits<double>::infinity()}}), error);
    BOOST_CHECK_THROW(check_schedule(std::vector{1.0, 2.0}), error);
    BOOST_CHECK_NO_THROW(check_schedule(std::vector{2.0, 1.0}));
}

BOOST_AUTO_TEST_CASE(levels_beside_a_level_can_be_made) {
    const std::vector<double> schedule{4, 1, 0.5};
    const noise_level first = level_at(schedule, 0), second = level_after(first, 0.5), half = level_between(first, second, 0.5);
    BOOST_TEST((second.index == 1 && second.sigma == 1 && second.next == 0.5 && second.last == 0.5));
    BOOST_TEST((half.index == 0 && half.sigma == 2.5 && half.next == 1 && half.last == 0.5));
    BOOST_TEST((level_between(first, second, 0).sigma == 4 && level_between(first, second, 1).index == 1));
    BOOST_CHECK_THROW(level_after(level_at(schedule, 2)), error);
    BOOST_CHECK_THROW(level_between(first, second, 1.1), error);
    BOOST_CHECK_THROW(level_between(first, second, std::nan("")), error);
    BOOST_TEST(levels_of(schedule).size() == 3u);
}

BOOST_AUTO_TEST_CASE(levels_are_drawn_from_what_falls_only) {
    philox rng{1};
    for (const std::vector<double>& wrong : {std::vector<double>{1, 2}, {1, 0}, {1, -1}, {std::nan("")}, {}})
        BOOST_CHECK_THROW(draw_levels(wrong, 4, rng), error);
    for (const log_uniform wrong : {log_uniform{1, 2}, {1, 0}, {1, std::nan("")}, {std::numeric_limits<double>::infinity(), 1}})
        BOOST_CHECK_THROW(draw_levels(wrong, 4, rng), error);
    BOOST_TEST((rng == philox{1}));
}

BOOST_AUTO_TEST_CASE(log_uniform_levels_have_a_uniform_logarithm) {
    philox rng{2};
    const std::size_t n = 40000;
    const noise_levels drawn = draw_levels(log_uniform{50, 0.01}, n, rng);
    BOOST_TEST(rng.draw == 1u);
    double sum = 0, squares = 0;                                                      // of (ln σ - ln last)/(ln first - ln last), uniform on [0, 1)
    for (const double sigma : drawn.sigma) {
        const double u = std::log(sigma / 0.01) / std::log(5000.0);
        BOOST_TEST_REQUIRE((u > -1e-12 && u < 1 + 1e-12));
        sum += u, squares += u * u;
    }
    BOOST_TEST(std::abs(sum / n - 0.5) < 5 * std::sqrt(1 / 12.0 / n));
    BOOST_TEST(std::abs(squares / n - 1 / 3.0) < 5 * std::sqrt(4 / 45.0 / n));
    philox part = philox{2}.at_sample(100);                                           // every split of the batch has the same levels
    BOOST_TEST(draw_levels(log_uniform{50, 0.01}, 1, part).sigma[0] == drawn.sigma[100]);
}
