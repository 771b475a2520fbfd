// SPDX-License-Identifier: Apache-2.0
/// \file  Mean and covariance.
#include <ncsn/statistics/moments.hpp>
#include <support/check_every_mode.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(three_points_by_hand) {
    const auto m = moments_of(tensor<float, cpu>({3, 2}, {1, 2, 3, 2, 5, 8}));
    BOOST_TEST(distance(m.mean, reals({2}, {3, 4})) < 1e-15);
    BOOST_TEST(distance(m.covariance, reals({2, 2}, {4, 6, 6, 12})) < 1e-15);         // divided by 2
}

BOOST_AUTO_TEST_CASE(a_linear_map_of_points_maps_the_moments) {
    philox rng{1};
    const reals x = normal<reals>({50, 3}, rng), a = normal<reals>({2, 3}, rng);
    const auto m = moments_of(x), mapped = moments_of(product(x, a, transposed::right));
    BOOST_TEST(distance(mapped.mean, product(m.mean.reshaped({1, 3}), a, transposed::right).reshaped({2})) < 1e-14);
    BOOST_TEST(distance(mapped.covariance, product(product(a, m.covariance, transposed::neither), a, transposed::right)) < 1e-14);
}

BOOST_AUTO_TEST_CASE(one_point_has_no_covariance) { BOOST_CHECK_THROW(moments_of(reals({1, 3}, 1)), error); }

BOOST_AUTO_TEST_CASE(what_is_not_finite_has_no_moments) {
    BOOST_CHECK_THROW(moments_of(tensor<double, cpu>({2, 1}, {1, std::nan("")})), error);
}
