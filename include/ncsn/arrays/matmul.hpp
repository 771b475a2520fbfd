// SPDX-License-Identifier: Apache-2.0
/// \file  Products of matrices, on every device: product, batched_product.
#pragma once

#include <ncsn/arrays/cpu/matmul.hpp>
#if defined(NCSN_CUDA)
#include <ncsn/arrays/cuda/matmul.hpp>
#endif
