// SPDX-License-Identifier: Apache-2.0
/// \file  Elementwise work on the CPU: map, zip with broadcasting, in-place updates.
#pragma once

#include <ncsn/arrays/broadcast_walk.hpp>
#include <ncsn/arrays/cpu/parallel.hpp>
#include <ncsn/arrays/tensor.hpp>

namespace ncsn {

/// y = f(x), element by element. f is a named function object, so that a GPU could run it too.
template <class T, class F> tensor<T, cpu> map(const tensor<T, cpu>& x, const F& f) {
    auto y = tensor<T, cpu>::uninitialized(x.shape());
    const T* __restrict in = x.data();
    T* __restrict out = y.write();
    for_each_block(x.size(), parallel_grain, [=, &f](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) out[i] = f(in[i]);
    });
    return y;
}

/// f(x₀[i], x₁[i], ...) for every i; arguments that are not const may be written to. All have one shape.
template <class F, class T, Array... Rest> void for_each_element(const F& f, tensor<T, cpu>& first, Rest&... rest) {
    (require(first.shape() == rest.shape(), "for_each_element: shapes ", first.shape(), " and ", rest.shape(), " differ"), ...);
    const auto pointer = []<class A>(A& a) {
        if constexpr (std::is_const_v<A>) return a.data();
        else return a.write();
    };
    const auto loop = [&f, n = first.size()](auto* __restrict... at) {
        for_each_block(n, parallel_grain, [&f, at...](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) f(at[i]...);
        });
    };
    loop(pointer(first), pointer(rest)...);
}

/// z = f(x, y), element by element, with broadcasting.
template <class T, class F> tensor<T, cpu> zip(const char* operation, const tensor<T, cpu>& x, const tensor<T, cpu>& y, const F& f) {
    if (x.shape() == y.shape()) {
        auto z = tensor<T, cpu>::uninitialized(x.shape());
        const T *__restrict a = x.data(), *__restrict b = y.data();
        T* __restrict out = z.write();
        for_each_block(x.size(), parallel_grain, [=, &f](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) out[i] = f(a[i], b[i]);
        });
        return z;
    }
    const shape result = broadcast(operation, x.shape(), y.shape());
    auto z = tensor<T, cpu>::uninitialized(result);
    const broadcast_walk walk{result, x.shape(), y.shape()};
    const T *const left = x.data(), *const right = y.data();
    T* const out = z.write();
    const std::size_t n = walk.axes[0].extent, block = std::max<std::size_t>(1, parallel_grain / std::max<std::size_t>(1, n));
    const bool move_left = walk.axes[0].left != 0, move_right = walk.axes[0].right != 0;
    for_each_block(walk.run_count(), block, [&](std::size_t first, std::size_t last) {
        walk.runs(first, last, [&](std::size_t at_left, std::size_t at_right, std::size_t at) {
            const T *__restrict a = left + at_left, *__restrict b = right + at_right;
            T* __restrict o = out + at;
            if (move_left && move_right) for (std::size_t i = 0; i < n; ++i) o[i] = f(a[i], b[i]);
            else if (move_left) for (std::size_t i = 0, end = n; i < end; ++i) o[i] = f(a[i], *b);
            else for (std::size_t i = 0; i < n; ++i) o[i] = f(*a, b[i * move_right]);
        });
    });
    return z;
}

}  // namespace ncsn
