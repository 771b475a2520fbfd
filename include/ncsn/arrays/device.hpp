// SPDX-License-Identifier: Apache-2.0
/// \file  Where the elements of a tensor live.
#pragma once

#include <algorithm>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <vector>

namespace ncsn {

/// A device is a type with the members below: memory, and the ways in and out of it. What it computes are overloads on tensor<T, Device> of the
/// functions in arrays/cpu (docs/decisions/devices.md lists them); nothing above arrays/ names a device.
template <class D>
concept Device = requires(void* block, const void* from, std::size_t bytes) {
    { D::allocate(bytes) } -> std::same_as<void*>;
    D::release(block, bytes);
    D::copy(block, from, bytes);          // between places of the device
    D::upload(block, from, bytes);        // from the host to the device
    D::download(block, from, bytes);      // from the device to the host
    D::fill(static_cast<float*>(block), bytes, 1.0f);
    { D::is_host } -> std::convertible_to<bool>;                                    // whether the host reads and writes its memory directly
};

/// The host: memory from a pool that keeps what was freed. Fresh pages cost more than most operations that fill them, and a training step
/// asks for the same sizes again and again. Sizes are rounded up to an eighth of a power of two, so at most one eighth is wasted.
struct cpu {
    static constexpr bool is_host = true;
    static constexpr std::size_t alignment = 64;
    /// Whether a 3x3 convolution may use Winograd's F(4x4, 3x3): about twice as fast, with 1.7-1.9 times the rounding error of the direct
    /// sum (relative RMS 8e-7 to 1.5e-6; docs/decisions/convolution.md). A property of the process, like its number of threads.
    static inline bool winograd = true;

    static void* allocate(std::size_t bytes) {
        const std::size_t size = rounded(bytes);
        {
            const std::lock_guard lock{pool().mutex};
            auto& free = pool().free[size];
            if (!free.empty()) {
                void* block = free.back();
                free.pop_back();
                return block;
            }
        }
        try {
            return ::operator new(size, std::align_val_t{alignment});
        } catch (const std::bad_alloc&) {
            trim();                                                                 // other sizes may lie unused in the pool
            return ::operator new(size, std::align_val_t{alignment});
        }
    }
    static void release(void* block, std::size_t bytes) noexcept {
        const std::lock_guard lock{pool().mutex};
        try {
            pool().free[rounded(bytes)].push_back(block);
        } catch (const std::bad_alloc&) {
            ::operator delete(block, std::align_val_t{alignment});
        }
    }
    static void copy(void* to, const void* from, std::size_t bytes) { std::memcpy(to, from, bytes); }
    static void upload(void* to, const void* from, std::size_t bytes) { std::memcpy(to, from, bytes); }
    static void download(void* to, const void* from, std::size_t bytes) { std::memcpy(to, from, bytes); }
    template <class T> static void fill(T* to, std::size_t count, T value) { std::fill_n(to, count, value); }

    /// Gives every unused block back to the system.
    static void trim() noexcept {
        const std::lock_guard lock{pool().mutex};
        for (auto& [size, blocks] : pool().free) {
            for (void* block : blocks) ::operator delete(block, std::align_val_t{alignment});
            blocks.clear();
        }
    }

private:
    struct free_lists {
        std::mutex mutex;
        std::map<std::size_t, std::vector<void*>> free;
    };
    static free_lists& pool() {
        static auto* lists = new free_lists;                                        // outlives every static tensor
        return *lists;
    }
    static std::size_t rounded(std::size_t bytes) {
        if (bytes <= 512) return bytes == 0 ? alignment : (bytes + alignment - 1) / alignment * alignment;
        const std::size_t step = std::bit_floor(bytes) / 8;
        return (bytes + step - 1) / step * step;
    }
};

static_assert(Device<cpu>);

/// The device of a program that does not say which: the cpu, or the one that the macro NCSN_DEVICE names (`-DNCSN_DEVICE=cuda`).
#if defined(NCSN_DEVICE)
struct NCSN_DEVICE;
using default_device = NCSN_DEVICE;
#else
using default_device = cpu;
#endif

}  // namespace ncsn
