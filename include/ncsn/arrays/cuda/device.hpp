// SPDX-License-Identifier: Apache-2.0
/// \file  The GPU: its memory, its stream, and what it says when something is missing.
#pragma once

#include <ncsn/arrays/cuda/graph.hpp>
#include <ncsn/arrays/cuda/launch.hpp>
#include <ncsn/arrays/cuda/page_locked.hpp>
#include <ncsn/arrays/cuda/staging.hpp>
#include <ncsn/arrays/cuda/status.hpp>
#include <ncsn/arrays/cuda/stream_mark.hpp>
#include <ncsn/arrays/device.hpp>
#include <ncsn/arrays/kernels/fill.hpp>
#include <ncsn/arrays/kernels/launch.hpp>
#include <ncsn/arrays/kernels/captured_graph.hpp>

#include <cuda_runtime.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ncsn {

/// Memory as the CUDA driver lends it.
struct cuda_memory {
    static constexpr const char* name = "cuda";
    static void* take(std::size_t bytes) {
        void* block = nullptr;
        const cudaError_t status = cudaMalloc(&block, bytes);
        return lent(status, block, "asking for memory");
    }
    static void give(void* block) noexcept { (void)cudaFree(block); }                // also when the process ends and the driver is gone already
    static std::pair<std::size_t, std::size_t> free_and_total() {
        std::size_t free = 0, total = 0;
        if (cudaMemGetInfo(&free, &total) != cudaSuccess) (void)cudaGetLastError();
        return {free, total};
    }
};

/// A kernel to ask whether this program's code fits the GPU. A template, so that several sources may bring it.
template <class = void> __global__ void presence_kernel() {}

/// A copy of 4-byte words.
struct fetch_words {
    const std::uint32_t* from;
    std::uint32_t* to;
    template <class Index> NCSN_HD void operator()(Index i) const { to[i] = from[i]; }
};

/// The first GPU that the process sees (CUDA_VISIBLE_DEVICES chooses). All work goes through one stream in the order in which the host asks for it.
/// The host waits in download and at marks; uploads pass through a ring of page-locked pieces and wait only when all are on their way.
struct cuda {
    static constexpr bool is_host = false;
    using pool_type = caching_pool<cuda_memory>;

    /// How products and convolutions of tensors of float multiply: as floats, or as TF32, whose 10 bits of mantissa the tensor cores take. Sums are
    /// float either way. A property of the process, like the three below; bfloat16 comes from the type of a tensor.
    enum class precision { fp32, tf32 };
    static inline precision math = precision::fp32;
    /// Whether the first convolution of a shape times what cuDNN offers and keeps the fastest; otherwise its own guess is taken. Timing chooses
    /// between algorithms that round differently, so runs need not repeat bit for bit.
    static inline bool tune = false;
    /// Only algorithms that give the same bits every time.
    static inline bool repeatable = true;
    /// Told what a program should know and go on after: a convolution without a fast kernel. Does nothing until a program sets it.
    static inline std::function<void(const std::string&)> on_warning;

