// SPDX-License-Identifier: Apache-2.0
/// \file  The part of the CUDA runtime that arrays/cuda calls, on the host: tests of that code run where no GPU is.
///
/// Found before NVIDIA's header of this name, it lets an ordinary compiler build tests/cuda/*.cu. What a stream is asked for is put off until
/// somebody waits for it, so memory that is changed or given back too early is seen; memory of the device is out of the host's reach in between;
/// while a graph is captured everything that CUDA forbids then is an error. Names and meanings are those of NVIDIA's documentation.
#pragma once

#include <support/cuda_on_host/memory.hpp>
#include <support/cuda_on_host/threads.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#define __global__
#define __device__
#define __host__
#define __shared__ static                                                           // blocks run one after the other
#define __launch_bounds__(...)

enum cudaError_t {
    cudaSuccess = 0, cudaErrorInvalidValue = 1, cudaErrorMemoryAllocation = 2, cudaErrorInsufficientDriver = 35, cudaErrorNoDevice = 100,
    cudaErrorInvalidConfiguration = 9, cudaErrorNoKernelImageForDevice = 209, cudaErrorNotReady = 600, cudaErrorIllegalAddress = 700,
    cudaErrorLaunchFailure = 719, cudaErrorStreamCaptureUnsupported = 900, cudaErrorStreamCaptureInvalidated = 901
};
inline const char* cudaGetErrorName(cudaError_t e) {
    switch (e) {
        case cudaSuccess: return "cudaSuccess";
        case cudaErrorInvalidValue: return "cudaErrorInvalidValue";
        case cudaErrorMemoryAllocation: return "cudaErrorMemoryAllocation";
        case cudaErrorStreamCaptureUnsupported: return "cudaErrorStreamCaptureUnsupported";
        case cudaErrorStreamCaptureInvalidated: return "cudaErrorStreamCaptureInvalidated";
        default: return "another error";
    }
}
inline const char* cudaGetErrorString(cudaError_t e) { return cudaGetErrorName(e); }

namespace cuda_on_host {

using operation = std::function<void()>;
inline std::size_t kernels_run = 0;                                                 ///< one by one and in graphs
inline cudaError_t last_error = cudaSuccess;
inline cudaError_t told(cudaError_t e) {
    if (e != cudaSuccess) last_error = e;
    return e;
}

/// What one stream was asked for and has not done.
struct stream {
    std::deque<operation> queue;
    std::size_t asked = 0, done = 0;
    bool capturing = false, broken = false;
    std::vector<operation> captured;

    cudaError_t ask(operation what) {
        if (capturing) {
            captured.push_back(std::move(what));
            return broken ? told(cudaErrorStreamCaptureInvalidated) : cudaSuccess;
        }
        queue.push_back(std::move(what));
        ++asked;
        if (queue.size() > 4096) run_until(asked - 2048);                           // a GPU would have done some by now
        return cudaSuccess;
    }
    void run_until(std::size_t end) {
        const gpu_at_work now;
        for (; done < end; ++done) {
            const operation next = std::move(queue.front());
            queue.pop_front();
            next();
        }
    }
    /// What needs the stream's end, or takes part in it, is forbidden while a graph is captured, and spoils it.
    cudaError_t wait_until(std::size_t end) {
        if (capturing) {
            broken = true;
            return told(cudaErrorStreamCaptureUnsupported);
        }
        run_until(end);
        return cudaSuccess;
    }
    void finish() { if (!capturing) run_until(asked); }
};
inline stream& the_stream() {
    static auto* only = new stream;
    return *only;
}
struct event {
    bool captured = false;
    std::size_t position = 0;
    std::chrono::steady_clock::time_point time;
};
/// One more, which goes with the process: the stream may come to it after it was given back.
inline event* make_event() {
    static std::mutex mutex;
    static auto* const all = new std::deque<event>;
    const std::lock_guard lock{mutex};
    return &all->emplace_back();
}
struct graph { std::vector<operation> operations; };

/// A kernel of the blocks of a grid.
template <class Call> void run_grid(unsigned blocks, unsigned threads, const Call& call) {
    ++kernels_run;
    gridDim = dim3{blocks}, blockDim = dim3{threads};
    const std::function<void()> body = call;
    for (unsigned b = blocks; b-- > 0;) {
        blockIdx = dim3{b, 0, 0};
        block().run(threads, body);
    }
}

}  // namespace cuda_on_host

