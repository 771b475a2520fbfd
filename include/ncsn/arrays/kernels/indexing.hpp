// SPDX-License-Identifier: Apache-2.0
/// \file  Rows, columns and borders on devices that run kernels, each beside its transpose.
///
/// Every kernel goes over the places of its result and finds out what belongs there. `N` neighbours are moved at once: a pack where all extents
/// are whole numbers of packs, else 1.
#pragma once

#include <ncsn/arrays/chosen_rows.hpp>
#include <ncsn/arrays/kernels/launch.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <concepts>
#include <span>
#include <utility>
#include <vector>

namespace ncsn {

/// run(std::integral_constant N) with N = pack<T>::size if it divides all extents, else 1.
template <class T, class Run> void by_packs(std::initializer_list<std::size_t> extents, const Run& run) {
    bool whole = true;
    for (const std::size_t extent : extents) whole = whole && extent % pack<T>::size == 0;
    if (whole) run(std::integral_constant<std::size_t, pack<T>::size>{});
    else run(std::integral_constant<std::size_t, 1>{});
}
/// Numbers of rows as the device keeps them.
template <KernelDevice D> tensor<std::uint32_t, D> row_numbers(std::span<const std::size_t> rows) {
    const std::vector<std::uint32_t> narrow(rows.begin(), rows.end());
    return {{narrow.size()}, std::span<const std::uint32_t>{narrow}};
}

template <class T, std::size_t N> struct gather_rows_body {
    const T* from;
    const std::uint32_t* rows;
    T* to;
    fast_divmod packs;                                                            // of a row
    template <class Index> NCSN_HD void operator()(Index i) const {
        const Index k = packs.quotient(i), at = i - k * static_cast<Index>(packs.divisor());
        pack<T, N>::load(from + (rows[k] * packs.divisor() + at) * N).store(to + static_cast<std::size_t>(i) * N);
    }
};
/// Rows of x in the order of `rows`: [K, ...] -> [rows.size(), ...].
template <class T, KernelDevice D> tensor<T, D> gather_rows(const tensor<T, D>& x, const chosen_rows& rows) {
    const std::size_t n = x.shape().row_size();
    for (const std::size_t row : rows.list())
        require(row < x.shape()[0], "gather_rows: row ", row, " of a tensor ", x.shape(), ", which has ", x.shape()[0]);
    auto y = tensor<T, D>::uninitialized(x.shape().with_rows(rows.list().size()));
    const auto& numbers = rows.table<tensor<std::uint32_t, D>>(0, [&] { return row_numbers<D>(rows); });
    by_packs<T>({n}, [&]<std::size_t N>(std::integral_constant<std::size_t, N>) {
        D::launch(y.size() / N, gather_rows_body<T, N>{x.data(), numbers.data(), y.write(), fast_divmod{n / N}});
    });
    return y;
}
template <class T, KernelDevice D> tensor<T, D> gather_rows(const tensor<T, D>& x, std::span<const std::size_t> rows) {
    return gather_rows(x, chosen_rows{{rows.begin(), rows.end()}});
}

template <class T, std::size_t N> struct scatter_rows_body {
    const T* from;
    const std::uint32_t *starts, *order;                                            // row r gets order[starts[r]], ..., order[starts[r + 1] - 1]
    T* to;
    fast_divmod packs;
    template <class Index> NCSN_HD void operator()(Index i) const {
        using C = computing_type<T>;
        const Index row = packs.quotient(i), at = i - row * static_cast<Index>(packs.divisor());
        C sum[N]{};
        for (std::uint32_t k = starts[row]; k < starts[row + 1]; ++k) {
            const auto y = pack<T, N>::load(from + (order[k] * packs.divisor() + at) * N);
            NCSN_UNROLL for (std::size_t j = 0; j < N; ++j) sum[j] += static_cast<C>(y[j]);
        }
        pack<T, N> x;
        NCSN_UNROLL for (std::size_t j = 0; j < N; ++j) x[j] = static_cast<T>(sum[j]);
        x.store(to + static_cast<std::size_t>(i) * N);
    }
};
/// The samples of each of `count` rows: where those of row 0, 1, ... begin, and where the last end, in the list of samples that follows.
template <KernelDevice D> tensor<std::uint32_t, D> samples_by_row(std::span<const std::size_t> rows, std::size_t count) {
    std::vector<std::size_t> list(count + 1 + rows.size());
    for (const std::size_t row : rows) ++list[row + 1];
    for (std::size_t r = 0; r < count; ++r) list[r + 1] += list[r];
    std::vector<std::size_t> next(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(count));
    for (std::size_t k = 0; k < rows.size(); ++k) list[count + 1 + next[rows[k]]++] = k;
    return row_numbers<D>(list);
}
/// The transpose of gather_rows: row k of y is added to row rows[k] of a zero tensor of shape s, in the order of k.
template <class T, KernelDevice D> tensor<T, D> scatter_rows(const tensor<T, D>& y, const chosen_rows& rows, const shape& s) {
    const std::size_t n = rows.list().size();
    require(y.shape() == s.with_rows(n), "scatter_rows: y is ", y.shape(), "; ", n, " rows of ", s, " were expected");
    for (const std::size_t row : rows.list()) require(row < s[0], "scatter_rows: row ", row, " of a tensor ", s, ", which has ", s[0]);
    auto x = tensor<T, D>::uninitialized(s);
    const auto& samples = rows.table<tensor<std::uint32_t, D>>(s[0] + 1, [&] { return samples_by_row<D>(rows, s[0]); });  // 0: the list itself
    by_packs<T>({s.row_size()}, [&]<std::size_t N>(std::integral_constant<std::size_t, N>) {
        D::launch(x.size() / N, scatter_rows_body<T, N>{y.data(), samples.data(), samples.data() + s[0] + 1, x.write(),
                                                        fast_divmod{s.row_size() / N}});
    });
    return x;
}
template <class T, KernelDevice D> tensor<T, D> scatter_rows(const tensor<T, D>& y, std::span<const std::size_t> rows, const shape& s) {
    return scatter_rows(y, chosen_rows{{rows.begin(), rows.end()}}, s);
}

/// Rows of `width` from rows of `from_width`, of which `count` from column `first` on lie at column `place` of the result; zero elsewhere.
/// All in units of N.
template <class T, std::size_t N> struct move_columns_body {
    const T* from;
    T* to;
    fast_divmod width;
    std::size_t from_width, first, place, count;
    template <class Index> NCSN_HD void operator()(Index i) const {
        const Index row = width.quotient(i), column = i - row * static_cast<Index>(width.divisor());
        pack<T, N> x;
        if (column >= place && column < place + count) x = pack<T, N>::load(from + (row * from_width + column - place + first) * N);
        else NCSN_UNROLL for (std::size_t k = 0; k < N; ++k) x[k] = T(0);
        x.store(to + static_cast<std::size_t>(i) * N);
    }
};
/// Entries first, first+1, ..., first+count-1 of the last axis.
template <class T, KernelDevice D> tensor<T, D> columns(const tensor<T, D>& x, std::size_t first, std::size_t count) {
    require(x.shape().rank() > 0, "columns: x is ", x.shape(), "; at least one axis was expected");
    const std::size_t n = x.shape().back();
    require(first <= n && count <= n - first, "columns: ", first, " to ", first + count, " of a tensor ", x.shape());
    shape s = x.shape();
    s[s.rank() - 1] = count;
    auto y = tensor<T, D>::uninitialized(s);
    by_packs<T>({first, count, n}, [&]<std::size_t N>(std::integral_constant<std::size_t, N>) {
        D::launch(y.size() / N, move_columns_body<T, N>{x.data(), y.write(), fast_divmod{count / N}, n / N, first / N, 0, count / N});
    });
    return y;
}
/// The transpose of columns: y at place `first` of the last axis of a zero tensor whose last extent is n.
template <class T, KernelDevice D> tensor<T, D> place_columns(const tensor<T, D>& y, std::size_t first, std::size_t n) {
    const std::size_t count = y.shape().back();
    require(y.shape().rank() > 0 && first <= n && count <= n - first, "place_columns: y is ", y.shape(), ", to be placed from column ", first,
            " of ", n, " on; at least one axis was expected, and no more columns than there is room for");
    shape s = y.shape();
    s[s.rank() - 1] = n;
    auto x = tensor<T, D>::uninitialized(s);
    by_packs<T>({first, count, n}, [&]<std::size_t N>(std::integral_constant<std::size_t, N>) {
        D::launch(x.size() / N, move_columns_body<T, N>{y.data(), x.write(), fast_divmod{n / N}, count / N, 0, first / N, count / N});
    });
    return x;
}

/// Rows of `width` that are made of rows of K tensors, one beside the other. All in units of N.
template <class T, std::size_t N, std::size_t K> struct concatenate_body {
    struct part { const T* from; std::size_t width, end; };                         // end: the first column of the result that is not its
    part parts[K];
    T* to;
    fast_divmod width;
    template <class Index> NCSN_HD void operator()(Index i) const {
        const Index row = width.quotient(i), column = i - row * static_cast<Index>(width.divisor());
        std::size_t k = 0;
        while (column >= parts[k].end) ++k;
        const part& p = parts[k];
        pack<T, N>::load(p.from + (row * p.width + column + p.width - p.end) * N).store(to + static_cast<std::size_t>(i) * N);
    }
};
/// Two or more tensors side by side along the last axis: [..., a], [..., b], ... -> [..., a + b + ...]. One kernel.
template <class T, KernelDevice D, std::same_as<tensor<T, D>>... Rest>
    requires(sizeof...(Rest) > 0)
tensor<T, D> concatenated(const tensor<T, D>& first, const Rest&... rest) {
    auto y = tensor<T, D>::uninitialized(concatenated_shape({first.shape(), rest.shape()...}));
    by_packs<T>({first.shape().back(), rest.shape().back()...}, [&]<std::size_t N>(std::integral_constant<std::size_t, N>) {
        std::size_t end = 0;
        const auto part = [&end](const tensor<T, D>& x) {
            const std::size_t n = x.shape().back() / N;
            return typename concatenate_body<T, N, 1 + sizeof...(Rest)>::part{x.data(), n, end += n};
        };
        D::launch(y.size() / N, concatenate_body<T, N, 1 + sizeof...(Rest)>{{part(first), part(rest)...}, y.write(),
                                                                            fast_divmod{y.shape().back() / N}});
    });
    return y;
}

/// A square of N x N elements: N loads, N stores.
template <class T, std::size_t N> struct swap_axes_body {
    const T* from;
    T* to;
    fast_divmod matrix, across;                                                   // squares of a matrix, and of a row of it
    std::size_t rows, columns;
    template <class Index> NCSN_HD void operator()(Index i) const {
        const Index m = matrix.quotient(i), place = i - m * static_cast<Index>(matrix.divisor());
        const Index down = across.quotient(place), right = place - down * static_cast<Index>(across.divisor());
        const std::size_t base = m * rows * columns, r = down * N, c = right * N;
        pack<T, N> lines[N], turned;
        NCSN_UNROLL for (std::size_t k = 0; k < N; ++k) lines[k] = pack<T, N>::load(from + base + (r + k) * columns + c);
        NCSN_UNROLL for (std::size_t j = 0; j < N; ++j) {
            NCSN_UNROLL for (std::size_t k = 0; k < N; ++k) turned[k] = lines[k][j];
            turned.store(to + base + (c + j) * rows + r);
        }
    }
};
/// The transpose of a matrix, or of the last two axes of anything larger.
template <class T, KernelDevice D> tensor<T, D> swap_last_axes(const tensor<T, D>& x) {
    require(x.shape().rank() >= 2, "swap_last_axes: ", x.shape(), " has no two axes");
    shape s = x.shape();
    const std::size_t r = s[s.rank() - 2], c = s[s.rank() - 1];
    std::swap(s[s.rank() - 2], s[s.rank() - 1]);
    auto y = tensor<T, D>::uninitialized(s);
    by_packs<T>({r, c}, [&]<std::size_t N>(std::integral_constant<std::size_t, N>) {
        D::launch(x.size() / (N * N), swap_axes_body<T, N>{x.data(), y.write(), fast_divmod{r / N * (c / N)}, fast_divmod{c / N}, r, c});
    });
    return y;
}

/// Images [N, H, W, C] from images of another height and width: pixel (i, j) is pixel (i + shift, j + shift) of `from`, or zero if there is none.
template <class T, std::size_t N> struct shift_images_body {
    const T* from;
    T* to;
    fast_divmod channels, width, height;                                          // of the result; channels in units of N
    std::size_t from_height, from_width;
    std::ptrdiff_t shift;
    template <class Index> NCSN_HD void operator()(Index i) const {
        const Index pixel = channels.quotient(i), line = width.quotient(pixel), image = height.quotient(line);
        const auto c = i - pixel * channels.divisor();
        const auto h = static_cast<std::ptrdiff_t>(line - image * height.divisor()) + shift;
        const auto w = static_cast<std::ptrdiff_t>(pixel - line * width.divisor()) + shift;
        pack<T, N> x;
        if (h >= 0 && w >= 0 && static_cast<std::size_t>(h) < from_height && static_cast<std::size_t>(w) < from_width) {
            const std::size_t at = (image * from_height + static_cast<std::size_t>(h)) * from_width + static_cast<std::size_t>(w);
            x = pack<T, N>::load(from + (at * channels.divisor() + c) * N);
        } else NCSN_UNROLL for (std::size_t k = 0; k < N; ++k) x[k] = T(0);
        x.store(to + static_cast<std::size_t>(i) * N);
    }
};
template <class T, KernelDevice D> tensor<T, D> shifted_images(const tensor<T, D>& x, const shape& s, std::ptrdiff_t shift) {
    auto y = tensor<T, D>::uninitialized(s);
    by_packs<T>({s[3]}, [&]<std::size_t N>(std::integral_constant<std::size_t, N>) {
        D::launch(y.size() / N, shift_images_body<T, N>{x.data(), y.write(), fast_divmod{s[3] / N}, fast_divmod{s[2]}, fast_divmod{s[1]},
                                                        x.shape()[1], x.shape()[2], shift});
    });
    return y;
}
/// Zeros round every image [N, H, W, C]: `before` rows above and columns left of it, `after` below and right.
template <class T, KernelDevice D> tensor<T, D> padded(const tensor<T, D>& x, std::size_t before, std::size_t after) {
    const shape& s = x.shape();
    require(s.rank() == 4, "padded: x is ", s, "; [N,H,W,C] was expected");
    return shifted_images(x, {s[0], s[1] + before + after, s[2] + before + after, s[3]}, -static_cast<std::ptrdiff_t>(before));
}
/// Its transpose: `before` rows and columns are dropped at the beginning of every image, `after` at its end.
template <class T, KernelDevice D> tensor<T, D> cropped(const tensor<T, D>& y, std::size_t before, std::size_t after) {
    const shape& s = y.shape();
    const std::size_t less = extent_of("cropped", 1, before, after);
    require(s.rank() == 4 && s[1] >= less && s[2] >= less, "cropped: y is ", s, "; [N,H,W,C] with at least ", less,
            " rows and columns was expected");
    return shifted_images(y, {s[0], s[1] - before - after, s[2] - before - after, s[3]}, static_cast<std::ptrdiff_t>(before));
}

}  // namespace ncsn
