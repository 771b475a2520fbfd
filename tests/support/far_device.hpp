// SPDX-License-Identifier: Apache-2.0
/// \file  A second device for tests: memory that the host must not touch, and every primitive a device provides.
///
/// What is compiled and run with tensor<T, far> assumes nothing about the CPU: an address of this device, used by the host, is a fault. The
/// primitives below are the whole list; each fetches its operands, calls the CPU's and puts the result back. A real device brings its own.
#pragma once

#include <ncsn/arrays/convolution.hpp>
#include <ncsn/arrays/elementwise.hpp>
#include <ncsn/arrays/indexing.hpp>
#include <ncsn/arrays/matmul.hpp>
#include <ncsn/arrays/mixture.hpp>
#include <ncsn/arrays/normalization.hpp>
#include <ncsn/arrays/random.hpp>
#include <ncsn/arrays/reductions.hpp>
#include <ncsn/arrays/resampling.hpp>

#include <cstdint>
#include <tuple>

namespace ncsn {

struct far {
    static constexpr bool is_host = false;
    /// An address is the true one with its highest bit turned over: no host address looks like that.
    template <class T> static T* place(T* p) { return reinterpret_cast<T*>(reinterpret_cast<std::uintptr_t>(p) ^ (std::uintptr_t{1} << 63)); }

    static void* allocate(std::size_t bytes) { return place(cpu::allocate(bytes)); }
    static void release(void* block, std::size_t bytes) noexcept { cpu::release(place(block), bytes); }
    static void copy(void* to, const void* from, std::size_t bytes) { std::memcpy(place(to), place(from), bytes); }
    static void upload(void* to, const void* from, std::size_t bytes) { std::memcpy(place(to), from, bytes); }
    static void download(void* to, const void* from, std::size_t bytes) { std::memcpy(to, place(from), bytes); }
    template <class T> static void fill(T* to, std::size_t count, T value) { std::fill_n(place(to), count, value); }
};
static_assert(Device<far>);

template <class T> tensor<T, cpu> here(const tensor<T, far>& x) { return on_device<cpu>(x); }
template <class T> tensor<T, far> there(const tensor<T, cpu>& x) { return on_device<far>(x); }

// elementwise
template <class T, class F> tensor<T, far> map(const tensor<T, far>& x, const F& f) { return there(map(here(x), f)); }
template <class T, class F> tensor<T, far> zip(const char* operation, const tensor<T, far>& x, const tensor<T, far>& y, const F& f) {
    return there(zip(operation, here(x), here(y), f));
}
template <class F, class T, Array... Rest> void for_each_element(const F& f, tensor<T, far>& first, Rest&... rest) {
    const auto with = [&f]<class... X>(X... x) {
        for_each_element(f, x...);
        return std::tuple{std::move(x)...};
    };
    auto results = with(here(first), here(rest)...);
    first = there(std::get<0>(results));
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        ([&] {
            if constexpr (!std::is_const_v<Rest>) rest = there(std::get<I + 1>(results));
        }(), ...);
    }(std::index_sequence_for<Rest...>{});
}

// reductions
template <class T> tensor<T, far> reduce_to(const tensor<T, far>& x, const shape& s) { return there(reduce_to(here(x), s)); }
template <class T> tensor<T, far> expand_to(const tensor<T, far>& x, const shape& s) { return there(expand_to(here(x), s)); }
template <class T> tensor<T, far> row_maximum(const tensor<T, far>& x) { return there(row_maximum(here(x))); }
template <class T> bool all_finite(const tensor<T, far>& x) { return all_finite(here(x)); }

// indexing
template <class T> tensor<T, far> gather_rows(const tensor<T, far>& x, std::span<const std::size_t> rows) {
    return there(gather_rows(here(x), rows));
}
template <class T> tensor<T, far> scatter_rows(const tensor<T, far>& y, std::span<const std::size_t> rows, const shape& s) {
    return there(scatter_rows(here(y), rows, s));
}
template <class T> tensor<T, far> columns(const tensor<T, far>& x, std::size_t first, std::size_t count) {
    return there(columns(here(x), first, count));
}
template <class T> tensor<T, far> place_columns(const tensor<T, far>& y, std::size_t first, std::size_t n) {
    return there(place_columns(here(y), first, n));
}
template <class T> tensor<T, far> swap_last_axes(const tensor<T, far>& x) { return there(swap_last_axes(here(x))); }
template <class T> tensor<T, far> padded(const tensor<T, far>& x, std::size_t before, std::size_t after) {
    return there(padded(here(x), before, after));
}
template <class T> tensor<T, far> cropped(const tensor<T, far>& y, std::size_t before, std::size_t after) {
    return there(cropped(here(y), before, after));
}

// matrix products
template <class T> tensor<T, far> product(const tensor<T, far>& a, const tensor<T, far>& b, transposed which) {
    return there(product(here(a), here(b), which));
}
template <class T> tensor<T, far> batched_product(const tensor<T, far>& a, const tensor<T, far>& b, transposed which) {
    return there(batched_product(here(a), here(b), which));
}

