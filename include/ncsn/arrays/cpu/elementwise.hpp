// SPDX-License-Identifier: Apache-2.0
/// \file  Elementwise work on the CPU: map, zip with broadcasting, in-place updates.
#pragma once

#include <ncsn/arrays/cpu/parallel.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <array>

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

/// How one or two operands are walked to fill a result: neighbouring axes that both treat alike are merged, so most cases have one or two loops.
struct broadcast_walk {
    struct axis { std::size_t extent, left, right; };                               ///< strides in elements, 0 where an operand repeats
    std::array<axis, shape::max_rank> axes{};                                       ///< fastest first
    std::size_t count = 0;

    broadcast_walk(const shape& result, const shape& a, const shape& b) {
        std::size_t left = 1, right = 1;
        for (std::size_t back = 1; back <= result.rank(); ++back) {
            const std::size_t extent = result[result.rank() - back];
            const bool has_a = back <= a.rank() && a[a.rank() - back] != 1, has_b = back <= b.rank() && b[b.rank() - back] != 1;
            if (extent != 1) {
                const axis next{extent, has_a ? left : 0, has_b ? right : 0};
                if (count > 0 && continues(axes[count - 1].left, next.left, axes[count - 1].extent) &&
                    continues(axes[count - 1].right, next.right, axes[count - 1].extent))
                    axes[count - 1].extent *= extent;
                else axes[count++] = next;
            }
            if (has_a) left *= extent;
            if (has_b) right *= extent;
        }
        if (count == 0) axes[count++] = {1, 0, 0};
    }
    /// body(offset in the left operand, offset in the right operand, offset in the result) for every run of the fastest axis, runs
    /// first <= r < last.
    template <class Body> void runs(std::size_t first, std::size_t last, const Body& body) const {
        for (std::size_t r = first; r < last; ++r) {
            std::size_t rest = r, left = 0, right = 0;
            for (std::size_t k = 1; k < count; ++k) {
                const std::size_t i = rest % axes[k].extent;
                rest /= axes[k].extent;
                left += i * axes[k].left;
                right += i * axes[k].right;
            }
            body(left, right, r * axes[0].extent);
        }
    }
    std::size_t run_count() const {
        std::size_t n = 1;
        for (std::size_t k = 1; k < count; ++k) n *= axes[k].extent;
        return n;
    }

private:
    static bool continues(std::size_t inner, std::size_t outer, std::size_t extent) {
        return outer == inner * extent && (inner != 0) == (outer != 0);
    }
};

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