    /// Why there is no GPU to work with, and what to do about it; empty if there is one.
    static std::string unavailable() {
        int driver = 0, runtime = 0, devices = 0;
        const auto version = [](int v) { return std::to_string(v / 1000) + "." + std::to_string(v % 1000 / 10); };
        (void)cudaRuntimeGetVersion(&runtime);
        if (cudaDriverGetVersion(&driver) != cudaSuccess || driver == 0)
            return "no NVIDIA driver was found; install one for CUDA " + version(runtime) + " or later, or use --device cpu";
        const cudaError_t status = cudaGetDeviceCount(&devices);
        (void)cudaGetLastError();
        if (status == cudaErrorInsufficientDriver)
            return "the NVIDIA driver serves CUDA " + version(driver) + ", this program was built with CUDA " + version(runtime) +
                   "; update the driver, build with an older toolkit, or use --device cpu";
        if (status == cudaErrorNoDevice || (status == cudaSuccess && devices == 0))
            return "there is a driver (CUDA " + version(driver) +
                   ") but no GPU is visible; see nvidia-smi and CUDA_VISIBLE_DEVICES, or use --device cpu";
        if (status != cudaSuccess) return std::string{"the driver answers: "} + cudaGetErrorString(status) + "; see nvidia-smi, or use --device cpu";
        cudaFuncAttributes attributes{};
        if (cudaFuncGetAttributes(&attributes, presence_kernel<>) != cudaSuccess) {
            (void)cudaGetLastError();
            int major = 0, minor = 0;
            (void)cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, 0);
            (void)cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, 0);
            return "the GPU has compute capability " + std::to_string(major) + "." + std::to_string(minor) +
                   ", for which this program holds no code; configure with -DCMAKE_CUDA_ARCHITECTURES=" + std::to_string(10 * major + minor) +
                   ", or use --device cpu";
        }
        return {};
    }

    /// The one stream of the process.
    static cudaStream_t stream() {
        static const cudaStream_t only = [] {
            const std::string reason = unavailable();
            require(reason.empty(), "cuda: ", reason);
            cudaStream_t s = nullptr;
            check(cudaStreamCreateWithFlags(&s, cudaStreamNonBlocking), "a stream");
            return s;
        }();
        return only;
    }
    /// Waits until everything asked for is done; an error of a kernel is told here.
    static void synchronize() { check(cudaStreamSynchronize(stream()), "waiting for the device"); }

    static void* allocate(std::size_t bytes) {
        (void)stream();                                                             // no GPU: said in words before memory is asked for
        return pool().allocate(bytes);
    }
    static void release(void* block, std::size_t bytes) noexcept { pool().release(block, bytes); }
    static void copy(void* to, const void* from, std::size_t bytes) {
        if (updating()) return;
        check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream()), "copying on the device");
    }
    /// The host's memory may change as soon as this returns.
    static void upload(void* to, const void* from, std::size_t bytes) {
        if (bytes == 0) return;
        auto& s = state();
        if (s.mode == device_mode::update) s.uploads->renew(from, bytes);
        else if (s.mode == device_mode::capture) {
            const void* const kept = s.uploads->keep(from, bytes);
            if (bytes <= small_upload && bytes % sizeof(std::uint32_t) == 0)
                launch(bytes / sizeof(std::uint32_t), fetch_words{static_cast<const std::uint32_t*>(kept), static_cast<std::uint32_t*>(to)});
            else copy(to, kept, bytes);
        } else staging().upload(stream(), to, from, bytes);
    }
    /// Waits for the device.
    static void download(void* to, const void* from, std::size_t bytes) {
        if (bytes == 0) return;
        if (state().mode != device_mode::work)
            throw not_capturable{"cuda: the host asks for numbers of the device in work that is captured, where they do not exist yet; ask for them "
                                 "after it (async_readback), or set cuda::capture = false"};
        check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream()), "copying to the host");
        synchronize();
    }
    template <class T> static void fill(T* to, std::size_t count, T value) { fill_by<cuda>(to, count, value); }
    template <class Body> static void launch(std::size_t n, const Body& body) {
        if (!updating()) launch_on(stream(), n, body);
    }
    template <class Body> static void launch_rows(std::size_t rows, std::size_t length, const Body& body) {
        if (!updating()) launch_rows_on(stream(), rows, length, body);
    }

    static pool_type& pool() {
        static auto* blocks = new pool_type;                                        // outlives every static tensor
        return *blocks;
    }
    static std::size_t trim() { return pool().trim(); }

    // What makes it a CapturingDevice: graphs are CUDA's.

    static inline bool capture = true;                                              ///< whether loops of samplers and steps of training are captured
    static capture_state<cuda>& state() {
        static capture_state<cuda> only;
        return only;
    }
    /// Whether the host only goes through work whose kernels a graph holds already. Libraries must not be called then.
    static bool updating() { return state().mode == device_mode::update; }
    static const std::uint32_t* draw_counter() { return state().draws; }
    using upload_block = page_locked;
    static void send(void* to, const void* from, std::size_t bytes) {
        check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream()), "copying between host and device");
    }
    struct mark {
        stream_mark in_stream;
        void set() { in_stream.set(stream()); }
        void wait() const { in_stream.wait(); }
    };
    using program = cuda_graph;
    /// Relaxed: memory may be asked for, and libraries may prepare themselves, while a graph is captured.
    static void begin() {
        static const bool loaded = [] {                                             // kernels that no step has started before it is captured
            cudaFuncAttributes attributes{};
            check(cudaFuncGetAttributes(&attributes, run_body<std::uint32_t, fetch_words>), "loading a kernel");
            check(cudaFuncGetAttributes(&attributes, run_body<std::uint32_t, add_draws>), "loading a kernel");
            return true;
        }();
        (void)loaded;
        check(cudaStreamBeginCapture(stream(), cudaStreamCaptureModeRelaxed), "beginning a graph");
    }
    static cuda_graph end() { return cuda_graph{stream()}; }

private:
    /// Of the pieces that a graph takes from its tables, up to here by a kernel: a node of a graph that copies takes longer to start.
    static constexpr std::size_t small_upload = 4096;
    static staging_ring& staging() {
        static auto* ring = new staging_ring;                                       // its memory goes with the process
        return *ring;
    }
};

static_assert(CapturingDevice<cuda>);

}  // namespace ncsn
