// SPDX-License-Identifier: Apache-2.0
/// \file  Matrix products on the CPU, by Eigen.
#pragma once

#include <ncsn/arrays/eigen.hpp>
#include <ncsn/arrays/cpu/parallel.hpp>
#include <ncsn/arrays/tensor.hpp>

namespace ncsn {

/// Which operand of a product is transposed.
enum class transposed { neither, left, right };

/// a b, a bᵀ or aᵀ b for matrices; operands of more than two axes count as [product of the leading extents, last extent].
template <class T> tensor<T, cpu> product(const tensor<T, cpu>& a, const tensor<T, cpu>& b, transposed which) {
    using matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const auto view = [](const tensor<T, cpu>& t) {
        const auto last = static_cast<Eigen::Index>(t.shape().back());
        return Eigen::Map<const matrix>{t.data(), last == 0 ? 0 : static_cast<Eigen::Index>(t.size()) / last, last};
    };
    const auto left = view(a), right = view(b);
    const auto inner_left = which == transposed::left ? left.rows() : left.cols(),
               inner_right = which == transposed::right ? right.cols() : right.rows();
    require(inner_left == inner_right, "matmul: x is ", a.shape(), " but weight is ", b.shape(), "; features differ (", inner_left, ", ", inner_right,
            ")");
    const auto rows = which == transposed::left ? left.cols() : left.rows(), columns = which == transposed::right ? right.rows() : right.cols();

    shape result = which == transposed::left ? shape{static_cast<std::size_t>(rows), static_cast<std::size_t>(columns)} : a.shape();
    result[result.rank() - 1] = static_cast<std::size_t>(columns);
    auto c = tensor<T, cpu>::uninitialized(result);
    Eigen::Map<matrix> out{c.write(), rows, columns};
    const auto flops = static_cast<std::size_t>(2 * rows * columns * inner_left);
    const std::size_t block = flops < (std::size_t{1} << 24) ? static_cast<std::size_t>(rows) : 64;
    for_each_block(static_cast<std::size_t>(rows), std::max<std::size_t>(1, block), [&](std::size_t begin, std::size_t end) {
        const auto first = static_cast<Eigen::Index>(begin), count = static_cast<Eigen::Index>(end - begin);
        auto part = out.middleRows(first, count);
        if (which == transposed::neither) part.noalias() = left.middleRows(first, count) * right;
        else if (which == transposed::right) part.noalias() = left.middleRows(first, count) * right.transpose();
        else part.noalias() = left.middleCols(first, count).transpose() * right;
    });
    return c;
}

/// The same for each of B pairs of matrices: a [B, ., .], b [B, ., .] -> [B, ., .].
template <class T> tensor<T, cpu> batched_product(const tensor<T, cpu>& a, const tensor<T, cpu>& b, transposed which) {
    using matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const shape &s = a.shape(), &t = b.shape();
    const bool flip_left = which == transposed::left, flip_right = which == transposed::right;
    require(s.rank() == 3 && t.rank() == 3 && s[0] == t[0] && s[flip_left ? 1 : 2] == t[flip_right ? 2 : 1], "batched_matmul: ", s, " and ", t,
            " do not fit; [B,m,k] and [B,n,k] were expected");
    auto c = tensor<T, cpu>::uninitialized({s[0], s[flip_left ? 2 : 1], t[flip_right ? 1 : 2]});
    const auto view = [](const T* from, const shape& of) {
        return Eigen::Map<const matrix>{from, static_cast<Eigen::Index>(of[1]), static_cast<Eigen::Index>(of[2])};
    };
    T* const out = c.write();
    const std::size_t rows = c.shape().row_size(), work = std::max<std::size_t>(1, rows * s[flip_left ? 1 : 2]);
    for_each_block(s[0], std::max<std::size_t>(1, (std::size_t{1} << 23) / work), [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            const auto left = view(a.data() + i * s.row_size(), s), right = view(b.data() + i * t.row_size(), t);
            Eigen::Map<matrix> to{out + i * rows, static_cast<Eigen::Index>(c.shape()[1]), static_cast<Eigen::Index>(c.shape()[2])};
            if (flip_left) to.noalias() = left.transpose() * right;
            else if (flip_right) to.noalias() = left * right.transpose();
            else to.noalias() = left * right;
        }
    });
    return c;
}

}  // namespace ncsn
