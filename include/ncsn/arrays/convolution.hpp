// SPDX-License-Identifier: Apache-2.0
/// \file  Convolution and its three gradients, on every device.
#pragma once

#include <ncsn/arrays/cpu/convolution.hpp>
#include <ncsn/arrays/grid/convolution.hpp>
#if defined(__CUDACC__)
#include <ncsn/arrays/cuda/convolution.hpp>
#endif
