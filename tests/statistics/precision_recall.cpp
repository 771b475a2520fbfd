// SPDX-License-Identifier: Apache-2.0
/// \file  Precision and recall.
#include <ncsn/statistics/precision_recall.hpp>
#include <support/check_every_mode.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(points_on_a_line_by_hand) {
    // Reference 0, 1, 3 with k = 1: radii 1, 1, 2, so it covers [-1, 5]. Samples 4, 6, 9: radii 2, 2, 3, which cover [2, 12].
    const auto found = precision_recall(reals({3, 1}, {4, 6, 9}), reals({3, 1}, {0, 1, 3}), 1);
    BOOST_TEST(found.precision == 1. / 3, boost::test_tools::tolerance(1e-14));
    BOOST_TEST(found.recall == 1. / 3, boost::test_tools::tolerance(1e-14));
    const auto edge = precision_recall(reals({2, 1}, {4.9, 5.1}), reals({3, 1}, {0, 1, 3}), 1);
    BOOST_TEST(edge.precision == 0.5);
}

BOOST_AUTO_TEST_CASE(shifted_supports_share_what_they_share) {
    philox rng{1};
    const reals x = uniform<reals>({2000, 1}, 0.0, 1.0, rng), y = uniform<reals>({2000, 1}, 0.3, 1.3, rng),
                far = uniform<reals>({2000, 1}, 3.0, 4.0, rng);
    const auto near = precision_recall(y, x), none = precision_recall(far, x), same = precision_recall(x, x);
    BOOST_TEST(std::abs(near.precision - 0.7) < 4 * std::sqrt(0.21 / 2000) + 0.01);   // the edge reaches a neighbour further, 3/2000
    BOOST_TEST(std::abs(near.recall - 0.7) < 4 * std::sqrt(0.21 / 2000) + 0.01);
    BOOST_TEST((none.precision == 0 && none.recall == 0));
    BOOST_TEST((same.precision == 1 && same.recall == 1));
    const reals part = uniform<reals>({2000, 1}, 0.4, 0.6, rng);                      // a fifth of the reference, and nothing else
    BOOST_TEST(precision_recall(part, x).precision > 0.95);                           // a gap above the reach of both its sides is rare
    BOOST_TEST(std::abs(precision_recall(part, x).recall - 0.2) < 4 * std::sqrt(0.16 / 2000) + 0.01);
}

BOOST_AUTO_TEST_CASE(copies_lie_among_their_originals_wherever_these_are) {
    philox rng{2};
    reals x = normal<reals>({70, 5}, rng) + 1e3;                                      // far away: differences of large squares
    reals twice({140, 5});
    std::copy_n(x.data(), 350, twice.write());
    std::copy_n(x.data(), 350, twice.write() + 350);                                  // every point twice: the radius is 0
    BOOST_TEST(precision_recall(x, twice, 1).precision == 1);
    BOOST_TEST(precision_recall(x + 1e-3, twice, 1).precision == 0);
}

BOOST_AUTO_TEST_CASE(what_has_no_neighbours_is_refused) {
    const reals x({4, 2}), three({3, 2}), wide({4, 3}), none({4, 0}), bad({4, 2}, std::nan(""));
    for (const reals& y : {three, wide, none, bad}) BOOST_CHECK_THROW(precision_recall(x, y), error);
    BOOST_CHECK_THROW(precision_recall(x, x, 0), error);
    const reals far = 1e200 * reals({4, 1}, {1, 2, 3, 4});
    BOOST_CHECK_THROW(precision_recall(far, far), error);
    BOOST_CHECK_NO_THROW(precision_recall(x, x));
}
