// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the library's exception.
#include <ncsn/arithmetic/error.hpp>

#include <boost/test/unit_test.hpp>

#include <support/files.hpp>

#include <locale>
#include <sstream>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(a_message_is_its_parts_one_after_the_other) {
    BOOST_TEST(message_of([] { fail("a: ", 3, " but b: ", 0.5); }) == "a: 3 but b: 0.5");
    BOOST_TEST(message_of([] { fail(5.6e-6); }) == "5.6e-06");
}

namespace {

/// Numbers as a program for German readers may want them: 60.000 and 0,5.
struct grouped : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
};

}  // namespace

BOOST_AUTO_TEST_CASE(numbers_are_written_alike_whatever_locale_the_program_set) {
    const std::locale before = std::locale::global(std::locale{std::locale::classic(), new grouped});
    std::ostringstream ordinary;
    ordinary << 60000 << ' ' << 0.5;
    const std::string said = message_of([] { fail(60000, ' ', 0.5, ' ', std::size_t{1234567}); });
    std::locale::global(before);
    BOOST_TEST(ordinary.str() == "60.000 0,5");                                     // the locale was in force
    BOOST_TEST(said == "60000 0.5 1234567");
}

BOOST_AUTO_TEST_CASE(a_condition_that_holds_says_nothing) {
    BOOST_TEST(message_of([] { require(true, "not this"); }) == "");
    BOOST_TEST(message_of([] { require(false, "this"); }) == "this");
    BOOST_CHECK_THROW(require(false, "this"), std::runtime_error);
}