// convolution
template <class T> tensor<T, far> convolve(const tensor<T, far>& x, const tensor<T, far>& w, const tensor<T, far>& bias, conv_window c) {
    return there(convolve(here(x), here(w), here(bias), c));
}
template <class T> tensor<T, far> convolve_input_gradient(const tensor<T, far>& y, const tensor<T, far>& w, const shape& s, conv_window c) {
    return there(convolve_input_gradient(here(y), here(w), s, c));
}
template <class T> tensor<T, far> convolve_filter_gradient(const tensor<T, far>& y, const tensor<T, far>& x, const shape& s, conv_window c) {
    return there(convolve_filter_gradient(here(y), here(x), s, c));
}
template <class T> tensor<T, far> convolve_bias_gradient(const tensor<T, far>& y) { return there(convolve_bias_gradient(here(y))); }

// pooling and resizing
inline pool_choice<cpu> here(const pool_choice<far>& c) { return {here(c.index), c.window}; }
template <class T> tensor<T, far> average_pool(const tensor<T, far>& x, const pool_window& p) { return there(average_pool(here(x), p)); }
template <class T> tensor<T, far> average_pool_transpose(const tensor<T, far>& y, const shape& s, const pool_window& p) {
    return there(average_pool_transpose(here(y), s, p));
}
template <class T> pool_choice<far> max_pool_index(const tensor<T, far>& x, const pool_window& p) {
    const auto c = max_pool_index(here(x), p);
    return {there(c.index), c.window};
}
template <class T> tensor<T, far> gather(const tensor<T, far>& x, const pool_choice<far>& choice, const shape& s) {
    return there(gather(here(x), here(choice), s));
}
template <class T> tensor<T, far> scatter_add(const tensor<T, far>& y, const pool_choice<far>& choice, const shape& s) {
    return there(scatter_add(here(y), here(choice), s));
}
template <class T> tensor<T, far> resize_bilinear(const tensor<T, far>& x, std::size_t h, std::size_t w) {
    return there(resize_bilinear(here(x), h, w));
}
template <class T> tensor<T, far> resize_bilinear_transpose(const tensor<T, far>& y, const shape& s) {
    return there(resize_bilinear_transpose(here(y), s));
}
template <class T> tensor<T, far> resize_nearest(const tensor<T, far>& x, std::size_t factor) { return there(resize_nearest(here(x), factor)); }
template <class T> tensor<T, far> resize_nearest_transpose(const tensor<T, far>& y, std::size_t factor) {
    return there(resize_nearest_transpose(here(y), factor));
}

// instance norm++
template <class T> instance_norm_plus_saved<tensor<T, cpu>> here(const instance_norm_plus_saved<tensor<T, far>>& s) {
    return {here(s.mean), here(s.inverse_deviation), here(s.relative), here(s.relative_scale)};
}
template <class T>
tensor<T, far> instance_norm_plus_forward(const tensor<T, far>& x, const tensor<T, far>& gamma, const tensor<T, far>& alpha,
                                          const tensor<T, far>& beta, bool elu, instance_norm_plus_saved<tensor<T, far>>& saved, double epsilon) {
    instance_norm_plus_saved<tensor<T, cpu>> s;
    const auto y = instance_norm_plus_forward(here(x), here(gamma), here(alpha), here(beta), elu, s, epsilon);
    saved = {there(s.mean), there(s.inverse_deviation), there(s.relative), there(s.relative_scale)};
    return there(y);
}
template <class T>
instance_norm_plus_adjoints<tensor<T, far>> instance_norm_plus_backward(const tensor<T, far>& adjoint, const tensor<T, far>& x,
                                                                        const tensor<T, far>& y, const tensor<T, far>& gamma,
                                                                        const tensor<T, far>& alpha, const tensor<T, far>& beta, bool elu,
                                                                        const instance_norm_plus_saved<tensor<T, far>>& saved) {
    const auto a = instance_norm_plus_backward(here(adjoint), here(x), here(y), here(gamma), here(alpha), here(beta), elu, here(saved));
    return {there(a.x), there(a.gamma), there(a.alpha), there(a.beta)};
}

// mixtures
template <class T>
tensor<T, far> mixture_score(const tensor<T, far>& x, const tensor<T, far>& means, const tensor<T, far>& log_weights, const tensor<T, far>& inverse) {
    return there(mixture_score(here(x), here(means), here(log_weights), here(inverse)));
}
template <class T>
tensor<T, far> mixture_exponent(const tensor<T, far>& x, const tensor<T, far>& means, const tensor<T, far>& log_weights,
                                const tensor<T, far>& inverse) {
    return there(mixture_exponent(here(x), here(means), here(log_weights), here(inverse)));
}

// random numbers
template <class T, class Fill> void fill_random(tensor<T, far>& x, const Fill& fill, T scale, T shift, philox& rng) {
    tensor<T, cpu> made = here(x);
    fill_random(made, fill, scale, shift, rng);
    x = there(made);
}

}  // namespace ncsn
