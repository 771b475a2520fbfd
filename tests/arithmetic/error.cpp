// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the library's exception.
#include <ncsn/arithmetic/error.hpp>

#include <boost/test/unit_test.hpp>

#include <support/files.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(a_message_is_its_parts_one_after_the_other) {
    BOOST_TEST(message_of([] { fail("a: ", 3, " but b: ", 0.5); }) == "a: 3 but b: 0.5");
    BOOST_TEST(message_of([] { fail(5.6e-6); }) == "5.6e-06");
}

BOOST_AUTO_TEST_CASE(a_condition_that_holds_says_nothing) {
    BOOST_TEST(message_of([] { require(true, "not this"); }) == "");
    BOOST_TEST(message_of([] { require(false, "this"); }) == "this");
    BOOST_CHECK_THROW(require(false, "this"), std::runtime_error);
}
