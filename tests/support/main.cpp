// SPDX-License-Identifier: Apache-2.0
/// \file  main of every program of tests.
#define BOOST_TEST_MODULE ncsn
#include <boost/test/unit_test.hpp>
