// SPDX-License-Identifier: Apache-2.0
/// \file  Memory of the host that the GPU reads and writes by itself.
#pragma once

#include <ncsn/arrays/cuda/status.hpp>
#include <ncsn/arrays/kernels/caching_pool.hpp>

#include <cstddef>
#include <utility>

namespace ncsn {

/// Memory of the host that the GPU reads by itself, as the CUDA driver lends it.
struct page_locked_memory {
    static constexpr const char* name = "cuda, page-locked memory";
    static void* take(std::size_t bytes) {
        void* block = nullptr;
        const cudaError_t status = cudaMallocHost(&block, bytes);
        return lent(status, block, "page-locked memory");
    }
    static void give(void* block) noexcept { (void)cudaFreeHost(block); }
    static std::pair<std::size_t, std::size_t> free_and_total() { return {0, 0}; }       // the host's own business
};
/// A piece of it. Asking the driver takes long, and a sampler captures a hundred pieces at every level: they come from a pool.
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

}  // namespace ncsn
