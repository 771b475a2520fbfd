// SPDX-License-Identifier: Apache-2.0
/// \file  The way from the host's memory to the GPU's.
#pragma once

#include <ncsn/arrays/cuda/stream_mark.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <mutex>

namespace ncsn {

/// Page-locked pieces that uploads pass through: the caller may change its memory as soon as the call returns, and the host does not wait for the
/// GPU unless every piece is still on its way.
class staging_ring {
public:
    static constexpr std::size_t piece = std::size_t{1} << 18, pieces = 64;

    void upload(cudaStream_t stream, void* to, const void* from, std::size_t bytes) {
        const std::lock_guard lock{mutex_};
        if (!memory_) check(cudaMallocHost(&memory_, piece * pieces), "page-locked memory for uploads");
        for (std::size_t at = 0; at < bytes; at += piece) {
            const std::size_t slot = next_, n = std::min(piece, bytes - at);
            next_ = (next_ + 1) % pieces;
            sent_[slot].wait();
            std::byte* const here = static_cast<std::byte*>(memory_) + slot * piece;
            std::memcpy(here, static_cast<const std::byte*>(from) + at, n);
            check(cudaMemcpyAsync(static_cast<std::byte*>(to) + at, here, n, cudaMemcpyHostToDevice, stream), "copying to the device");
            sent_[slot].set(stream);
        }
    }

private:
    std::mutex mutex_;
    void* memory_ = nullptr;
    std::array<stream_mark, pieces> sent_;
    std::size_t next_ = 0;
};

}  // namespace ncsn
