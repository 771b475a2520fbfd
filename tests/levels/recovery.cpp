// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the levels of recovery likelihood: the numbers of the published code, and what the other presets change.
#include <ncsn/levels/recovery.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace ncsn;
using reals = tensor<double, cpu>;

BOOST_AUTO_TEST_CASE(the_levels_of_the_code_are_the_published_ones) {
    // σ_{t+1}, a'_{t+1}, δ_t², δ_t, σ₁/σ_{t+1}, pull; the printed digits.
    const double table[6][6] = {
        {0.32368022, 0.946167, 2.095378e-5, 4.577530e-3, 1.000000, 1},
        {0.51649529, 0.856290, 1.727684e-3, 4.156542e-2, 0.626686, 1},
        {0.63221107, 0.774796, 4.686129e-3, 6.845531e-2, 0.511981, 1},
        {0.71324214, 0.700918, 7.920203e-3, 8.899552e-2, 0.453815, 1},
        {0.77336903, 0.633956, 1.074203e-2, 1.036438e-1, 0.418533, 1},
        {0.99974058, 1, 1.919632e-2, 1.385508e-1, 0.323764, 0}};
    const double digit[6] = {0.51e-8, 0.51e-6, 0, 0, 0.51e-6, 0};
    const recovery_process code = recovery_code();
    BOOST_TEST_REQUIRE(code.size() == 6u);
    for (std::size_t t = 0; t < 6; ++t) {
        const recovery_step& s = code[t];
        const double found[] = {s.sigma, s.kept, s.variance, std::sqrt(s.variance), s.weight, s.pull};
        for (std::size_t i = 0; i < 6; ++i)                                           // the two steps have 7 digits whatever their size
            BOOST_TEST(std::abs(found[i] - table[t][i]) <= (i == 2 || i == 3 ? 5.1e-7 * table[t][i] : digit[i]), "level " << t << ", column " << i);
        BOOST_TEST(s.scale == s.variance);
    }
    BOOST_CHECK_THROW(code[6], error);
}

BOOST_AUTO_TEST_CASE(the_text_starts_at_the_data_pulls_at_every_level_and_its_variances_lie_on_a_line) {
    const recovery_process text = recovery_paper(), code = recovery_code();
    BOOST_TEST_REQUIRE(text.size() == 6u);
    double kept = 1;
    const auto square = [](double x) { return x * x; };
    for (std::size_t t = 0; t < 6; ++t) {
        const recovery_step& s = text[t];
        BOOST_TEST(s.pull == 1.0);
        BOOST_TEST(s.kept == s.signal);
        BOOST_TEST(std::abs(s.variance - 2e-4 * square(s.sigma)) < 1e-18);
        BOOST_TEST(s.scale == s.variance);
        BOOST_TEST(std::abs(square(s.sigma) - (square(code[0].sigma) + t * (square(code[5].sigma) - square(code[0].sigma)) / 5)) < 1e-15);
        BOOST_TEST(std::abs(square(s.total_signal) - kept) < 1e-15);                  // x_0 are the data: ā_0 = 1, σ̄_0 = 0
        BOOST_TEST(std::abs(square(s.total_sigma) - (1 - kept)) < 1e-15);
        BOOST_TEST(std::abs(s.weight - text[0].sigma / s.sigma) < 1e-15);
        kept *= 1 - square(s.sigma);
    }
    for (std::size_t t = 0; t < 6; ++t) {                                             // steps of the code grow with the noise as well
        const recovery_step with_b = recovery_paper(recovery_t6())[t + 1];
        BOOST_TEST(std::abs(code[t].variance / with_b.variance - code[t].total_sigma / 0.01) < 1e-9);
    }
}

BOOST_AUTO_TEST_CASE(the_fine_process_has_a_thousand_levels_and_the_first_is_that_of_the_data) {
    const recovery_process fine = recovery_fine();
    const diffusion d = ddpm_diffusion();
    BOOST_TEST_REQUIRE(fine.size() == 1000u);
    BOOST_TEST(fine[0].total_signal == 1);
    BOOST_TEST(fine[0].total_sigma == 0);
    BOOST_TEST(fine[0].sigma == 0.01);
    BOOST_TEST(std::abs(fine[0].kept - std::sqrt(1 - 1e-4)) < 1e-15);                 // y₀ = √(1-σ₁²) x
    for (const std::size_t t : {0, 1, 500, 999}) {
        BOOST_TEST(std::abs(fine[t].scale - fine[t].sigma * fine[t].sigma) < 1e-16);
        BOOST_TEST(fine[t].sigma == d.sigma(t));
        BOOST_TEST(fine[t].pull == 1);
        if (t > 0) BOOST_TEST(fine[t].total_signal == d.total_signal(t - 1));
    }
    BOOST_TEST(std::abs(fine[999].total_signal * fine[999].signal - 0.00635) < 1e-5);    // x_1000: 0.6 % of signal
    BOOST_TEST(std::abs(fine[999].sigma * fine[999].sigma - 0.02) < 1e-15);
}

BOOST_AUTO_TEST_CASE(the_baseline_is_one_marginal_level_from_white_noise_to_the_data) {
    const recovery_process one = recovery_marginal();
    BOOST_TEST_REQUIRE(one.size() == 1u);
    BOOST_TEST(one[0].pull == 0);
    BOOST_TEST(one[0].kept == 1);
    BOOST_TEST(one[0].signal == 0);
    BOOST_TEST(one[0].sigma == 1);
    BOOST_TEST(one[0].total_sigma == 0.01, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(one[0].variance == 2e-4);
    BOOST_TEST(one[0].scale == 2e-4);
}

BOOST_AUTO_TEST_CASE(a_level_carries_its_index_and_its_noise) {
    const recovery_process code = recovery_code();
    const noise_level level = code.level(3);
    BOOST_TEST(level.index == 3u);
    BOOST_TEST(level.sigma == code[3].sigma);
    BOOST_TEST(level.next == code[2].sigma);
    BOOST_TEST(level.last == code[0].sigma);
    BOOST_TEST(code.level(0).next == 0.0);
    const auto all = code.all_levels();
    BOOST_TEST_REQUIRE(all.size() == code.size());
    for (std::size_t t = 0; t < all.size(); ++t) BOOST_TEST((all[t].index == t && all[t].sigma == code[t].sigma && all[t].last == code[0].sigma));
    const noise_levels levels = code.levels({5, 0});
    BOOST_TEST(levels.sigma[0] == code[5].sigma);
    BOOST_TEST(levels.sigma[1] == code[0].sigma);
    const reals x({2, 3, 1}), column = code.column_of(&recovery_step::weight, levels, x);
    BOOST_TEST((column.shape() == shape{2, 1, 1}));
    BOOST_TEST(column[0] == code[5].weight);
    BOOST_TEST(column[1] == code[0].weight);
    BOOST_CHECK_THROW(code.column_of(&recovery_step::weight, code.levels({1, 2, 3}), x), error);   // three levels for two samples
    BOOST_CHECK_THROW(recovery_process{{}}, error);
    BOOST_CHECK_THROW(recovery_code(recovery_t6().first(1)), error);
    BOOST_CHECK_THROW(recovery_linear(1), error);
    for (const double b_squared : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
        BOOST_CHECK_THROW(recovery_code(recovery_t6(), b_squared), error);
        BOOST_CHECK_THROW(recovery_marginal(b_squared), error);
    }
    BOOST_CHECK_THROW(recovery_paper(recovery_t1k()), error);                        // at white noise y_t would be divided by a' = 0
}