using cudaStream_t = cuda_on_host::stream*;
using cudaEvent_t = cuda_on_host::event*;
using cudaGraph_t = cuda_on_host::graph*;
using cudaGraphExec_t = cuda_on_host::graph*;
struct cudaFuncAttributes { int numRegs = 32; };
struct cudaLaunchAttribute;
struct cudaLaunchConfig_t {
    dim3 gridDim, blockDim;
    std::size_t dynamicSmemBytes = 0;
    cudaStream_t stream = nullptr;
    cudaLaunchAttribute* attrs = nullptr;
    unsigned numAttrs = 0;
};
enum cudaMemcpyKind { cudaMemcpyHostToDevice = 1, cudaMemcpyDeviceToHost = 2, cudaMemcpyDeviceToDevice = 3, cudaMemcpyDefault = 4 };
enum cudaDeviceAttr { cudaDevAttrMultiProcessorCount = 16, cudaDevAttrComputeCapabilityMajor = 75, cudaDevAttrComputeCapabilityMinor = 76 };
enum cudaStreamCaptureMode { cudaStreamCaptureModeRelaxed = 2 };
enum { cudaStreamNonBlocking = 1, cudaEventDisableTiming = 2 };
enum cudaDataType_t { CUDA_R_32F = 0, CUDA_R_64F = 1, CUDA_R_16BF = 14 };

inline cudaError_t cudaGetLastError() { return std::exchange(cuda_on_host::last_error, cudaSuccess); }
inline cudaError_t cudaDriverGetVersion(int* v) { return *v = cuda_on_host::gpu.driver, cudaSuccess; }
inline cudaError_t cudaRuntimeGetVersion(int* v) { return *v = 13000, cudaSuccess; }
inline cudaError_t cudaGetDeviceCount(int* n) {
    *n = cuda_on_host::gpu.devices;
    return cuda_on_host::told(cuda_on_host::gpu.driver_too_old ? cudaErrorInsufficientDriver : *n == 0 ? cudaErrorNoDevice : cudaSuccess);
}
inline cudaError_t cudaGetDevice(int* d) { return *d = 0, cudaSuccess; }
inline cudaError_t cudaDeviceGetAttribute(int* v, cudaDeviceAttr which, int) {
    *v = which == cudaDevAttrMultiProcessorCount ? 1 : which == cudaDevAttrComputeCapabilityMajor ? 9 : 0;      // one: grids go round several times
    return cudaSuccess;
}
template <class F> cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* a, F*) {
    *a = {};
    return cuda_on_host::told(cuda_on_host::gpu.code_fits ? cudaSuccess : cudaErrorNoKernelImageForDevice);
}

inline cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
    *total = cuda_on_host::gpu.memory, *free = *total - std::min(*total, cuda_on_host::memory.held());
    return cudaSuccess;
}
inline cudaError_t cudaMalloc(void** block, std::size_t bytes) {
    *block = cuda_on_host::memory.take(bytes);
    if (!*block) return cuda_on_host::told(cudaErrorMemoryAllocation);
    const cuda_on_host::gpu_at_work now;
    std::memset(*block, 0xff, bytes);
    return cudaSuccess;
}
inline cudaError_t cudaFree(void* block) {
    cuda_on_host::the_stream().finish();
    return block && !cuda_on_host::memory.give(block) ? cuda_on_host::told(cudaErrorInvalidValue) : cudaSuccess;
}
inline cudaError_t cudaMallocHost(void** block, std::size_t bytes) { return *block = cuda_on_host::locked.take(bytes), cudaSuccess; }
inline cudaError_t cudaFreeHost(void* block) { return cuda_on_host::locked.give(block) ? cudaSuccess : cuda_on_host::told(cudaErrorInvalidValue); }

