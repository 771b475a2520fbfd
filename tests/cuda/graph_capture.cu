// SPDX-License-Identifier: Apache-2.0
/// \file  arrays/graph_capture.cpp on the GPU, which captures graphs.
#define BOOST_TEST_NO_MAIN
#include <arrays/graph_capture.cpp>
