// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of counts in texts.
#include <ncsn/arithmetic/count.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(digits_are_a_count) {
    BOOST_TEST(count_in("0").value() == 0u);
    BOOST_TEST(count_in("1980").value() == 1980u);
    BOOST_TEST(count_of("steps", "18446744073709551615") == std::numeric_limits<std::uint64_t>::max());
}

BOOST_AUTO_TEST_CASE(nothing_else_is) {
    for (const char* text : {"", "-1", "+1", "010", "00", "1e3", "0x10", "1.0", " 1", "1 ", "x", "1,", "18446744073709551616", "\xd9\xa1"})
        BOOST_TEST(!count_in(text).has_value(), text);
    BOOST_CHECK_EXCEPTION(count_of("steps", "-1"), error, [](const error& reason) {
        return std::string{reason.what()} == "steps '-1' is no count; digits were expected, of a number below 2^64";
    });
}
