// SPDX-License-Identifier: Apache-2.0
/// \file  devices/models.cpp on the GPU.
#define BOOST_TEST_NO_MAIN
#define NCSN_TEST_GPU
#include <devices/models.cpp>
