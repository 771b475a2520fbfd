// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of discrete diffusions: the numbers of the papers, and that each step composes with the ones before.
#include <ncsn/levels/diffusion.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;

static_assert(NoiseSchedule<std::vector<double>>);

BOOST_AUTO_TEST_CASE(the_six_steps_of_recovery_likelihood_are_the_published_ones) {
    // a_k, σ_k, σ_k², ā_k, σ̄_k of the code's T6 preset; 8 decimals are printed.
    const double table[7][5] = {
        {0.99995000, 0.01000000, 0.00010000, 0.99995000, 0.01000000},
        {0.94616654, 0.32368022, 0.10476889, 0.94611923, 0.32381848},
        {0.85629003, 0.51649529, 0.26676739, 0.81015246, 0.58621924},
        {0.77479621, 0.63221107, 0.39969084, 0.62770305, 0.77845287},
        {0.70091772, 0.71324214, 0.50871435, 0.43996819, 0.89801336},
        {0.63395611, 0.77336903, 0.59809965, 0.27892052, 0.96031419},
        {0.02277645, 0.99974058, 0.99948123, 0.00635282, 0.99997982}};
    const diffusion t6 = recovery_t6();
    BOOST_TEST_REQUIRE(t6.size() == 7u);
    for (std::size_t k = 0; k < 7; ++k) {
        const double found[] = {t6.signal(k), t6.sigma(k), t6.sigma(k) * t6.sigma(k), t6.total_signal(k), t6.total_sigma(k)};
        for (std::size_t i = 0; i < 5; ++i) BOOST_TEST(std::abs(found[i] - table[k][i]) < 0.51e-8, "step " << k << ", column " << i);
    }
}

BOOST_AUTO_TEST_CASE(the_thousand_steps_end_in_white_noise) {
    const diffusion ddpm = ddpm_diffusion(), t1k = recovery_t1k();
    BOOST_TEST_REQUIRE(ddpm.size() == 1000u);
    BOOST_TEST(std::abs(ddpm.sigma(0) * ddpm.sigma(0) - 1e-4) < 1e-18);
    BOOST_TEST(std::abs(ddpm.sigma(999) * ddpm.sigma(999) - 0.02) < 1e-15);
    BOOST_TEST(std::abs(ddpm.total_signal(999) - 0.00635282) < 0.51e-8);             // the same product as the last of T6
    BOOST_TEST_REQUIRE(t1k.size() == 1001u);
    BOOST_TEST(t1k.total_signal(999) == ddpm.total_signal(999));
    BOOST_TEST(t1k.signal(1000) == 0.0);
    BOOST_TEST(t1k.total_sigma(1000) == 1.0);
    BOOST_TEST(t1k.schedule().size() == 1000u);                                       // the last has no level
    BOOST_TEST((t1k.first(1000).schedule() == ddpm.schedule()));
}

BOOST_AUTO_TEST_CASE(steps_compose_and_keep_the_variance) {
    for (const diffusion& process : {recovery_t6(), ddpm_diffusion({.steps = 50, .first = 1e-3, .last = 0.3})}) {
        double signal = 1, variance = 0;                                              // x_k = a (ā x + σ̄ n) + σ n'
        for (std::size_t k = 0; k < process.size(); ++k) {
            signal *= process.signal(k);
            variance = process.signal(k) * process.signal(k) * variance + process.sigma(k) * process.sigma(k);
            BOOST_TEST(std::abs(process.total_signal(k) - signal) < 1e-13);
            BOOST_TEST(std::abs(process.total_sigma(k) - std::sqrt(variance)) < 1e-12);
            BOOST_TEST(std::abs(process.signal(k) * process.signal(k) + process.sigma(k) * process.sigma(k) - 1) < 1e-13);
        }
    }
}

BOOST_AUTO_TEST_CASE(its_schedule_is_one_of_noise_levels_and_knows_its_signal) {
    const diffusion process = ddpm_diffusion();
    const std::vector<double> schedule = process.schedule();
    BOOST_CHECK_NO_THROW(check_schedule(schedule));
    for (std::size_t i = 0; i < schedule.size(); ++i) {
        const std::size_t k = process.size() - 1 - i;
        BOOST_TEST(schedule[i] == process.noise(k));
        BOOST_TEST(std::abs(variance_preserving::signal(schedule[i]) - process.total_signal(k)) < 1e-13);
    }
    for (const double sigma : {1e-4, 0.3, 1.0, 40.0}) {                               // what defines the other two processes
        const double a = sub_variance_preserving::signal(sigma);
        BOOST_TEST(std::abs((1 - a * a) / a - sigma) < 1e-12 * (1 + sigma));
        BOOST_TEST(variance_exploding::signal(sigma) == 1.0);
    }
}

BOOST_AUTO_TEST_CASE(impossible_steps_are_refused) {
    BOOST_CHECK_THROW(diffusion{std::vector<double>{}}, error);
    BOOST_CHECK_THROW((diffusion{std::vector{0.1, 0.0}}), error);
    BOOST_CHECK_THROW((diffusion{std::vector{0.1, 1.1}}), error);
    BOOST_CHECK_THROW(recovery_t6().signal(7), error);
    BOOST_CHECK_THROW(recovery_t6().first(8), error);
    BOOST_CHECK_THROW(ddpm_diffusion({.steps = 1}), error);
}

BOOST_AUTO_TEST_CASE(blocks_of_recovery_end_where_the_published_code_ends_them) {    // arange(T) * (1000 // (2 (T - 1))), then 999
    BOOST_TEST((recovery_block_ends(6) == std::vector<std::size_t>{0, 100, 200, 300, 400, 500, 999}));
    BOOST_TEST((recovery_block_ends(4) == std::vector<std::size_t>{0, 166, 332, 498, 999}));
    BOOST_TEST((recovery_block_ends(2) == std::vector<std::size_t>{0, 500, 999}));
    for (const std::size_t T : {2, 4, 7, 501}) {                                     // however it is cut, the same signal is left
        BOOST_TEST(recovery_blocks(T).size() == T + 1);
        BOOST_TEST(recovery_blocks(T).total_signal(T) == ddpm_diffusion().total_signal(999), boost::test_tools::tolerance(1e-9));
    }
    for (const std::size_t T : {std::size_t{0}, std::size_t{1}, std::size_t{502}, ~std::size_t{0}}) BOOST_CHECK_THROW(recovery_blocks(T), error);
}
