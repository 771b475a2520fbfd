// SPDX-License-Identifier: Apache-2.0
/// \file  Resizing of NHWC images on the host, each kind with its transpose.
#pragma once

#include <ncsn/arrays/cpu/window_sums.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <algorithm>
#include <vector>

namespace ncsn {

/// Between which two inputs an output lies, and how near the second.
template <class T> struct interpolation { std::size_t first, second; T weight; };

/// Where each output lies, as a fraction of integers.
template <class T> std::vector<interpolation<T>> interpolations(std::size_t inputs, std::size_t outputs, alignment on) {
    std::vector<interpolation<T>> taps(outputs);
    const std::size_t gaps = on == alignment::edges ? 2 * outputs : outputs > 1 ? outputs - 1 : 1;
    for (std::size_t o = 0; o < outputs; ++o) {
        const std::size_t place = on == alignment::corners ? o * (inputs - 1) : std::max((2 * o + 1) * inputs, outputs) - outputs;
        const std::size_t first = std::min(place / gaps, inputs - 1);
        taps[o] = {first, std::min(first + 1, inputs - 1), static_cast<T>(place % gaps) / static_cast<T>(gaps)};
    }
    return taps;
}

/// Bilinear interpolation.   x [N,H,W,C] -> [N,h,w,C].
template <class T>
tensor<T, cpu> resize_bilinear(const tensor<T, cpu>& x, std::size_t height, std::size_t width, alignment on = alignment::corners) {
    const shape& xs = x.shape();
    require_resizable("resize", xs, height, width);
    if (xs[1] == height && xs[2] == width) return x;
    const auto rows = interpolations<T>(xs[1], height, on), columns = interpolations<T>(xs[2], width, on);
    const std::size_t channels = xs[3];
    auto y = tensor<T, cpu>::uninitialized({xs[0], height, width, channels});
    const T* in = x.data();
    T* out = y.write();
    for_each_job(xs[0] * height, y.size(), [&, channels](std::size_t row, std::size_t) {
        const auto& v = rows[row % height];
        const T* image = in + row / height * xs.row_size();
        const T *above = image + v.first * xs[2] * channels, *below = image + v.second * xs[2] * channels;
        for (std::size_t column = 0; column < width; ++column) {
            const auto& h = columns[column];
            const T *a = above + h.first * channels, *b = above + h.second * channels;
            const T *c = below + h.first * channels, *d = below + h.second * channels;
            T* target = out + (row * width + column) * channels;
            for (std::size_t k = 0; k < channels; ++k)
                target[k] = (1 - v.weight) * ((1 - h.weight) * a[k] + h.weight * b[k]) + v.weight * ((1 - h.weight) * c[k] + h.weight * d[k]);
        }
    });
    return y;
}
/// Its transpose.   y [N,h,w,C] -> x_shape.
template <class T> tensor<T, cpu> resize_bilinear_transpose(const tensor<T, cpu>& y, const shape& xs, alignment on = alignment::corners) {
    const shape& ys = y.shape();
    require(xs.rank() == 4 && ys.rank() == 4 && xs[0] == ys[0] && xs[3] == ys[3], "resize transposed: ", ys, " to ", xs,
            "; samples or channels differ");
    require_resizable("resize transposed", xs, ys[1], ys[2]);
    if (xs == ys) return y;
    const auto rows = interpolations<T>(xs[1], ys[1], on), columns = interpolations<T>(xs[2], ys[2], on);
    const std::size_t channels = xs[3];
    tensor<T, cpu> x(xs);
    const T* in = y.data();
    T* out = x.write();
    for_each_job(xs[0], ys.size(), [&, channels](std::size_t n, std::size_t) {
        for (std::size_t row = 0; row < ys[1]; ++row) {
            const auto& v = rows[row];
            T* image = out + n * xs.row_size();
            T *above = image + v.first * xs[2] * channels, *below = image + v.second * xs[2] * channels;
            for (std::size_t column = 0; column < ys[2]; ++column) {
                const auto& h = columns[column];
                const T* source = in + ((n * ys[1] + row) * ys[2] + column) * channels;
                T *a = above + h.first * channels, *b = above + h.second * channels;
                T *c = below + h.first * channels, *d = below + h.second * channels;
                const auto add = [&](T* target, T weight) {
                    if (weight != 0) for (std::size_t k = 0; k < channels; ++k) target[k] += weight * source[k];
                };
                add(a, (1 - v.weight) * (1 - h.weight));
                add(b, (1 - v.weight) * h.weight);
                add(c, v.weight * (1 - h.weight));
                add(d, v.weight * h.weight);
            }
        }
    });
    return x;
}

/// Every pixel becomes factor² of its kind.   x [N,H,W,C] -> [N, factor H, factor W, C].
template <class T> tensor<T, cpu> resize_nearest(const tensor<T, cpu>& x, std::size_t factor) {
    const shape& xs = x.shape();
    require(xs.rank() == 4 && factor > 0, "resize: x is ", xs, ", factor ", factor, "; [N,H,W,C] and a positive factor were expected");
    const shape ys{xs[0], extent_of("resize", factor, xs[1], 0), extent_of("resize", factor, xs[2], 0), xs[3]};
    auto y = tensor<T, cpu>::uninitialized(ys);
    const T* in = x.data();
    T* out = y.write();
    for_each_job(ys[0] * ys[1], ys.size(), [&](std::size_t row, std::size_t) {
        for (std::size_t column = 0; column < ys[2]; ++column)
            std::copy_n(in + (row / factor * xs[2] + column / factor) * xs[3], xs[3], out + (row * ys[2] + column) * xs[3]);
    });
    return y;
}
/// Its transpose: the sum of the factor² pixels.
template <class T> tensor<T, cpu> resize_nearest_transpose(const tensor<T, cpu>& y, std::size_t factor) {
    const shape& ys = y.shape();
    require(ys.rank() == 4 && factor > 0 && ys[1] % factor == 0 && ys[2] % factor == 0, "resize transposed: ", ys, " is no multiple of ", factor);
    const shape xs{ys[0], ys[1] / factor, ys[2] / factor, ys[3]};
    auto x = tensor<T, cpu>::uninitialized(xs);
    const pool_window blocks{factor, factor, 0};
    sum_over_ranges(y.data(), ys, x.write(), xs, window_ranges(ys[1], xs[1], blocks), window_ranges(ys[2], xs[2], blocks), T(1));
    return x;
}

}  // namespace ncsn
