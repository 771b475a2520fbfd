// SPDX-License-Identifier: Apache-2.0
/// \file  Rows, columns and borders on the CPU, each beside its transpose.
#pragma once

#include <ncsn/arrays/cpu/parallel.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <algorithm>
#include <concepts>
#include <span>
#include <vector>

namespace ncsn {

/// body(row) for every one of so many rows of `width` elements, on several threads where there are many.
template <class Body> void for_each_row(std::size_t rows, std::size_t width, const Body& body) {
    for_each_block(rows, std::max<std::size_t>(1, parallel_grain / std::max<std::size_t>(1, width)), [&](std::size_t begin, std::size_t end) {
        for (std::size_t row = begin; row < end; ++row) body(row);
    });
}

/// Rows of x in the order of `rows`: [K, ...] -> [rows.size(), ...].
template <class T> tensor<T, cpu> gather_rows(const tensor<T, cpu>& x, std::span<const std::size_t> rows) {
    const std::size_t n = x.shape().row_size();
    auto y = tensor<T, cpu>::uninitialized(x.shape().with_rows(rows.size()));
    T* out = y.write();
    for (const std::size_t row : rows) {
        require(row < x.shape()[0], "gather_rows: row ", row, " of a tensor ", x.shape(), ", which has ", x.shape()[0]);
        out = std::copy_n(x.data() + row * n, n, out);
    }
    return y;
}

/// The transpose of gather_rows: row k of y is added to row rows[k] of a zero tensor of shape s.
template <class T> tensor<T, cpu> scatter_rows(const tensor<T, cpu>& y, std::span<const std::size_t> rows, const shape& s) {
    require(y.shape() == s.with_rows(rows.size()), "scatter_rows: y is ", y.shape(), "; ", rows.size(), " rows of ", s, " were expected");
    tensor<T, cpu> x{s};
    const std::size_t n = s.row_size();
    T* out = x.write();
    for (std::size_t k = 0; k < rows.size(); ++k) {
        require(rows[k] < s[0], "scatter_rows: row ", rows[k], " of a tensor ", s, ", which has ", s[0]);
        for (std::size_t i = 0; i < n; ++i) out[rows[k] * n + i] += y.data()[k * n + i];
    }
    return x;
}

/// Entries first, first+1, ..., first+count-1 of the last axis.
template <class T> tensor<T, cpu> columns(const tensor<T, cpu>& x, std::size_t first, std::size_t count) {
    require(x.shape().rank() > 0, "columns: x is ", x.shape(), "; at least one axis was expected");
    const std::size_t n = x.shape().back(), rows = n == 0 ? 0 : x.size() / n;
    require(first <= n && count <= n - first, "columns: ", first, " to ", first + count, " of a tensor ", x.shape());
    shape s = x.shape();
    s[s.rank() - 1] = count;
    auto y = tensor<T, cpu>::uninitialized(s);
    T* const out = y.write();
    for_each_row(rows, count, [&, from = x.data()](std::size_t r) { std::copy_n(from + r * n + first, count, out + r * count); });
    return y;
}

/// The transpose of columns: y at place `first` of the last axis of a zero tensor whose last extent is n.
template <class T> tensor<T, cpu> place_columns(const tensor<T, cpu>& y, std::size_t first, std::size_t n) {
    const std::size_t count = y.shape().back(), rows = count == 0 ? 0 : y.size() / count;
    require(y.shape().rank() > 0 && first <= n && count <= n - first, "place_columns: y is ", y.shape(), ", to be placed from column ", first,
            " of ", n, " on; at least one axis was expected, and no more columns than there is room for");
    shape s = y.shape();
    s[s.rank() - 1] = n;
    tensor<T, cpu> x{s};
    T* const out = x.write();
    for_each_row(rows, count, [&, from = y.data()](std::size_t r) { std::copy_n(from + r * count, count, out + r * n + first); });
    return x;
}

/// Two or more tensors side by side along the last axis: [..., a], [..., b], ... -> [..., a + b + ...].
template <class T, std::same_as<tensor<T, cpu>>... Rest>
    requires(sizeof...(Rest) > 0)
tensor<T, cpu> concatenated(const tensor<T, cpu>& first, const Rest&... rest) {
    auto y = tensor<T, cpu>::uninitialized(concatenated_shape({first.shape(), rest.shape()...}));
    const std::size_t width = y.shape().back(), rows = width == 0 ? 0 : y.size() / width;
    T* place = y.write();
    const auto put = [&](const tensor<T, cpu>& x) {
        const std::size_t n = x.shape().back();
        for_each_row(rows, n, [&, from = x.data(), to = place](std::size_t r) { std::copy_n(from + r * n, n, to + r * width); });
        place += n;
    };
    put(first);
    (put(rest), ...);
    return y;
}

/// The transpose of a matrix, or of the last two axes of anything larger.
template <class T> tensor<T, cpu> swap_last_axes(const tensor<T, cpu>& x) {
    require(x.shape().rank() >= 2, "swap_last_axes: ", x.shape(), " has no two axes");
    shape s = x.shape();
    const std::size_t r = s[s.rank() - 2], c = s[s.rank() - 1];
    std::swap(s[s.rank() - 2], s[s.rank() - 1]);
    auto y = tensor<T, cpu>::uninitialized(s);
    T* const out = y.write();
    for_each_row(r * c == 0 ? 0 : x.size() / (r * c), r * c, [&, from = x.data()](std::size_t matrix) {
        const T* const in = from + matrix * r * c;
        T* to = out + matrix * r * c;
        for (std::size_t j = 0; j < c; ++j)
            for (std::size_t i = 0; i < r; ++i) *to++ = in[i * c + j];
    });
    return y;
}

/// Zeros round every image [N, H, W, C]: `before` rows above and columns left of it, `after` below and right.
template <class T> tensor<T, cpu> padded(const tensor<T, cpu>& x, std::size_t before, std::size_t after) {
    const shape& s = x.shape();
    require(s.rank() == 4, "padded: x is ", s, "; [N,H,W,C] was expected");
    const std::size_t more = extent_of("padded", 1, before, after), height = extent_of("padded", 1, s[1], more),
                      width = extent_of("padded", 1, s[2], more);
    tensor<T, cpu> y{{s[0], height, width, s[3]}};
    T* const out = y.write();
    for (std::size_t row = 0; row < s[0] * s[1]; ++row)
        std::copy_n(x.data() + row * s[2] * s[3], s[2] * s[3], out + ((row / s[1] * height + before + row % s[1]) * width + before) * s[3]);
    return y;
}
/// Its transpose: `before` rows and columns are dropped at the beginning of every image, `after` at its end.
template <class T> tensor<T, cpu> cropped(const tensor<T, cpu>& y, std::size_t before, std::size_t after) {
    const shape& s = y.shape();
    const std::size_t less = extent_of("cropped", 1, before, after);
    require(s.rank() == 4 && s[1] >= less && s[2] >= less, "cropped: y is ", s, "; [N,H,W,C] with at least ", less,
            " rows and columns was expected");
    const std::size_t width = s[2] - before - after;
    auto x = tensor<T, cpu>::uninitialized({s[0], s[1] - before - after, width, s[3]});
    T* out = x.write();
    for (std::size_t row = 0; row < s[0] * s[1]; ++row)
        if (row % s[1] >= before && row % s[1] < s[1] - after) out = std::copy_n(y.data() + (row * s[2] + before) * s[3], width * s[3], out);
    return x;
}

}  // namespace ncsn
