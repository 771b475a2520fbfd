// SPDX-License-Identifier: Apache-2.0
/// \file  Technique 2: the papers' counts, the overlap by counting, and what is refused.
#define BOOST_TEST_MODULE choice
#include <ncsn/arrays/random.hpp>
#include <ncsn/levels/choice.hpp>

#include <boost/test/unit_test.hpp>

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

BOOST_AUTO_TEST_CASE(what_cannot_be_is_refused) {
    for (const double overlap : {0.0, -1.0, 1.0, std::nan("")}) BOOST_CHECK_THROW(level_ratio(784, overlap), error);
    BOOST_CHECK_THROW(level_ratio(0), error);
    BOOST_CHECK_THROW(level_count(1, 2, 0.9), error);
    BOOST_CHECK_THROW(level_count(1, 0, 0.9), error);
    BOOST_CHECK_THROW(level_count(1e300, 1e-300, 0.9), error);                      // a ratio that is 0 in double
    for (const double gamma : {0.0, 1.0, std::nan("")}) BOOST_CHECK_THROW(level_count(1, 0.01, gamma), error);
}
