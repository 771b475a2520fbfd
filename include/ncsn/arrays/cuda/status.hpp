// SPDX-License-Identifier: Apache-2.0
/// \file  What CUDA's functions answer, as exceptions of this library.
#pragma once

#include <ncsn/arithmetic/error.hpp>

#include <cuda_runtime.h>

namespace ncsn {

/// Throws unless a call of the CUDA runtime went well. What it was for is said in words: "copying to the device".
inline void check(cudaError_t status, const char* what) {
    if (status == cudaSuccess) [[likely]] return;
    (void)cudaGetLastError();                                                       // the runtime forgets an error that was told
    fail("cuda: ", what, ": ", cudaGetErrorString(status), " (", cudaGetErrorName(status), ")",
         status == cudaErrorIllegalAddress || status == cudaErrorLaunchFailure
             ? "; a kernel that ran before went wrong: compute-sanitizer names it" : "",
         status == cudaErrorNoKernelImageForDevice
             ? "; this program was built for other GPUs: configure with -DCMAKE_CUDA_ARCHITECTURES=native on this machine" : "");
}

/// A block that a call of the runtime lent, or nullptr if there is no such memory left, which a pool can tell in better words.
inline void* lent(cudaError_t status, void* block, const char* what) {
    if (status == cudaErrorMemoryAllocation) {
        (void)cudaGetLastError();
        return nullptr;
    }
    check(status, what);
    return block;
}

}  // namespace ncsn