inline cudaError_t cudaStreamCreateWithFlags(cudaStream_t* s, unsigned) { return *s = &cuda_on_host::the_stream(), cudaSuccess; }
inline cudaError_t cudaStreamSynchronize(cudaStream_t s) { return s->wait_until(s->asked); }
inline cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t s) {
    using namespace cuda_on_host;
    const bool to_device = memory.holds(to, bytes), from_device = memory.holds(from, bytes);
    if (kind == cudaMemcpyDefault) kind = !to_device ? cudaMemcpyDeviceToHost : from_device ? cudaMemcpyDeviceToDevice : cudaMemcpyHostToDevice;
    if (to_device != (kind != cudaMemcpyDeviceToHost) || from_device != (kind != cudaMemcpyHostToDevice)) return told(cudaErrorInvalidValue);
    const auto copy = [=] { std::memcpy(to, from, bytes); };
    if (kind == cudaMemcpyDeviceToDevice || locked.holds(kind == cudaMemcpyHostToDevice ? from : to)) return s->ask(copy);
    if (s->capturing) return s->wait_until(0);                                      // memory that a replay cannot count on
    if (kind == cudaMemcpyHostToDevice) {
        const auto* const first = static_cast<const std::byte*>(from);
        return s->ask([to, kept = std::vector<std::byte>(first, first + bytes)] { std::memcpy(to, kept.data(), kept.size()); });
    }
    (void)s->ask(copy);
    return s->wait_until(s->asked);
}

inline cudaError_t cudaEventCreateWithFlags(cudaEvent_t* e, unsigned) { return *e = cuda_on_host::make_event(), cudaSuccess; }
inline cudaError_t cudaEventCreate(cudaEvent_t* e) { return cudaEventCreateWithFlags(e, 0); }
inline cudaError_t cudaEventDestroy(cudaEvent_t) { return cudaSuccess; }
inline cudaError_t cudaEventRecord(cudaEvent_t e, cudaStream_t s) {
    if (s->capturing) return s->wait_until(0);                                      // allowed, but then nobody may wait for it: nobody needs it here
    const cudaError_t status = s->ask([e] { e->time = std::chrono::steady_clock::now(); });
    e->captured = true, e->position = s->asked;
    return status;
}
inline cudaError_t cudaEventSynchronize(cudaEvent_t e) {
    auto& s = cuda_on_host::the_stream();
    return !e->captured || s.done >= e->position ? cudaSuccess : s.wait_until(e->position);
}
inline cudaError_t cudaEventElapsedTime(float* ms, cudaEvent_t first, cudaEvent_t last) {
    *ms = std::chrono::duration<float, std::milli>(last->time - first->time).count();
    return cudaSuccess;
}

inline cudaError_t cudaStreamBeginCapture(cudaStream_t s, cudaStreamCaptureMode) {
    if (s->capturing || !cuda_on_host::gpu.captures) return cuda_on_host::told(cudaErrorStreamCaptureUnsupported);
    s->capturing = true, s->broken = false;
    s->captured.clear();
    return cudaSuccess;
}
inline cudaError_t cudaStreamEndCapture(cudaStream_t s, cudaGraph_t* g) {
    if (!s->capturing) return cuda_on_host::told(cudaErrorInvalidValue);
    s->capturing = false;
    *g = s->broken ? nullptr : new cuda_on_host::graph{std::move(s->captured)};
    return cuda_on_host::told(s->broken ? cudaErrorStreamCaptureInvalidated : cudaSuccess);
}
inline cudaError_t cudaGraphInstantiate(cudaGraphExec_t* e, cudaGraph_t g, unsigned long long) {
    return *e = new cuda_on_host::graph{*g}, cudaSuccess;
}
inline cudaError_t cudaGraphDestroy(cudaGraph_t g) { return delete g, cudaSuccess; }
inline cudaError_t cudaGraphExecDestroy(cudaGraphExec_t e) { return delete e, cudaSuccess; }
inline cudaError_t cudaGraphLaunch(cudaGraphExec_t e, cudaStream_t s) {
    if (s->capturing) return s->wait_until(0);
    return s->ask([operations = e->operations] {
        for (const auto& o : operations) o();
    });
}

/// The typed start of a kernel, as cuda_runtime.h has it for C++.
template <class... Parameters, class... Arguments>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* c, void (*kernel)(Parameters...), Arguments&&... arguments) {
    const unsigned blocks = c->gridDim.x, threads = c->blockDim.x;
    if (blocks == 0 || threads == 0 || threads > 1024) return cuda_on_host::told(cudaErrorInvalidConfiguration);
    return c->stream->ask([=, given = std::tuple<std::remove_cv_t<Parameters>...>{std::forward<Arguments>(arguments)...}] {
        cuda_on_host::run_grid(blocks, threads, [&] { std::apply(kernel, given); });
    });
}
