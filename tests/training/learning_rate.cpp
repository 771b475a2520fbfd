// SPDX-License-Identifier: Apache-2.0
/// \file  Learning rates at their first, middle and last steps.
#include <ncsn/training/learning_rate.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(the_cosine_goes_from_one_through_a_half_to_zero) {
    BOOST_TEST(cosine_decay(0, 100) == 1.0);
    BOOST_TEST(cosine_decay(50, 100) == 0.5, boost::test_tools::tolerance(1e-15));
    BOOST_TEST(cosine_decay(25, 100) == (1 + std::sqrt(0.5)) / 2, boost::test_tools::tolerance(1e-15));
    BOOST_TEST(std::abs(cosine_decay(100, 100)) < 1e-15);
    BOOST_TEST(cosine_decay(101, 100) == cosine_decay(100, 100));
    for (std::size_t step = 0; step < 100; ++step) BOOST_TEST(cosine_decay(step + 1, 100) < cosine_decay(step, 100));
}

BOOST_AUTO_TEST_CASE(a_cosine_rate_starts_at_its_rate) {
    const cosine_rate rate{2e-3, 100};
    BOOST_TEST(rate(0) == 2e-3);
    BOOST_TEST(rate(50) == 1e-3, boost::test_tools::tolerance(1e-14));
    BOOST_TEST(constant_rate{0.25}(1'000'000) == 0.25);
    BOOST_CHECK_THROW(cosine_rate{2e-3}(0), error);                                 // it would be 0 at every step
}

BOOST_AUTO_TEST_CASE(a_warm_up_rises_on_a_line_and_then_is_the_other_rate) {
    const warm_up rate{4, constant_rate{0.8}};
    const double tiny = 1e-15;
    BOOST_TEST(rate(0) == 0.2, boost::test_tools::tolerance(tiny));
    BOOST_TEST(rate(1) == 0.4, boost::test_tools::tolerance(tiny));
    BOOST_TEST(rate(3) == 0.8, boost::test_tools::tolerance(tiny));
    BOOST_TEST(rate(4) == 0.8);
    const warm_up falling{10, cosine_rate{1, 20}};
    BOOST_TEST(falling(4) == 0.5 * cosine_decay(4, 20), boost::test_tools::tolerance(tiny));
    BOOST_TEST(falling(15) == cosine_decay(15, 20));
}
