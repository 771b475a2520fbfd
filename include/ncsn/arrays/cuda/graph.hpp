// SPDX-License-Identifier: Apache-2.0
/// \file  CUDA graphs as the programs of a recording, and what the host hands them: memory that the GPU reads, and marks to wait for.
#pragma once

#include <ncsn/arrays/cuda/status.hpp>
#include <ncsn/arrays/grid/pool.hpp>

#include <cstddef>
#include <utility>

namespace ncsn {

/// Memory of the host that the GPU reads by itself, as the CUDA driver lends it.
struct page_locked_memory {
    static constexpr const char* name = "cuda, page-locked memory";
    static void* take(std::size_t bytes) {
        void* block = nullptr;
        check(cudaMallocHost(&block, bytes), "page-locked memory");
        return block;
    }
    static void give(void* block) noexcept { (void)cudaFreeHost(block); }
    static std::pair<std::size_t, std::size_t> free_and_total() { return {0, 0}; }
};
/// A piece of it. Asking the driver takes long, and a sampler records a hundred pieces at every level: they come from a pool.
class page_locked {
public:
    explicit page_locked(std::size_t bytes) : data_{pool().allocate(bytes)}, bytes_{bytes} {}
    page_locked(page_locked&& other) noexcept : data_{std::exchange(other.data_, nullptr)}, bytes_{other.bytes_} {}
    page_locked& operator=(page_locked&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~page_locked() {
        if (data_) pool().release(data_, bytes_);
    }
    void* data() const { return data_; }

private:
    static caching_pool<page_locked_memory>& pool() {
        static auto* blocks = new caching_pool<page_locked_memory>;                 // goes with the process
        return *blocks;
    }
    void* data_ = nullptr;
    std::size_t bytes_ = 0;
};

/// A place in a stream's work that the host can wait for.
class stream_mark {
public:
    stream_mark() = default;
    stream_mark(const stream_mark&) = delete;
    stream_mark& operator=(const stream_mark&) = delete;
    ~stream_mark() {
        if (event_) (void)cudaEventDestroy(event_);
    }
    /// After what the stream was asked for so far.
    void set(cudaStream_t stream) {
        if (!event_) check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "an event");
        check(cudaEventRecord(event_, stream), "an event");
    }
    /// Until the stream has come there; at once if the mark was never set.
    void wait() const {
        if (event_) check(cudaEventSynchronize(event_), "waiting for the device");
    }

private:
    cudaEvent_t event_ = nullptr;
};

/// What a stream was asked for since the capture began, to be started as one.
class cuda_graph {
public:
    /// Ends the capture. What was captured is thrown away if it cannot be made into a graph.
    explicit cuda_graph(cudaStream_t stream) : stream_{stream} {
        cudaGraph_t captured = nullptr;
        check(cudaStreamEndCapture(stream, &captured), "ending a graph");
        const cudaError_t status = cudaGraphInstantiate(&graph_, captured, 0);
        (void)cudaGraphDestroy(captured);
        check(status, "making a graph");
    }
    cuda_graph(cuda_graph&& other) noexcept : stream_{other.stream_}, graph_{std::exchange(other.graph_, nullptr)} {}
    cuda_graph& operator=(cuda_graph&& other) noexcept {
        std::swap(stream_, other.stream_);
        std::swap(graph_, other.graph_);
        return *this;
    }
    /// A graph may end while the device still works on it.
    ~cuda_graph() {
        if (graph_) (void)cudaGraphExecDestroy(graph_);
    }
    void run() const { check(cudaGraphLaunch(graph_, stream_), "starting a graph"); }

private:
    cudaStream_t stream_;
    cudaGraphExec_t graph_ = nullptr;
};

}  // namespace ncsn
