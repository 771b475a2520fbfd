// SPDX-License-Identifier: Apache-2.0
/// \file  A device of a grid that the host imitates: the kernels of arrays/grid, run and tested without a GPU.
///
/// Indices and rows come in a shuffled order, so a body that counts on an order fails; members of a group take turns. Memory comes from the pool
/// that a GPU's comes from. Matrix products and convolutions, which a GPU leaves to libraries, are in support/emulated_libraries.hpp.
#pragma once

#include <ncsn/arrays/grid/fill.hpp>
#include <ncsn/arrays/grid/launch.hpp>
#include <ncsn/arrays/grid/pool.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <new>
#include <numeric>

namespace ncsn {

/// The host's memory as a device of a known size lends it.
struct emulated_memory {
    static constexpr const char* name = "emulated";
    static inline std::size_t limit = std::size_t{1} << 40, held = 0;
    static inline std::map<void*, std::size_t> lent;
    static void* take(std::size_t bytes) {
        if (held + bytes > limit) return nullptr;
        void* const block = ::operator new(bytes, std::align_val_t{512});
        lent[block] = bytes, held += bytes;
        return block;
    }
    static void give(void* block) noexcept {
        held -= lent[block];
        lent.erase(block);
        ::operator delete(block, std::align_val_t{512});
    }
    static std::pair<std::size_t, std::size_t> free_and_total() { return {limit - held, limit}; }
};

struct emulated {
    static constexpr bool is_host = false;
    static inline bool wide_indices = false;                                        ///< std::uint64_t also where 32 bits would do

    /// Behind a block lie bytes that nobody may change; what is in it at first is no number.
    static constexpr std::size_t guard = 64;
    static void* allocate(std::size_t bytes) {
        void* const block = pool().allocate(bytes + guard);
        std::memset(block, 0xff, bytes);
        std::memset(static_cast<std::byte*>(block) + bytes, 0xa5, guard);
        return block;
    }
    static void release(void* block, std::size_t bytes) noexcept {
        const auto* const behind = static_cast<const unsigned char*>(block) + bytes;
        if (!std::all_of(behind, behind + guard, [](unsigned char b) { return b == 0xa5; })) {
            std::fprintf(stderr, "a kernel wrote behind the %zu bytes of its tensor\n", bytes);
            std::abort();
        }
        pool().release(block, bytes + guard);
    }
    static void copy(void* to, const void* from, std::size_t bytes) { std::memcpy(to, from, bytes); }
    static void upload(void* to, const void* from, std::size_t bytes) { std::memcpy(to, from, bytes); }
    static void download(void* to, const void* from, std::size_t bytes) { std::memcpy(to, from, bytes); }
    template <class T> static void fill(T* to, std::size_t count, T value) { fill_by<emulated>(to, count, value); }

    template <class Body> static void launch(std::size_t n, const Body& body) {
        static_assert(std::is_trivially_copyable_v<Body>);
        const Body copied = body;                                                   // as it is on the way to a GPU
        if (wide_indices) shuffled(n, [&](std::size_t i) { copied(static_cast<std::uint64_t>(i)); });
        else shuffled(n, [&](std::size_t i) { copied(static_cast<std::uint32_t>(i)); });
    }
    template <class Body> static void launch_rows(std::size_t rows, std::size_t length, const Body& body) {
        static_assert(std::is_trivially_copyable_v<Body>);
        const Body copied = body;
        const host_group group{group_members(length)};
        shuffled(rows, [&](std::size_t row) { copied(row, group); });
    }
    static const std::uint32_t*& draw_counter() {
        static const std::uint32_t* counter = nullptr;
        return counter;
    }

    static caching_pool<emulated_memory>& pool() {
        static auto* blocks = new caching_pool<emulated_memory>;                    // outlives every static tensor
        return *blocks;
    }

private:
    /// visit(i) for every i < n: steps of about 0.62 n, which come round to every index because they share no factor with n.
    template <class Visit> static void shuffled(std::size_t n, const Visit& visit) {
        if (n == 0) return;
        std::size_t step = static_cast<std::size_t>(0.618 * static_cast<double>(n)) + 1;
        while (std::gcd(step, n) != 1) ++step;
        for (std::size_t k = 0, i = n / 3; k < n; ++k, i = (i + step) % n) visit(i);
    }
};
static_assert(GridDevice<emulated>);

}  // namespace ncsn
