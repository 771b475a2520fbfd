// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of ending a run from outside.
#include <ncsn/arithmetic/stop.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(a_stop_that_was_asked_for_is_thrown_as_an_error_of_its_own) {
    std::stop_source source;
    BOOST_CHECK_NO_THROW(end_if_stopped({}, "a run"));
    BOOST_CHECK_NO_THROW(end_if_stopped(source.get_token(), "a run"));
    source.request_stop();
    BOOST_CHECK_EXCEPTION(end_if_stopped(source.get_token(), "a run"), stopped, [](const error& reason) {
        return std::string{reason.what()}.starts_with("a run: stopped before the end");
    });
}
