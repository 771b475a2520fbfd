// SPDX-License-Identifier: Apache-2.0
/// \file  devices/training.cpp with the kernels of a GPU, run by the host.
#define NCSN_TEST_EMULATED
#include <devices/training.cpp>
