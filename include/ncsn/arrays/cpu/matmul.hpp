// SPDX-License-Identifier: Apache-2.0
/// \file  Matrix products on the CPU: by Eigen, small ones in registers.
#pragma once

#include <ncsn/arrays/eigen.hpp>
#include <ncsn/arrays/cpu/parallel.hpp>
#include <ncsn/arrays/cpu/small_product.hpp>
#include <ncsn/arrays/product_shape.hpp>

namespace ncsn {

/// Multiply-adds from which a product is divided among threads.
inline constexpr std::size_t worth_dividing = std::size_t{1} << 23;

/// c = a b for matrices in memory.
template <class T> void multiply_into(const matrix_view<T>& a, const matrix_view<T>& b, T* c) {
    if (small_product<T>::suits(b)) return small_product<T>::run(a, b, c);
    using matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    using map = Eigen::Map<const matrix, 0, Eigen::OuterStride<>>;
    const auto index = [](std::size_t n) { return static_cast<Eigen::Index>(n); };
    const auto view = [&](const matrix_view<T>& m) { return map{m.data, index(m.rows), index(m.columns), Eigen::OuterStride<>{index(m.down)}}; };
    Eigen::Map<matrix> out{c, index(a.rows), index(b.columns)};
    if (a.right != 1) out.noalias() = view(a.transposed()).transpose() * view(b);
    else if (b.right != 1) out.noalias() = view(a) * view(b.transposed()).transpose();
    else out.noalias() = view(a) * view(b);
}

/// a b, a bᵀ or aᵀ b for matrices; operands of more than two axes count as [product of the leading extents, last extent].
template <class T> tensor<T, cpu> product(const tensor<T, cpu>& a, const tensor<T, cpu>& b, transposed which) {
    const auto extents = product_extents::of(a.shape(), b.shape(), which);
    const auto view = [](const tensor<T, cpu>& t, bool flip) {
        const std::size_t last = t.shape().back();
        const matrix_view<T> m{t.data(), last == 0 ? 0 : t.size() / last, last, last, 1};
        return flip ? m.transposed() : m;
    };
    const matrix_view<T> left = view(a, which == transposed::left), right = view(b, which == transposed::right);
    auto c = tensor<T, cpu>::uninitialized(extents.result(a.shape()));
    T* const out = c.write();
    const std::size_t work = left.rows * left.columns * right.columns, block = work < worth_dividing ? left.rows : 64;
    for_each_block(left.rows, std::max<std::size_t>(1, block), [&](std::size_t begin, std::size_t end) {
        multiply_into(left.middle_rows(begin, end - begin), right, out + begin * right.columns);
    });
    return c;
}

/// The same for each of B pairs of matrices: a [B, ., .], b [B, ., .] -> [B, ., .].
template <class T> tensor<T, cpu> batched_product(const tensor<T, cpu>& a, const tensor<T, cpu>& b, transposed which) {
    const shape &s = a.shape(), &t = b.shape();
    const bool flip_left = which == transposed::left, flip_right = which == transposed::right;
    const auto extents = product_extents::of_batch(s, t, which);
    auto c = tensor<T, cpu>::uninitialized({extents.count, extents.m, extents.n});
    const auto view = [](const T* from, const shape& of, bool flip) {
        const matrix_view<T> m{from, of[1], of[2], of[2], 1};
        return flip ? m.transposed() : m;
    };
    T* const out = c.write();
    const std::size_t rows = c.shape().row_size(), work = std::max<std::size_t>(1, rows * s[flip_left ? 1 : 2]);
    for_each_block(s[0], std::max<std::size_t>(1, worth_dividing / work), [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i)
            multiply_into(view(a.data() + i * s.row_size(), s, flip_left), view(b.data() + i * t.row_size(), t, flip_right), out + i * rows);
    });
    return c;
}

}  // namespace ncsn
