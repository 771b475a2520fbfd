// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the choice among step sizes: the least mean, and neighbours that differences seed by seed can tell from it or cannot.
#include <boost/test/unit_test.hpp>

#include "../../experiments/support/least_step.hpp"

using namespace ncsn;

// By hand, differences from the best of three seeds; t has 2 degrees of freedom, and 5 % of it lie above 2.920:
// 1e-6: 9, 11, 10 -> mean 10, error 0.577, t = 17.3, told apart;      2e-6: 1, 3, 0.5 -> 1.5, 0.764, 1.96, not;
// 8e-6: 2, 2.5, 1 -> 1.83, 0.441, 4.16, told apart, though both scatter by far more than that from seed to seed.
BOOST_AUTO_TEST_CASE(neighbours_are_told_apart_by_differences_seed_by_seed) {
    const std::vector<measured_step> steps{{1e-6, {109, 161, 60}}, {2e-6, {101, 153, 50.5}}, {4e-6, {100, 150, 50}}, {8e-6, {102, 152.5, 51}}};
    const least_step found{steps};
    BOOST_TEST(found.best == 2u);
    BOOST_TEST(found.first == 1u);
    BOOST_TEST(found.last == 2u);
}

BOOST_AUTO_TEST_CASE(what_lies_beyond_a_worse_neighbour_does_not_count) {
    const std::vector<measured_step> steps{{1, {5, 5.1, 4.9}}, {2, {9, 9.1, 8.9}}, {3, {5, 5, 4.8}}};
    const least_step found{steps};
    BOOST_TEST(found.best == 2u);
    BOOST_TEST(found.first == 2u);
}

BOOST_AUTO_TEST_CASE(a_least_at_an_end_is_one_and_equals_cannot_be_told) {
    const least_step falling{{{1, {9, 9.5}}, {2, {5, 5.6}}, {3, {1, 1.4}}}}, flat{{{1, {4, 4}}, {2, {4, 4}}, {3, {4, 4}}}};
    BOOST_TEST(falling.best == 2u);
    BOOST_TEST(falling.first == 2u);
    BOOST_TEST(falling.last == 2u);
    BOOST_TEST(flat.best == 0u);
    BOOST_TEST(flat.last == 2u);
}

BOOST_AUTO_TEST_CASE(one_seed_tells_nothing_apart) {
    const least_step found{{{1, {9}}, {2, {5}}, {3, {7}}}};
    BOOST_TEST(found.best == 1u);
    BOOST_TEST(found.first == 0u);
    BOOST_TEST(found.last == 2u);
}

BOOST_AUTO_TEST_CASE(steps_out_of_order_or_of_other_seeds_are_refused) {
    BOOST_CHECK_THROW(least_step{std::vector<measured_step>{}}, error);
    BOOST_CHECK_THROW((least_step{{{2, {1}}, {1, {1}}}}), error);
    BOOST_CHECK_THROW((least_step{{{1, {1}}, {2, {1, 2}}}}), error);
}
