// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of nearest neighbours: by hand, copies, ties, images.
#include <ncsn/arrays/random.hpp>
#include <ncsn/statistics/nearest.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;

BOOST_AUTO_TEST_CASE(the_nearest_come_first_and_equal_ones_in_order) {
    const array data({5, 2}, {0, 0, 3, 4, 1, 0, 0, 1, 10, 10}), queries({2, 2}, {0, 0, 3, 3});
    const auto found = nearest(queries, data, 4);
    BOOST_TEST_REQUIRE(found.size() == 2u);
    const std::size_t index[2][4] = {{0, 2, 3, 1}, {1, 2, 3, 0}};
    const double distance[2][4] = {{0, 1, 1, 5}, {1, std::sqrt(13.), std::sqrt(13.), std::sqrt(18.)}};
    for (std::size_t q = 0; q < 2; ++q)
        for (std::size_t k = 0; k < 4; ++k) {
            BOOST_TEST(found[q][k].index == index[q][k]);
            BOOST_TEST(std::abs(found[q][k].distance - distance[q][k]) < 1e-14);
        }
}

BOOST_AUTO_TEST_CASE(a_copy_of_an_image_is_found_at_distance_zero) {
    philox rng{1};
    const array data = normal<array>({200, 8, 8, 3}, rng);
    array query({1, 8, 8, 3}, data.values().subspan(137 * 192, 192));
    BOOST_TEST(nearest(query, data, 1)[0][0].index == 137u);
    BOOST_TEST(nearest(query, data, 1)[0][0].distance == 0.0);
    query.write()[5] += 0.5f;                                                         // one changed pixel
    const auto found = nearest(query, data, 2);
    BOOST_TEST(found[0][0].index == 137u);
    BOOST_TEST(std::abs(found[0][0].distance - 0.5) < 1e-6);
    BOOST_TEST(found[0][1].distance > 10);                                            // √(2 · 192) is usual between strangers
}

BOOST_AUTO_TEST_CASE(shapes_and_counts_that_do_not_fit_are_refused) {
    const array data({3, 2});
    BOOST_CHECK_THROW(nearest(array({1, 3}), data, 1), error);
    BOOST_CHECK_THROW(nearest(array({1, 2, 1}), data, 1), error);
    BOOST_CHECK_THROW(nearest(array({1, 2}), data, 4), error);
    BOOST_CHECK_THROW(nearest(array({1, 2}), data, 0), error);
}

BOOST_AUTO_TEST_CASE(what_is_not_finite_is_near_to_nothing) {
    const tensor<double, cpu> good({2, 1}, {1, 2}), bad({2, 1}, {1, std::nan("")});
    BOOST_CHECK_THROW(nearest(bad, good, 1), error);
    BOOST_CHECK_THROW(nearest(good, bad, 1), error);
}
