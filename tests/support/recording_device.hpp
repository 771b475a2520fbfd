// SPDX-License-Identifier: Apache-2.0
/// \file  A device of a grid on the host that can record: what a GPU does with its graphs, for tests of everything around them.
#pragma once

#include <ncsn/arrays/grid/fill.hpp>
#include <ncsn/arrays/grid/recording.hpp>
#include <ncsn/arrays/elementwise.hpp>
#include <ncsn/arrays/indexing.hpp>
#include <ncsn/arrays/matmul.hpp>
#include <ncsn/arrays/mixture.hpp>
#include <ncsn/arrays/random.hpp>
#include <ncsn/arrays/reductions.hpp>

#include <functional>

namespace ncsn {

struct host_memory {
    static constexpr const char* name = "recorder";
    static void* take(std::size_t bytes) { return ::operator new(bytes, std::align_val_t{64}); }
    static void give(void* block) noexcept { ::operator delete(block, std::align_val_t{64}); }
    static std::pair<std::size_t, std::size_t> free_and_total() { return {0, 0}; }
};

struct recorder {
    static constexpr bool is_host = false;
    static inline bool record = true;
    static inline std::size_t started = 0, replayed = 0;                            ///< kernels started one by one, and whole programs
    using pool_type = caching_pool<host_memory>;
    struct upload_block {
        explicit upload_block(std::size_t n) : bytes(n) {}
        std::byte* data() { return bytes.data(); }
        std::vector<std::byte> bytes;
    };

    static void* allocate(std::size_t bytes) { return pool().allocate(bytes); }
    static void release(void* block, std::size_t bytes) noexcept { pool().release(block, bytes); }
    static void copy(void* to, const void* from, std::size_t bytes) { ask([=] { std::memmove(to, from, bytes); }); }
    static void upload(void* to, const void* from, std::size_t bytes) {
        auto& s = state();
        if (s.mode == device_mode::rehearse) s.uploads->renew(from, bytes);
        else if (s.mode == device_mode::record) ask([=, kept = s.uploads->keep(from, bytes)] { std::memcpy(to, kept, bytes); });
        else std::memcpy(to, from, bytes);
    }
    static void download(void* to, const void* from, std::size_t bytes) {
        if (state().mode != device_mode::work) throw not_recordable{"recorder: a number of the device is asked for"};
        std::memcpy(to, from, bytes);
    }
    template <class T> static void fill(T* to, std::size_t count, T value) { fill_by<recorder>(to, count, value); }
    template <class Body> static void launch(std::size_t n, const Body& body) {
        ask([=] { for (std::size_t i = n; i-- > 0;) body(static_cast<std::uint32_t>(i)); });
    }
    template <class Body> static void launch_rows(std::size_t rows, std::size_t length, const Body& body) {
        ask([=] { for (std::size_t row = rows; row-- > 0;) body(row, host_group{group_members(length)}); });
    }
    /// What a GPU would queue.
    static void ask(std::function<void()> kernel) {
        if (state().mode == device_mode::rehearse) return;
        if (state().mode == device_mode::record) list().push_back(std::move(kernel));
        else ++started, kernel();
    }

    struct program {
        std::vector<std::function<void()>> kernels;
        void run() const {
            ++replayed;
            for (const auto& kernel : kernels) kernel();
        }
    };
    static void begin() { list().clear(); }
    static program end() { return {std::move(list())}; }
    static void synchronize() {}
    static recording_state<upload_block>& state() {
        static recording_state<upload_block> only;
        return only;
    }
    static const std::uint32_t* draw_counter() { return state().draws; }
    static pool_type& pool() {
        static auto* blocks = new pool_type;
        return *blocks;
    }

private:
    static std::vector<std::function<void()>>& list() {
        static std::vector<std::function<void()>> kernels;
        return kernels;
    }
};
static_assert(RecordingDevice<recorder>);

template <class T> tensor<T, cpu> as_host(const tensor<T, recorder>& x) {
    auto y = tensor<T, cpu>::uninitialized(x.shape());
    std::copy_n(x.data(), x.size(), y.write());
    return y;
}
/// Products as a library would do them: shapes are settled when they are asked for, the numbers when it is their turn.
template <class T> tensor<T, recorder> product(const tensor<T, recorder>& a, const tensor<T, recorder>& b, transposed which) {
    const shape s = product(tensor<T, cpu>{a.shape()}, tensor<T, cpu>{b.shape()}, which).shape();
    auto c = tensor<T, recorder>::uninitialized(s);
    const auto view = [](const T* from, const shape& extents) { return tensor<T, cpu>{extents, std::span<const T>{from, extents.size()}}; };
    recorder::ask([to = c.write(), left = a.data(), right = b.data(), as = a.shape(), bs = b.shape(), which, view] {
        const auto result = product(view(left, as), view(right, bs), which);
        std::copy_n(result.data(), result.size(), to);
    });
    return c;
}

}  // namespace ncsn
