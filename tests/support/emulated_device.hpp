// SPDX-License-Identifier: Apache-2.0
/// \file  A device that runs kernels that the host imitates: the kernels of arrays/kernels, run and tested without a GPU.
///
/// Indices and rows come in a shuffled order, so a body that counts on an order fails; members of a group take turns. Memory comes from the pool
/// that a GPU's comes from. Captured graphs are lists of closures, which do what a GPU does with its graphs. When it is told to be lazy, it does
/// nothing before the host waits for it, so that the host is as far ahead as it may be. Matrix products and convolutions, which a GPU leaves to
/// libraries, are in support/emulated_libraries.hpp.
#pragma once

#include <ncsn/arrays/kernels/fill.hpp>
#include <ncsn/arrays/kernels/launch.hpp>
#include <ncsn/arrays/kernels/caching_pool.hpp>
#include <ncsn/arrays/kernels/captured_graph.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <new>
#include <numeric>
#include <vector>

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
    static inline bool lazy = false;                                                ///< work waits until the host does
    static inline bool capture = false;                                              ///< whether loops of samplers and steps of training are captured
    static inline std::size_t started = 0, replayed = 0, uploaded = 0;              ///< kernels one by one, whole graphs, and uploads
    using pool_type = caching_pool<emulated_memory>;

    /// Behind a block lie bytes that nobody may change; what is in it at first is no number. In a replay both hold again for every block of the
    /// capture, as often as it was lent.
    static constexpr std::size_t guard = 64;
    static void* allocate(std::size_t bytes) {
        void* const block = pool().allocate(bytes + guard);
        const auto set = [=] {
            std::memset(block, 0xff, bytes);
            std::memset(static_cast<std::byte*>(block) + bytes, 0xa5, guard);
        };
        perform(set);
        if (state().mode == device_mode::capture) queue().push_back(set);
        return block;
    }
    static void release(void* block, std::size_t bytes) noexcept {
        const auto look = [=] {
            const auto* const behind = static_cast<const unsigned char*>(block) + bytes;
            if (std::all_of(behind, behind + guard, [](unsigned char b) { return b == 0xa5; })) return;
            std::fprintf(stderr, "a kernel wrote behind the %zu bytes of its tensor\n", bytes);
            std::abort();
        };
        perform(look);
        if (state().mode == device_mode::capture) queue().push_back(look);
        pool().release(block, bytes + guard);
    }
    static void copy(void* to, const void* from, std::size_t bytes) { ask([=] { std::memcpy(to, from, bytes); }); }
    static void upload(void* to, const void* from, std::size_t bytes) {
        if (bytes == 0) return;
        ++uploaded;
        auto& s = state();
        if (s.mode == device_mode::update) s.uploads->renew(from, bytes);
        else if (s.mode == device_mode::capture) ask([=, kept = s.uploads->keep(from, bytes)] { std::memcpy(to, kept, bytes); });
        else {
            const auto* const first = static_cast<const std::byte*>(from);
            perform([to, kept = std::vector<std::byte>(first, first + bytes)] { std::memcpy(to, kept.data(), kept.size()); });
        }
    }
    static void download(void* to, const void* from, std::size_t bytes) {
        if (bytes == 0) return;
        if (state().mode != device_mode::work) throw not_capturable{"emulated: the host asks for numbers while work is being captured"};
        synchronize();
        std::memcpy(to, from, bytes);
    }
    template <class T> static void fill(T* to, std::size_t count, T value) { fill_by<emulated>(to, count, value); }

    template <class Body> static void launch(std::size_t n, const Body& body) {
        static_assert(std::is_trivially_copyable_v<Body>);
        ask([n, wide = wide_indices, copied = body] {                               // as it is on the way to a GPU
            if (wide) shuffled(n, [&](std::size_t i) { copied(static_cast<std::uint64_t>(i)); });
            else shuffled(n, [&](std::size_t i) { copied(static_cast<std::uint32_t>(i)); });
        });
    }
    template <class Body> static void launch_rows(std::size_t rows, std::size_t length, const Body& body) {
        static_assert(std::is_trivially_copyable_v<Body>);
        ask([rows, group = host_group{group_members(length)}, copied = body] {
            shuffled(rows, [&](std::size_t row) { copied(row, group); });
        });
    }
    /// kernel() as a GPU would queue it: now, with every replay of what is being captured, or not at all.
    template <class F> static void ask(const F& kernel) {
        if (state().mode == device_mode::update) return;
        if (state().mode == device_mode::capture) queue().push_back(kernel);
        else ++started, perform(kernel);
    }

    struct program {
        std::vector<std::function<void()>> kernels;
        void run() const {
            ++replayed;
            for (const auto& kernel : kernels) perform(kernel);
        }
    };
    struct upload_block {
        explicit upload_block(std::size_t n) : bytes(n) {}
        std::byte* data() { return bytes.data(); }
        std::vector<std::byte> bytes;
    };
    static void send(void* to, const void* from, std::size_t bytes) { perform([=] { std::memcpy(to, from, bytes); }); }
    struct mark {
        std::size_t place = 0;
        void set() { place = done() + waiting().size(); }
        void wait() const { work_until(place); }
        bool reached() const { return done() >= place; }
    };
    static void begin() { queue().clear(); }
    static program end() { return {std::move(queue())}; }
    static void synchronize() { work_until(done() + waiting().size()); }
    static capture_state<emulated>& state() {
        static capture_state<emulated> only;
        return only;
    }
    static const std::uint32_t* draw_counter() { return state().draws; }
    static pool_type& pool() {
        static auto* blocks = new pool_type;                                        // outlives every static tensor
        return *blocks;
    }

private:
    template <class F> static void perform(const F& what) {
        if (lazy) waiting().push_back(what);
        else what();
    }
    /// What a lazy device was asked for and has not done, and how much it has.
    static std::deque<std::function<void()>>& waiting() {
        static auto* const work = new std::deque<std::function<void()>>;
        return *work;
    }
    static std::size_t& done() {
        static std::size_t count = 0;
        return count;
    }
    static void work_until(std::size_t place) {
        for (; done() < place; ++done()) {
            const auto next = std::move(waiting().front());
            waiting().pop_front();
            next();
        }
    }
    static std::vector<std::function<void()>>& queue() {
        static auto* kernels = new std::vector<std::function<void()>>;
        return *kernels;
    }
    /// visit(i) for every i < n: steps of about 0.62 n, which come round to every index because they share no factor with n.
    template <class Visit> static void shuffled(std::size_t n, const Visit& visit) {
        if (n == 0) return;
        std::size_t step = static_cast<std::size_t>(0.618 * static_cast<double>(n)) + 1;
        while (std::gcd(step, n) != 1) ++step;
        for (std::size_t k = 0, i = n / 3; k < n; ++k, i = (i + step) % n) visit(i);
    }
};
static_assert(CapturingDevice<emulated>);

}  // namespace ncsn
