// SPDX-License-Identifier: Apache-2.0
/// \file  What every call of oneDNN needs: the engine, a stream, compiled convolutions, and its errors in our words.
#pragma once

#include <ncsn/arrays/cpu/parallel.hpp>
#include <ncsn/arrays/packed_weights.hpp>
#include <ncsn/arrays/cpu/scratch.hpp>
#include <ncsn/arrays/windows.hpp>

#if defined(__CUDACC__)
#include <oneapi/dnnl/dnnl_types.h>
/// The front end of nvcc 13.0 ends itself at the destructor of a struct without a name, as C's typedef struct {...} has it. The same bytes, named.
struct named_memory_desc : dnnl_memory_desc_t {};
struct named_exec_arg { int arg; dnnl_memory_t memory; };
static_assert(sizeof(named_exec_arg) == sizeof(dnnl_exec_arg_t));
#define dnnl_memory_desc_t named_memory_desc
#define dnnl_exec_arg_t named_exec_arg
#include <dnnl.hpp>
#undef dnnl_memory_desc_t
#undef dnnl_exec_arg_t
#else
#include <dnnl.hpp>
#endif

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include <sys/mman.h>

namespace ncsn {

inline const dnnl::engine& onednn_engine() {
    static const dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    return engine;
}
/// One a thread, so that blocks of a batch may run at the same time.
inline dnnl::stream& onednn_stream() {
    static thread_local dnnl::stream stream{onednn_engine()};
    return stream;
}

/// call(), with what oneDNN throws told as an error of ours.
template <class Call> decltype(auto) onednn_call(const char* operation, const shape& x, const shape& w, const conv_window& c, const Call& call) {
    try {
        return call();
    } catch (const dnnl::error& e) {
        const char* hint = e.status == dnnl_out_of_memory ? "give it fewer samples at a time" : "double precision does not need oneDNN";
        fail(operation, ": x is ", x, ", weight ", w, ", stride ", c.stride, ", padding ", c.padding, ", dilation ", c.dilation, "; oneDNN was "
             "expected to do this, but found that it ", e.what(), " (status ", static_cast<int>(e.status), "); hint: ", hint);
    }
}

/// Throws std::bad_alloc where there is not the memory in which oneDNN compiles a kernel. Version 2.6.3 does not look whether it got its own, and
/// writes instructions to the address 0.
inline void require_room_for_a_kernel() {
    constexpr std::size_t room = std::size_t{32} << 20;                             // of addresses: its code, and what is computed on the way to it
    void* const found = ::mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (found == MAP_FAILED) throw std::bad_alloc{};
    ::munmap(found, room);
}

enum class convolution_direction : std::size_t { forward, input_gradient, filter_gradient };

/// What a forward kernel does with its sums before they leave the registers: adds what is in y already, and bends them.
struct convolution_end {
    activation bend = activation::none;
    bool adds = false;
};

/// A direct convolution compiled by oneDNN for fixed shapes: images NHWC as they are, weights in the kernel's own order.
struct compiled_convolution {
    using memory = dnnl::memory;
    dnnl::primitive kernel;
    memory::desc x, w, bias, y, plain_weights, scratchpad;
    std::size_t scratch_bytes = 0;
    dnnl::reorder reorder;                                                          ///< plain weights to the kernel's (from them: filter gradient)

    /// The one for these shapes, from a cache that all threads share. `threads` at most; 1 makes the result a function of the operands alone.
    static std::shared_ptr<const compiled_convolution> get(convolution_direction direction, const shape& x, const shape& w, const shape& y,
                                                           const conv_window& c, bool bias, std::size_t threads) {
        return get(direction, x, w, y, in_full(c), bias, threads, {});
    }
    static std::shared_ptr<const compiled_convolution> get(convolution_direction direction, const shape& x, const shape& w, const shape& y,
                                                           const grouped_window& c, bool bias, std::size_t threads, const convolution_end& end) {
        using key_type = std::array<std::size_t, 16>;
        static constexpr std::size_t limit = 1024;
        static std::mutex mutex;
        static std::map<key_type, std::shared_ptr<const compiled_convolution>> cache;
        const key_type key{static_cast<std::size_t>(direction), x[0], x[1], x[2], x[3], w[0], w[1], w[2], y[1] << 32 | y[2],
                           c.stride, c.top << 32 | c.left, c.dilation, c.groups, static_cast<std::size_t>(end.bend) << 1 | (end.adds ? 1 : 0), bias,
                           threads};
        const std::lock_guard lock{mutex};
        if (const auto found = cache.find(key); found != cache.end()) return found->second;
        if (cache.size() >= limit) cache.clear();
        return cache[key] = std::make_shared<const compiled_convolution>(direction, x, w, y, c, bias, threads, end);
    }

