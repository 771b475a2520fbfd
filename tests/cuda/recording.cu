// SPDX-License-Identifier: Apache-2.0
/// \file  arrays/recording.cpp on the GPU, which records graphs.
#define BOOST_TEST_NO_MAIN
#include <arrays/recording.cpp>
