// SPDX-License-Identifier: Apache-2.0
/// \file  Kinds and divergence of StackedMNIST: closed forms, the published program's double count, and the floor of a finite sample.
#include <ncsn/arrays/random.hpp>
#include <ncsn/statistics/mode_coverage.hpp>

#include <boost/test/unit_test.hpp>

#include <numeric>

using namespace ncsn;
using boost::test_tools::tolerance;

namespace {

mode_coverage of(const std::vector<std::size_t>& labels, std::size_t kinds) { return mode_coverage::of(std::span{labels}, kinds); }

}  // namespace

BOOST_AUTO_TEST_CASE(one_kind_all_kinds_and_two_by_hand) {
    std::vector<std::size_t> all(1000);
    std::iota(all.begin(), all.end(), std::size_t{0});
    BOOST_TEST((of(all, 1000).modes() == 1000 && of(all, 1000).samples() == 1000));
    BOOST_TEST(of(all, 1000).divergence() == 0.0);
    BOOST_TEST(of(all, 1000).divergence_as_coded() == 2 * std::log(2.), tolerance(1e-12));
    BOOST_TEST((of({7, 7, 7}, 1000).modes() == 1));
    BOOST_TEST(of({7, 7, 7}, 1000).divergence() == std::log(1000.), tolerance(1e-12));
    const mode_coverage two = of({0, 0, 0, 1}, 4);                                    // ¾ ln 3 + ¼ ln 1
    BOOST_TEST(two.modes() == 2u);
    BOOST_TEST(two.divergence() == 0.75 * std::log(3.), tolerance(1e-12));
}

/// 25,000 of 26,000 samples, counted twice: f (KL + ln f) with f = 50/26; the 1.36 and 1.49 of Table 4 are 0.053 and 0.121 then.
BOOST_AUTO_TEST_CASE(the_published_program_counts_twice_and_divides_by_what_was_asked_for) {
    philox rng{1};
    const mode_coverage drawn = of(uniform_index(25000, 1000, rng), 1000);
    const double f = 50. / 26;
    BOOST_TEST(drawn.divergence_as_coded(26000) == f * (drawn.divergence() + std::log(f)), tolerance(1e-12));
    BOOST_TEST(drawn.divergence_as_coded() == 2 * drawn.divergence() + 2 * std::log(2.), tolerance(1e-12));
    BOOST_TEST(std::abs(1.36 / f - std::log(f) - 0.053) < 0.0005);
    BOOST_TEST(std::abs(1.49 / f - std::log(f) - 0.121) < 0.0005);
}

/// 2 N KL of uniform samples is near χ² with K - 1 degrees of freedom: the mean of 20 sets within 5 standard errors of (K - 1)/2N, to the next order
/// of 1/N, (K² - 1)/12 N² for a uniform law.
BOOST_AUTO_TEST_CASE(uniform_samples_have_the_floor_of_their_number) {
    const double n = 26000, k = 1000, sets = 20;
    philox rng{2};
    double mean = 0;
    for (int i = 0; i < sets; ++i) mean += of(uniform_index(26000, 1000, rng), 1000).divergence() / sets;
    const double expected = (k - 1) / (2 * n) + (k * k - 1) / (12 * n * n);
    BOOST_TEST(std::abs(mean - expected) < 5 * std::sqrt(2 * (k - 1)) / (2 * n) / std::sqrt(sets));
}

BOOST_AUTO_TEST_CASE(kinds_that_there_are_not_and_no_samples_are_refused) {
    BOOST_CHECK_THROW(of({1000}, 1000), error);
    BOOST_CHECK_THROW(of({}, 1000).divergence(), error);
    BOOST_CHECK_THROW(of({}, 1000).divergence_as_coded(26000), error);
}
