// SPDX-License-Identifier: Apache-2.0
/// \file  The largest distance between two samples: a closed form, every pair looked at, blocks of any size, and what is refused.
#include <ncsn/arrays/indexing.hpp>
#include <ncsn/arrays/random.hpp>
#include <ncsn/statistics/largest_distance.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using reals = tensor<float, cpu>;

namespace {

/// Rows of a tensor as a data set.
struct rows_of {
    reals x;
    std::size_t size() const { return x.shape()[0]; }
    ncsn::shape shape() const { return x.shape().with_rows(1); }
    reals batch(std::span<const std::size_t> rows) const { return gather_rows(x, rows); }
};
distant_pair by_hand(const reals& x) {
    const std::size_t n = x.shape()[0], d = x.shape().row_size();
    distant_pair found;
    double best = -1;
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = i + 1; k < n; ++k) {
            double sum = 0;
            for (std::size_t j = 0; j < d; ++j) sum += std::pow(double{x[i * d + j]} - double{x[k * d + j]}, 2);
            if (sum > best) best = sum, found = {i, k, std::sqrt(sum), 0};
        }
    return found;
}

}  // namespace

BOOST_AUTO_TEST_CASE(it_is_the_largest_of_all_whatever_the_blocks) {
    for (const std::uint64_t seed : {1, 2, 3}) {
        philox rng{seed};
        reals x = normal<reals>({217, 5, 3}, rng);
        if (seed == 2) x = 0.01 * x + 100.0;                                          // far from 0, where float has few digits
        if (seed == 3) x = map(x, [](float v) { return v > 0 ? 1.f : 0.f; });        // many pairs equally far
        const distant_pair expected = by_hand(x);
        for (const std::size_t block : {1, 7, 64, 217, 1000}) {
            const distant_pair found = largest_distance(rows_of{x}, [](double) {}, block);
            BOOST_TEST(found.distance == expected.distance, "seed " << seed << ", blocks of " << block);
            if (seed != 3) BOOST_TEST((found.first == expected.first && found.second == expected.second));
            BOOST_TEST((found.compared > 0 && found.compared <= 1));
        }
    }
}

/// Two corners of a cube in D dimensions are √D apart; the rest is nearer to the middle, and is not looked at in pairs.
BOOST_AUTO_TEST_CASE(opposite_corners_of_a_cube_are_the_root_of_its_dimension_apart) {
    philox rng{4};
    reals x = 0.1 * uniform<reals>({3000, 7, 7, 4}, -0.5, 0.5, rng) + 0.5;
    for (std::size_t j = 0; j < 196; ++j) x.write()[137 * 196 + j] = 0, x.write()[2011 * 196 + j] = 1;
    std::vector<double> told;
    const auto found = largest_distance(rows_of{x}, [&](double share) { told.push_back(share); }, 100);
    BOOST_TEST(found.distance == 14.0);
    BOOST_TEST((found.first == 137u && found.second == 2011u));
    BOOST_TEST(found.compared < 0.01);
    BOOST_TEST_REQUIRE(!told.empty());
    BOOST_TEST(std::ranges::is_sorted(told));
}

BOOST_AUTO_TEST_CASE(equal_samples_are_at_distance_0_and_too_few_or_no_numbers_are_refused) {
    const auto found = largest_distance(rows_of{reals({5, 2}, 3)});
    BOOST_TEST(found.distance == 0.0);
    BOOST_TEST((found.first == 0u && found.second == 1u));
    BOOST_CHECK_THROW(largest_distance(rows_of{reals({1, 2}, 3)}), error);
    BOOST_CHECK_THROW(largest_distance(rows_of{reals({2, 2}, {1, 2, 3, std::nanf("")})}), error);
    BOOST_CHECK_THROW(largest_distance(rows_of{reals({3, 2})}, [](double) {}, 0), error);
    const reals wide({3, 1}, {0, 3e19f, 1e19f});                                      // whose products float cannot hold
    BOOST_CHECK_THROW(largest_distance(rows_of{wide}), error);
    BOOST_TEST(largest_distance(rows_of{1e-2f * wide}).distance == 3e17, boost::test_tools::tolerance(1e-6));
}
