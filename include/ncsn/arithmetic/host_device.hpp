// SPDX-License-Identifier: Apache-2.0
/// \file  NCSN_HD marks the scalar functions that loops over elements are made of; NCSN_UNROLL a loop whose array a GPU keeps in registers;
///        NCSN_CUDA says that the device `cuda` is wanted, as it is wherever nvcc compiles.
#pragma once

#if defined(__CUDACC__) && !defined(NCSN_CUDA)
#define NCSN_CUDA
#endif

/// A GPU compiler must see them on both sides; a CPU compiler must put them into the loop, for a call in a loop's body keeps it from becoming
/// vector code (the elementwise derivatives ran five times slower without).
#if defined(__CUDACC__)
#define NCSN_HD __host__ __device__
#elif defined(__GNUC__)
#define NCSN_HD __attribute__((always_inline))
#else
#define NCSN_HD
#endif

#if defined(__CUDA_ARCH__)
#define NCSN_UNROLL _Pragma("unroll")
#else
#define NCSN_UNROLL
#endif
