// SPDX-License-Identifier: Apache-2.0
/// \file  The inception score.
#include <ncsn/statistics/inception_score.hpp>
#include <support/check_every_mode.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(certain_and_evenly_spread_classes_score_their_number) {
    reals p({8, 4});
    for (std::size_t i = 0; i < 8; ++i) p.write()[i * 4 + i % 4] = 1;
    const auto score = inception_score(p, 2);
    BOOST_TEST(score.mean == 4, boost::test_tools::tolerance(1e-14));
    BOOST_TEST(score.deviation < 1e-14);
}

BOOST_AUTO_TEST_CASE(equal_rows_score_one) { BOOST_TEST(inception_score(reals({6, 3}, 1.0 / 3), 2).mean == 1, boost::test_tools::tolerance(1e-14)); }

BOOST_AUTO_TEST_CASE(the_deviation_is_over_the_splits_and_biased) {                   // parts [0, 2) and [2, 5) of five samples: scores 2 and 1
    const reals p({5, 2}, {1, 0, 0, 1, 1, 0, 1, 0, 1, 0});
    const auto score = inception_score(p, 2);
    BOOST_TEST(score.mean == 1.5, boost::test_tools::tolerance(1e-14));
    BOOST_TEST(score.deviation == 0.5, boost::test_tools::tolerance(1e-14));
    BOOST_CHECK_THROW(inception_score(p, 6), error);
}

BOOST_AUTO_TEST_CASE(what_is_no_probability_has_no_score) {
    const auto refused = [](const reals& p) {
        BOOST_CHECK_THROW(inception_score(p, 1), error);
    };
    refused(reals({2, 2}, {std::nan(""), 1, 0, 1}));
    refused(reals({2, 2}));                                                           // zeros
    refused(reals({2, 2}, {30, 70, 50, 50}));                                         // per cent
    refused(reals({2, 2}, {-0.5, 1.5, 0, 1}));
    BOOST_CHECK_NO_THROW(inception_score(reals({2, 2}, {0.3, 0.702, 0.5, 0.498}), 1)); // a softmax in 16 bits
}
