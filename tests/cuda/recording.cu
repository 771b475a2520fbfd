// SPDX-License-Identifier: Apache-2.0
/// \file  arrays/recording.cpp on the GPU, which records graphs.
#define BOOST_TEST_NO_MAIN
#define NCSN_TEST_GPU
#include <arrays/recording.cpp>