    compiled_convolution(convolution_direction direction, const shape& xs, const shape& ws, const shape& ys, const grouped_window& c,
                         bool with_bias, std::size_t threads, const convolution_end& end) {
        require_room_for_a_kernel();
        using tag = memory::format_tag;
        const auto image = [](const shape& s) { return memory::desc{dims(s[0], s[3], s[1], s[2]), memory::data_type::f32, tag::nhwc}; };
        const auto weight = [&](tag one, tag grouped) {
            if (c.groups == 1) return memory::desc{dims(ws[0], ws[3], ws[1], ws[2]), memory::data_type::f32, one};
            return memory::desc{dims(c.groups, ws[0] / c.groups, ws[3], ws[1], ws[2]), memory::data_type::f32, grouped};
        };
        const memory::desc any = weight(tag::any, tag::any);
        plain_weights = weight(tag::acdb, tag::abdec);                              // ours: out, kh, kw, in
        if (with_bias) bias = {{integer(ws[0])}, memory::data_type::f32, tag::x};
        const auto stride = dims(c.stride, c.stride), dilation = dims(c.dilation - 1, c.dilation - 1), padding = dims(c.top, c.left);
        const auto right = dims(after(xs[1], ws[1], ys[1], c, c.top), after(xs[2], ws[2], ys[2], c, c.left));
        constexpr auto direct = dnnl::algorithm::convolution_direct;
        dnnl::primitive_attr attributes;
        attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
        dnnl::post_ops ends;
        if (end.adds) ends.append_sum(1);
        if (end.bend == activation::rectified) ends.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
        if (end.bend == activation::rectified_to_6) ends.append_eltwise(1, dnnl::algorithm::eltwise_clip, 0, 6);
        attributes.set_post_ops(ends);

        const struct thread_limit {                                                 // oneDNN divides the work when it compiles
            int outside = omp_get_max_threads();
            explicit thread_limit(int n) { omp_set_num_threads(n); }
            ~thread_limit() { omp_set_num_threads(outside); }
        } limit{static_cast<int>(threads)};
        const auto& engine = onednn_engine();
        const dnnl::convolution_forward::primitive_desc forward{
            {dnnl::prop_kind::forward_training, direct, image(xs), any, bias, image(ys), stride, dilation, padding, right}, attributes, engine};
        const auto adopt = [&](const auto& descriptor, const memory::desc& weights, auto&& primitive) {
            kernel = primitive;
            w = weights;
            scratchpad = descriptor.scratchpad_desc();
            scratch_bytes = scratchpad.get_size();
            const bool gradient = direction == convolution_direction::filter_gradient;
            reorder = dnnl::reorder{{engine, gradient ? w : plain_weights, engine, gradient ? plain_weights : w}};
        };
        x = image(xs);
        y = image(ys);
        if (direction == convolution_direction::forward)
            adopt(forward, forward.weights_desc(), dnnl::convolution_forward{forward});
        else if (direction == convolution_direction::input_gradient) {
            const dnnl::convolution_backward_data::primitive_desc d{{direct, x, any, y, stride, dilation, padding, right}, attributes, engine,
                                                                    forward};
            adopt(d, d.weights_desc(), dnnl::convolution_backward_data{d});
        } else {
            const dnnl::convolution_backward_weights::primitive_desc d{{direct, x, any, y, stride, dilation, padding, right}, attributes, engine,
                                                                       forward};
            adopt(d, d.diff_weights_desc(), dnnl::convolution_backward_weights{d});
        }
    }

    /// A memory object over elements that somebody else owns.
    static memory over(const memory::desc& d, const float* data) { return {d, onednn_engine(), const_cast<float*>(data)}; }
    memory working(const scratch& s) const { return {scratchpad, onednn_engine(), s.data()}; }

    /// Weights in the kernel's order.
    struct packed_weights {
        tensor<float, cpu> values;
        dnnl::memory memory;
    };
    /// w in the order of the forward or input-gradient kernel. Kernels that agree on the order share it.
    std::shared_ptr<const packed_weights> weights(const tensor<float, cpu>& w_plain) const {
        return packed_weight_cache::get<packed_weights>(w_plain, order(), [&] {
            auto packed = std::make_shared<packed_weights>();
            packed->values = tensor<float, cpu>::uninitialized({(w.get_size() + sizeof(float) - 1) / sizeof(float)});
            packed->memory = over(w, packed->values.write());
            memory from = over(plain_weights, w_plain.data());
            reorder.execute(onednn_stream(), from, packed->memory);
            return packed;
        });
    }

private:
    /// One address for each order of weights that has occurred in the process.
    const void* order() const {
        static std::mutex mutex;
        static std::vector<std::unique_ptr<memory::desc>> orders;
        const std::lock_guard lock{mutex};
        for (const auto& known : orders) if (*known == w) return known.get();
        return orders.emplace_back(std::make_unique<memory::desc>(w)).get();
    }
    static memory::dim integer(std::size_t n) { return static_cast<memory::dim>(n); }
    template <class... N> static memory::dims dims(N... n) { return {integer(n)...}; }
    /// Zeros behind the last element that make the kernel's extents exact.
    static std::size_t after(std::size_t x, std::size_t taps, std::size_t y, const grouped_window& c, std::size_t before) {
        const std::size_t needed = (y - 1) * c.stride + c.dilation * (taps - 1) + 1, there = x + before;
        return needed > there ? needed - there : 0;
    }
};

}  // namespace ncsn
