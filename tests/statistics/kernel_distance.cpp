// SPDX-License-Identifier: Apache-2.0
/// \file  The kernel distance.
#include <ncsn/statistics/kernel_distance.hpp>
#include <support/check_every_mode.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(two_points_each_by_hand) {                                        // k(a, b) = (ab + 1)³ in one dimension
    const reals x({2, 1}, {0, 1}), y({2, 1}, {2, -1});
    // within: k(0,1) = 1, k(2,-1) = -1; across: k(0,2) = 1, k(0,-1) = 1, k(1,2) = 27, k(1,-1) = 0
    const auto found = kernel_distance(x, y, philox{1});
    BOOST_TEST(found.value == 1 - 1 - 2 * 29 / 4., boost::test_tools::tolerance(1e-14));
    BOOST_TEST(found.blocks == 1u);
    BOOST_TEST(found.standard_error == 0);
    const reals z({2, 1}, {2, 0});                                                     // k(2,0) = 1; across: 1, 1, 27 and 1; each pair counts once
    BOOST_TEST(kernel_distance(x, z, philox{1}).value == 1 + 1 - 2 * 30 / 4., boost::test_tools::tolerance(1e-14));
    const reals wide({2, 2}, {0, 0, 1, 1}), other({2, 2}, {2, 2, -1, -1});             // the same with every coordinate twice: a·b/D is the same
    BOOST_TEST(kernel_distance(wide, other, philox{1}).value == found.value, boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(it_is_unbiased_about_the_distance_of_the_laws) {
    // Between laws with the moments M_j and M'_j it is Σ_j C(3,j) (M_j - M'_j)²: for N(0,1) and N(1,1), M = (0,1,0), (1,2,4), 3 + 3 + 16 = 22.
    double same = 0, same_square = 0, shifted = 0, shifted_square = 0;
    constexpr std::size_t seeds = 400;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        philox rng{seed};
        const reals x = normal<reals>({60, 1}, rng), y = normal<reals>({40, 1}, rng), z = normal<reals>({40, 1}, rng) + 1.0;
        const double zero = kernel_distance(x, y, rng, 20).value, far = kernel_distance(x, z, rng, 20).value;
        same += zero / seeds, same_square += zero * zero / seeds, shifted += far / seeds, shifted_square += far * far / seeds;
    }
    const auto error_of = [](double mean, double square) { return std::sqrt((square - mean * mean) / seeds); };
    BOOST_TEST(std::abs(same) < 4 * error_of(same, same_square));
    BOOST_TEST(std::abs(shifted - 22) < 4 * error_of(shifted, shifted_square));
}

BOOST_AUTO_TEST_CASE(the_spread_of_its_blocks_is_that_of_the_value) {
    double mean_error = 0, mean = 0, square = 0;
    constexpr std::size_t seeds = 300;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        philox rng{seed};
        const reals x = normal<reals>({160, 2}, rng), y = normal<reals>({160, 2}, rng);
        const auto found = kernel_distance(x, y, rng, 20);
        BOOST_REQUIRE(found.blocks == 8u);
        mean_error += found.standard_error * found.standard_error / seeds, mean += found.value / seeds, square += found.value * found.value / seeds;
    }
    const double expected = square - mean * mean;
    BOOST_TEST(mean_error == expected, boost::test_tools::tolerance(0.35));          // a variance from 300 draws with long tails
}

BOOST_AUTO_TEST_CASE(every_point_is_in_one_block) {
    philox rng{1};
    const reals x = normal<reals>({47, 3}, rng), y = normal<reals>({31, 3}, rng);
    BOOST_TEST(kernel_distance(x, y, rng, 10).blocks == 3u);
    BOOST_TEST(kernel_distance(x, y, philox{5}, 100).value == kernel_distance(x, y, philox{6}, 100).value, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(kernel_distance(x, y, philox{5}, 10).value == kernel_distance(x, y, philox{5}, 10).value);
}

BOOST_AUTO_TEST_CASE(what_has_no_kernel_distance_is_refused) {
    const reals x({3, 2}), one({1, 2}), wide({3, 4}), none({3, 0}), bad({2, 2}, {0, 1, std::nan(""), 1});
    for (const reals& y : {one, wide, none, bad}) BOOST_CHECK_THROW(kernel_distance(x, y, philox{1}), error);
    BOOST_CHECK_THROW(kernel_distance(x, x, philox{1}, 1), error);
    const reals far = 1e200 * (x + 1.0);                                               // cubes of squares are no numbers
    BOOST_CHECK_THROW(kernel_distance(far, far, philox{1}), error);
}
