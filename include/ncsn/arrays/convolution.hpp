// SPDX-License-Identifier: Apache-2.0
/// \file  Convolution and its three gradients, on every device; grouped convolutions of networks that are only evaluated, on the host.
#pragma once

#include <ncsn/arrays/kernels/convolution.hpp>
#if defined(NCSN_CUDA)
#include <ncsn/arrays/cuda/convolution.hpp>
#endif
#if !(defined(__CUDACC__) && defined(NCSN_DEVICE))                                  // a program of the GPU convolves nothing on the host
#include <ncsn/arrays/cpu/grouped_convolution.hpp>
#endif
