// SPDX-License-Identifier: Apache-2.0
/// \file  Convolution as a matrix product over gathered windows: short, and right for every type.
#pragma once

#include <ncsn/arrays/cpu/parallel.hpp>
#include <ncsn/arrays/cpu/scratch.hpp>
#include <ncsn/arrays/windows.hpp>

#include <algorithm>
#include <vector>

namespace ncsn {

/// Visits every tap of every output position that falls inside an image: visit(row of [H' W' kh kw], position in [H W]).
template <class F> void for_each_tap(const shape& x, const shape& w, const shape& y, const conv_window& c, F visit) {
    std::size_t row = 0;
    for (std::size_t oy = 0; oy < y[1]; ++oy)
        for (std::size_t ox = 0; ox < y[2]; ++ox)
            for (std::size_t ky = 0; ky < w[1]; ++ky) {
                const std::size_t iy = oy * c.stride + ky * c.dilation - c.padding;             // wraps around when it is outside
                for (std::size_t kx = 0; kx < w[2]; ++kx, ++row) {
                    const std::size_t ix = ox * c.stride + kx * c.dilation - c.padding;
                    if (iy < x[1] && ix < x[2]) visit(row, iy * x[2] + ix);
                }
            }
}

/// c += a b, c and b row by row, a(r, k) = a[r a_row + k a_depth]; four rows of c at a time.
template <class T> void add_product(std::size_t rows, std::size_t depth, std::size_t columns, const T* a, std::size_t a_row, std::size_t a_depth,
                                    const T* b, T* c) {
    std::size_t r = 0;
    for (; r + 4 <= rows; r += 4)
        for (std::size_t k = 0; k < depth; ++k) {
            const T *right = b + k * columns, *left = a + r * a_row + k * a_depth;
            const T p = left[0], q = left[a_row], s = left[2 * a_row], t = left[3 * a_row];
            T *first = c + r * columns, *second = first + columns, *third = second + columns, *fourth = third + columns;
            for (std::size_t j = 0; j < columns; ++j) {
                first[j] += p * right[j];
                second[j] += q * right[j];
                third[j] += s * right[j];
                fourth[j] += t * right[j];
            }
        }
    for (; r < rows; ++r)
        for (std::size_t k = 0; k < depth; ++k)
            for (std::size_t j = 0; j < columns; ++j) c[r * columns + j] += a[r * a_row + k * a_depth] * b[k * columns + j];
}

/// Convolutions from x to y by windows [H' W', kh kw I] of one sample at a time; all pointers are to that sample.
template <class T> struct window_product {
    shape x, w, y;
    conv_window window;
    std::size_t positions = y[1] * y[2], columns = w[1] * w[2] * w[3];

    /// The filter [O, kh kw I] as [kh kw I, O], for forward.
    std::vector<T> transposed(const T* filter) const {
        std::vector<T> result(w.size());
        for (std::size_t c = 0; c < columns; ++c)
            for (std::size_t o = 0; o < w[0]; ++o) result[c * w[0] + o] = filter[o * columns + c];
        return result;
    }
    void gather(const T* image, T* windows) const {
        std::fill_n(windows, positions * columns, T(0));
        for_each_tap(x, w, y, window, [&](std::size_t row, std::size_t p) { std::copy_n(image + p * x[3], x[3], windows + row * x[3]); });
    }
    void forward(const T* image, const T* filter_transposed, T* windows, T* out) const {
        gather(image, windows);
        std::fill_n(out, positions * y[3], T(0));
        add_product(positions, columns, y[3], windows, columns, 1, filter_transposed, out);
    }
    void input_gradient(const T* adjoint, const T* filter, T* windows, T* out) const {
        std::fill_n(windows, positions * columns, T(0));
        add_product(positions, y[3], columns, adjoint, y[3], 1, filter, windows);
        std::fill_n(out, x.row_size(), T(0));
        for_each_tap(x, w, y, window, [&](std::size_t row, std::size_t p) {
            for (std::size_t i = 0; i < x[3]; ++i) out[p * x[3] + i] += windows[row * x[3] + i];
        });
    }
    void filter_gradient(const T* adjoint, const T* image, T* windows, T* sum) const {
        gather(image, windows);
        add_product(y[3], positions, columns, adjoint, 1, y[3], windows, sum);
    }
    /// work(sample, windows) for every sample, on several threads when there is much to do.
    template <class F> void for_each_sample(F work) const {
        const std::size_t elements = x[0] * positions * columns;
        const worker_scratch<T> windows{workers_for(x[0], elements), positions * columns};
        for_each_job(x[0], elements, [&](std::size_t sample, std::size_t worker) { work(sample, windows[worker]); });
    }
};

}  // namespace ncsn
