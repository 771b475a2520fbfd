// SPDX-License-Identifier: Apache-2.0
/// \file  Techniques 2 and 4: the papers' counts and steps, the overlap by counting, the noise by its recursion, and what is refused.
#include <ncsn/arrays/random.hpp>
#include <ncsn/levels/choice.hpp>
#include <ncsn/levels/schedule.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <limits>

using namespace ncsn;
using reals = tensor<double, cpu>;

BOOST_AUTO_TEST_CASE(the_counts_of_adversarial_score_matching) {
    const auto counted = [](double first, std::size_t dimensions) { return level_count(first, 0.01, level_ratio(dimensions)); };
    BOOST_TEST(std::abs(counted(50, 32 * 32 * 3) - 226.8) < 0.05);                  // CIFAR-10, 232 used
    BOOST_TEST(std::abs(counted(50, 28 * 28 * 3) - 198.9) < 0.05);                  // StackedMNIST, 200 used
    BOOST_TEST(std::abs(counted(140, 64 * 64 * 3) - 504) < 0.5);                    // LSUN churches, 788 used
}

BOOST_AUTO_TEST_CASE(the_ratio_gives_the_overlap_and_rises_with_it) {
    double before = 0;
    for (const double overlap : {0.01, 0.5, 0.9, 0.99}) {
        const double gamma = level_ratio(784, overlap);
        BOOST_TEST(level_overlap(gamma, 784) == overlap, boost::test_tools::tolerance(1e-9));
        BOOST_TEST(gamma > before);
        before = gamma;
    }
    BOOST_TEST(level_overlap(1, 784) == std::erf(3 / std::sqrt(2.)), boost::test_tools::tolerance(1e-12));   // ±3 of its own
}

/// Counted: radii of the law N(√D, ½) within 3 deviations γ √½ of γ √D.
BOOST_AUTO_TEST_CASE(the_overlap_is_a_share_of_radii) {
    const double gamma = level_ratio(3072), root = std::sqrt(3072.), deviation = std::sqrt(0.5);
    philox rng{1};
    const reals z = normal<reals>({200000, 1}, rng);
    double within = 0;
    for (const double v : z.values()) within += std::abs(root + deviation * v - gamma * root) <= 3 * gamma * deviation ? 1 : 0;
    BOOST_TEST(std::abs(within / 200000 - 0.5) < 5 * std::sqrt(0.25 / 200000));      // 5 standard errors
}

