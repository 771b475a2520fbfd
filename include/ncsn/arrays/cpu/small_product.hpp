// SPDX-License-Identifier: Apache-2.0
/// \file  Products of matrices of which the right one is small, with the sums in registers.
#pragma once

#include <ncsn/arrays/tensor.hpp>

#include <cstring>
#include <utility>

namespace ncsn {

/// A matrix in memory: element (i, j) is data[i * down + j * right].
template <class T> struct matrix_view {
    const T* data;
    std::size_t rows, columns, down, right;

    matrix_view transposed() const { return {data, columns, rows, right, down}; }
    matrix_view middle_rows(std::size_t first, std::size_t count) const { return {data + first * down, count, columns, down, right}; }
    matrix_view middle_columns(std::size_t first, std::size_t count) const { return {data + first * right, rows, count, down, right}; }
};

/// c = a b, row-major. Panels of b, one or two registers wide, are copied into the first cache and, where b is a transpose, turned on the way;
/// against each run the rows of a, a block at a time with all its sums in registers. Every element is one chain of multiply-adds over the inner
/// index, so it depends on its row and its column alone. Eigen packs both operands, a quarter of its time at 128 x 128.
template <class T> struct small_product {
#if defined(__AVX512F__)
    static constexpr std::size_t bytes = 64, block = 8;
#elif defined(__AVX__)
    static constexpr std::size_t bytes = 32, block = 4;
#else
    static constexpr std::size_t bytes = 16, block = 4;
#endif
    typedef T lane __attribute__((vector_size(bytes)));                             // g++ drops the attribute from an alias of a dependent type
    static constexpr std::size_t width = bytes / sizeof(T);

    /// Where it is faster than Eigen: a panel of b fits into the first cache and b into the second. Whether it is does not depend on the rows of a,
    /// so a sample has the same bits in every batch. (clang 14 halves the registers; there Eigen is faster throughout.)
    static bool suits([[maybe_unused]] const matrix_view<T>& b) {
#if defined(__clang__)
        return false;
#else
        return b.rows <= 384 && b.columns >= width && b.rows * b.columns <= (std::size_t{1} << 16);
#endif
    }

    static void run(const matrix_view<T>& a, const matrix_view<T>& b, T* c) {
        auto packed = tensor<T, cpu>::uninitialized({b.rows, 2 * width});
        T* const to = packed.write();
        for (std::size_t first = 0; first < b.columns; first += 2 * width) {
            const matrix_view<T> part = b.middle_columns(first, std::min(2 * width, b.columns - first));
            if (part.columns > width) against<2>(a, part, to, c + first, b.columns);
            else against<1>(a, part, to, c + first, b.columns);
        }
    }

private:
    static lane load(const T* from) {
        lane x;
        std::memcpy(&x, from, bytes);
        return x;
    }
    template <std::size_t Lanes> static void against(const matrix_view<T>& a, const matrix_view<T>& b, T* packed, T* c, std::size_t stride) {
        pack<Lanes>(b, packed);
        std::size_t row = rows<Lanes, block>(a, 0, packed, b.columns, c, stride);
        row = rows<Lanes, block / 2>(a, row, packed, b.columns, c, stride);
        rows<Lanes, 1>(a, row, packed, b.columns, c, stride);
    }
    template <std::size_t Lanes, std::size_t Rows>
    static std::size_t rows(const matrix_view<T>& a, std::size_t row, const T* packed, std::size_t count, T* c, std::size_t stride) {
        for (; row + Rows <= a.rows; row += Rows) multiply<Lanes, Rows>(a, row, packed, count, c + row * stride, stride);
        return row;
    }
    /// `Rows` rows of a against a panel.
    template <std::size_t Lanes, std::size_t Rows>
    static void multiply(const matrix_view<T>& a, std::size_t row, const T* __restrict b, std::size_t count, T* __restrict c, std::size_t stride) {
        lane sum[Rows][Lanes] = {};
        const auto for_each_row = [](const auto& body) {                            // written out: a loop might leave the sums in memory
            [&]<std::size_t... R>(std::index_sequence<R...>) { (body(R), ...); }(std::make_index_sequence<Rows>{});
        };
        const T* __restrict from = a.data + row * a.down;
        const std::size_t down = a.down, right = a.right;
        for (std::size_t k = 0, last = a.columns; k < last; ++k, from += right, b += Lanes * width) {
            const lane b0 = load(b), b1 = load(b + (Lanes - 1) * width);
            for_each_row([&](std::size_t r) {
                const T factor = from[r * down];
                sum[r][0] += factor * b0;
                if constexpr (Lanes == 2) sum[r][1] += factor * b1;
            });
        }
        for_each_row([&](std::size_t r) {
            if (count < Lanes * width) std::memcpy(c + r * stride, sum[r], count * sizeof(T));
            else {
                std::memcpy(c + r * stride, &sum[r][0], bytes);
                if constexpr (Lanes == 2) std::memcpy(c + r * stride + width, &sum[r][1], bytes);
            }
        });
    }

    /// The columns of b as a panel [rows, Lanes * width], zeros where there are fewer.
    template <std::size_t Lanes> static void pack(const matrix_view<T>& b, T* __restrict to) {
        constexpr std::size_t panel = Lanes * width;
        if (b.columns < panel) std::fill_n(to, b.rows * panel, T(0));
        std::size_t turned_rows = 0, turned_columns = 0;
        if (b.down == 1) {
            turned_rows = b.rows / width * width, turned_columns = b.columns / width * width;
            for (std::size_t k = 0; k < turned_rows; k += width)
                for (std::size_t j = 0; j < turned_columns; j += width) turn(b.data + j * b.right + k, b.right, to + k * panel + j, panel);
        }
        if (b.right == 1 && b.columns == panel)
            for (std::size_t k = 0; k < b.rows; ++k) std::memcpy(to + k * panel, b.data + k * b.down, panel * sizeof(T));
        else for (std::size_t k = 0; k < b.rows; ++k)
            for (std::size_t j = k < turned_rows ? turned_columns : 0; j < b.columns; ++j) to[k * panel + j] = b.data[k * b.down + j * b.right];
    }
    /// The transpose of a square as wide as a register: halves are exchanged, then quarters, down to single elements.
    static void turn(const T* from, std::size_t from_stride, T* to, std::size_t to_stride) {
        lane row[width];
        for (std::size_t i = 0; i < width; ++i) std::memcpy(&row[i], from + i * from_stride, bytes);
        exchange<width / 2>(row);
        for (std::size_t i = 0; i < width; ++i) std::memcpy(to + i * to_stride, &row[i], bytes);
    }
    template <std::size_t Step> static void exchange(lane (&row)[width]) {
        const auto one = [&](std::size_t i) {
            if ((i & Step) != 0) return;
            const lane a = row[i], b = row[i + Step];
            row[i] = first_parts<Step>(a, b, std::make_index_sequence<width>{});
            row[i + Step] = second_parts<Step>(a, b, std::make_index_sequence<width>{});
        };
        [&]<std::size_t... I>(std::index_sequence<I...>) { (one(I), ...); }(std::make_index_sequence<width>{});
        if constexpr (Step > 1) exchange<Step / 2>(row);
    }
#if defined(__CUDACC__)                                                             // whose front end loses the pack of the calls below
    template <std::size_t Step, class Places> static lane first_parts(const lane& a, const lane& b, Places) {
        lane part = a;
        for (std::size_t i = 0; i < width; ++i) part[i] = i & Step ? b[i - Step] : a[i];
        return part;
    }
    template <std::size_t Step, class Places> static lane second_parts(const lane& a, const lane& b, Places) {
        lane part = b;
        for (std::size_t i = 0; i < width; ++i) part[i] = i & Step ? b[i] : a[i + Step];
        return part;
    }
#else
    template <std::size_t Step, std::size_t... I> static lane first_parts(const lane& a, const lane& b, std::index_sequence<I...>) {
        return __builtin_shufflevector(a, b, (I & Step ? width + I - Step : I)...);
    }
    template <std::size_t Step, std::size_t... I> static lane second_parts(const lane& a, const lane& b, std::index_sequence<I...>) {
        return __builtin_shufflevector(a, b, (I & Step ? width + I : I + Step)...);
    }
#endif
};

}  // namespace ncsn
