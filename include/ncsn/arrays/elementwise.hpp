// SPDX-License-Identifier: Apache-2.0
/// \file  Element by element, on every device: map, zip, for_each_element, also for many tensors at a time.
#pragma once

#include <ncsn/arrays/cpu/elementwise.hpp>
#include <ncsn/arrays/kernels/elementwise.hpp>
#include <ncsn/arrays/kernels/multi_tensor.hpp>
#if defined(NCSN_CUDA)
#include <ncsn/arrays/cuda/device.hpp>
#endif