/// V <- (1 - η)² V + 2η from 1/γ², step by step.
BOOST_AUTO_TEST_CASE(the_noise_of_langevin_dynamics_is_that_of_its_recursion_and_above_the_schedule) {
    for (const double gamma : {0.5, 0.9, 0.9639, 0.999})
        for (const double eta : {0.0, 0.02, 0.35, 1.0, 1.9}) {
            double variance = 1 / (gamma * gamma);
            for (std::size_t steps = 1; steps <= 5; ++steps) {
                variance = (1 - eta) * (1 - eta) * variance + 2 * eta;
                BOOST_TEST(langevin_noise(gamma, eta, steps) == variance, boost::test_tools::tolerance(1e-12));
                BOOST_TEST(variance > 1);                                            // Proposition 1 of Jolicoeur-Martineau et al. (2020)
            }
        }
}
BOOST_AUTO_TEST_CASE(the_noise_along_a_schedule_is_that_of_figure_1_of_adversarial_score_matching) {
    const geometric cifar{{.first = 50, .last = 0.01, .levels = 232}};
    const auto quarters = [&](std::size_t steps) {
        const auto all = langevin_deviations(cifar, 0.02, steps);
        BOOST_TEST(all.size() == cifar.size() + 1);
        BOOST_TEST(all[0] == cifar[0]);
        return std::array{all[58], all[116], all[174], all[232]};
    };
    const std::array one{22.377, 7.189, 2.239, 0.6941}, two{12.765, 1.856, 0.2423, 0.0303}, five{7.572, 0.892, 0.1051, 0.0124};
    for (const auto& [steps, expected] : {std::pair{std::size_t{1}, one}, {2, two}, {5, five}}) {
        const auto found = quarters(steps);
        for (std::size_t k = 0; k < 4; ++k) BOOST_TEST(found[k] == expected[k], boost::test_tools::tolerance(3e-3));
    }
    const auto level = langevin_deviations(std::vector{2.0, 1.0}, 0.3, 4);            // the closed form of one level from another
    BOOST_TEST(level[2] * level[2] == langevin_noise(1 / level[1], 0.3, 4), boost::test_tools::tolerance(1e-12));
    BOOST_CHECK_THROW(langevin_deviations(cifar, 2, 1), error);
    BOOST_CHECK_THROW(langevin_deviations(std::vector<double>{}, 0.1, 1), error);
    for (const double wrong : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()})
        BOOST_CHECK_THROW(langevin_deviations(std::vector{1.0, wrong}, 0.1, 1), error);
}
BOOST_AUTO_TEST_CASE(the_step_of_technique_four_is_the_published_one) {
    const auto epsilon = [](double first, std::size_t levels, std::size_t steps) {
        return quietest_eta(std::pow(0.01 / first, 1 / static_cast<double>(levels - 1)), steps) * 0.01 * 0.01;
    };
    BOOST_TEST(std::abs(epsilon(50, 232, 5) - 6.2e-6) < 0.05e-6);                    // CIFAR-10, as the authors' settings have it
    BOOST_TEST(std::abs(epsilon(90, 500, 5) - 3.3e-6) < 0.05e-6);                    // CelebA 64 x 64
    BOOST_TEST(std::abs(epsilon(190, 1086, 3) - 1.8e-6) < 0.05e-6);                  // LSUN bedrooms 128 x 128
}
BOOST_AUTO_TEST_CASE(no_other_step_leaves_less_noise) {
    for (const double gamma : {0.05, 0.5, 0.9639, 0.999})
        for (const std::size_t steps : {1, 3, 5, 100}) {
            const double least = langevin_noise(gamma, quietest_eta(gamma, steps), steps);
            for (int i = 0; i < 2000; ++i) BOOST_TEST_REQUIRE(least <= langevin_noise(gamma, i / 1000.0, steps) * (1 + 1e-14));
        }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_refused) {
    for (const double gamma : {0.0, -1.0, 1.5, std::nan("")}) BOOST_CHECK_THROW(langevin_noise(gamma, 0.1, 1), error);
    for (const double eta : {-0.1, 2.0, std::nan("")}) BOOST_CHECK_THROW(langevin_noise(0.9, eta, 1), error);
    for (const double gamma : {0.0, 1.0, std::nan("")}) BOOST_CHECK_THROW(quietest_eta(gamma, 1), error);
    BOOST_CHECK_THROW(quietest_eta(0.9, 0), error);
    for (const double overlap : {0.0, -1.0, 1.0, std::nan("")}) BOOST_CHECK_THROW(level_ratio(784, overlap), error);
    BOOST_CHECK_THROW(level_ratio(0), error);
    for (const double gamma : {0.0, -1.0, 1.5, std::nan("")}) BOOST_CHECK_THROW(level_overlap(gamma, 784), error);
    BOOST_CHECK_THROW(level_overlap(0.9, 0), error);
    BOOST_CHECK_THROW(level_count(1, 2, 0.9), error);
    BOOST_CHECK_THROW(level_count(1, 0, 0.9), error);
    BOOST_CHECK_THROW(level_count(1e300, 1e-300, 0.9), error);                      // a ratio that is 0 in double
    for (const double gamma : {0.0, 1.0, std::nan("")}) BOOST_CHECK_THROW(level_count(1, 0.01, gamma), error);
}
