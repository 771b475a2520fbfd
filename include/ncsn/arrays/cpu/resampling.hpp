// SPDX-License-Identifier: Apache-2.0
/// \file  Pooling and resizing of NHWC images on the host, each with its transpose.
#pragma once

#include <ncsn/arrays/tensor.hpp>
#include <ncsn/arrays/windows.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

namespace ncsn {

/// Below this many elements a loop stays on the calling thread.
inline constexpr std::size_t worth_threads = 65536;

/// [first, last) along one axis.
struct axis_range { std::size_t first, last; };

/// Inputs that a window reaches from each output.
inline std::vector<axis_range> window_ranges(std::size_t inputs, std::size_t outputs, const pool_window& p) {
    std::vector<axis_range> ranges(outputs);
    for (std::size_t o = 0; o < outputs; ++o) {
        const std::size_t start = o * p.stride, end = start + p.size;               // in the padded image
        ranges[o] = {start > p.padding ? start - p.padding : 0, end > p.padding ? std::min(inputs, end - p.padding) : 0};
    }
    return ranges;
}
/// Outputs whose window reaches each input.
inline std::vector<axis_range> covering_ranges(std::size_t inputs, std::size_t outputs, const pool_window& p) {
    std::vector<axis_range> ranges(inputs);
    for (std::size_t i = 0; i < inputs; ++i) {
        const std::size_t at = i + p.padding;
        ranges[i] = {at < p.size ? 0 : (at - p.size) / p.stride + 1, std::min(outputs, at / p.stride + 1)};
    }
    return ranges;
}

/// to[n,a,b] = scale Σ from[n,a',b'] over a' in rows[a], b' in columns[b]: first down the columns, then along the row.
template <class T> void sum_over_ranges(const T* from, const shape& in, T* to, const shape& out, std::span<const axis_range> rows,
                                        std::span<const axis_range> columns, T scale) {
    const std::size_t channels = in[3], width = in[2] * channels;
#pragma omp parallel if (out.size() > worth_threads)
    {
        std::vector<T> line(width);
#pragma omp for schedule(static)
        for (std::size_t row = 0; row < out[0] * out[1]; ++row) {
            const std::size_t n = row / out[1];
            const auto [first, last] = rows[row % out[1]];
            T* sums = line.data();
            std::size_t r = first;
            const auto source = [&](std::size_t a) { return from + (n * in[1] + a) * width; };
            if (last - r >= 5 && first < last) {                                    // the 5x5 window of RefineNet in one visit
                const T *a = source(r), *b = a + width, *c = b + width, *d = c + width, *e = d + width;
                for (std::size_t k = 0; k < width; ++k) sums[k] = a[k] + b[k] + c[k] + d[k] + e[k];
                r += 5;
            } else if (first < last) {
                std::copy_n(source(r++), width, sums);
            } else {
                std::fill_n(sums, width, T(0));
            }
            for (; r < last; ++r) {
                const T* a = source(r);
                for (std::size_t k = 0; k < width; ++k) sums[k] += a[k];
            }
            for (std::size_t column = 0; column < out[2]; ++column) {
                const auto [left, right] = columns[column];
                T* target = to + (row * out[2] + column) * channels;
                if (right - left == 5 && left < right) {
                    const T* a = sums + left * channels;
                    for (std::size_t c = 0; c < channels; ++c)
                        target[c] = scale * (a[c] + a[c + channels] + a[c + 2 * channels] + a[c + 3 * channels] + a[c + 4 * channels]);
                    continue;
                }
                std::fill_n(target, channels, T(0));
                for (std::size_t b = left; b < right; ++b)
                    for (std::size_t c = 0; c < channels; ++c) target[c] += sums[b * channels + c];
                for (std::size_t c = 0; c < channels; ++c) target[c] *= scale;
            }
        }
    }
}

/// Mean over each window; zeros of the padding count, so the divisor is always size².   x [N,H,W,C] -> [N,H',W',C].
template <class T> tensor<T, cpu> average_pool(const tensor<T, cpu>& x, const pool_window& p) {
    const shape &xs = x.shape(), ys = pooled(xs, p);
    auto y = tensor<T, cpu>::uninitialized(ys);
    sum_over_ranges(x.data(), xs, y.write(), ys, window_ranges(xs[1], ys[1], p), window_ranges(xs[2], ys[2], p), T(1) / T(p.size * p.size));
    return y;
}
/// Its transpose: every input collects from the windows that cover it.
template <class T> tensor<T, cpu> average_pool_transpose(const tensor<T, cpu>& y, const shape& xs, const pool_window& p) {
    const shape& ys = y.shape();
    require(pooled(xs, p) == ys, "average pool transposed: ", xs, " gives ", pooled(xs, p), " but the operand is ", ys);
    auto x = tensor<T, cpu>::uninitialized(xs);
    sum_over_ranges(y.data(), ys, x.write(), xs, covering_ranges(xs[1], ys[1], p), covering_ranges(xs[2], ys[2], p), T(1) / T(p.size * p.size));
    return x;
}

/// For each output of a maximum pool, the flat index in x of the element it takes: the first maximum of its window, padding left out.
template <class T> std::shared_ptr<const std::vector<std::uint32_t>> max_pool_index(const tensor<T, cpu>& x, const pool_window& p) {
    const shape &xs = x.shape(), ys = pooled(xs, p);
    require(x.size() <= std::numeric_limits<std::uint32_t>::max(), "max pool: ", xs, " has more elements than a 32-bit index can name");
    require(p.padding < p.size, "max pool: a window of ", p.size, " with padding ", p.padding, " may hold no element; padding < size was expected");
    const auto rows = window_ranges(xs[1], ys[1], p), columns = window_ranges(xs[2], ys[2], p);
    auto index = std::make_shared<std::vector<std::uint32_t>>(ys.size());
    const T* in = x.data();
    std::uint32_t* out = index->data();
    const std::size_t channels = xs[3];
#pragma omp parallel for schedule(static) if (xs.size() > worth_threads)
    for (std::size_t row = 0; row < ys[0] * ys[1]; ++row) {
        const auto [top, bottom] = rows[row % ys[1]];
        const std::size_t image = row / ys[1] * xs.row_size();
        for (std::size_t column = 0; column < ys[2]; ++column) {
            const auto [left, right] = columns[column];
            std::uint32_t* best = out + (row * ys[2] + column) * channels;
            for (std::size_t c = 0; c < channels; ++c) best[c] = static_cast<std::uint32_t>(image + (top * xs[2] + left) * channels + c);
            for (std::size_t iy = top; iy < bottom; ++iy)
                for (std::size_t ix = left; ix < right; ++ix)
                    for (std::size_t c = 0; c < channels; ++c) {
                        const std::size_t at = image + (iy * xs[2] + ix) * channels + c;
                        if (in[at] > in[best[c]] || (in[at] != in[at] && in[best[c]] == in[best[c]])) best[c] = static_cast<std::uint32_t>(at);
                    }
        }
    }
    return index;
}

/// y[k] = x[index[k]].
template <class T> tensor<T, cpu> gather(const tensor<T, cpu>& x, const std::shared_ptr<const std::vector<std::uint32_t>>& index, const shape& ys) {
    require(index->size() == ys.size(), "gather: ", index->size(), " indices for shape ", ys);
    auto y = tensor<T, cpu>::uninitialized(ys);
    const T* in = x.data();
    T* out = y.write();
    const std::uint32_t* at = index->data();
#pragma omp parallel for schedule(static) if (ys.size() > worth_threads)
    for (std::size_t k = 0; k < ys.size(); ++k) out[k] = in[at[k]];
    return y;
}
/// Its transpose: x[index[k]] += y[k], in order.
template <class T> tensor<T, cpu> scatter_add(const tensor<T, cpu>& y, const std::shared_ptr<const std::vector<std::uint32_t>>& index,
                                              const shape& xs) {
    require(index->size() == y.size(), "scatter_add: ", index->size(), " indices for ", y.shape());
    tensor<T, cpu> x(xs);
    T* out = x.write();
    const T* in = y.data();
    for (std::size_t k = 0; k < y.size(); ++k) out[(*index)[k]] += in[k];
    return x;
}

/// Between which two inputs an output lies, and how near the second.
template <class T> struct interpolation { std::size_t first, second; T weight; };

/// Corners on corners: output o lies at o (inputs - 1) / (outputs - 1).
template <class T> std::vector<interpolation<T>> aligned_corners(std::size_t inputs, std::size_t outputs) {
    std::vector<interpolation<T>> taps(outputs);
    const std::size_t gaps = outputs > 1 ? outputs - 1 : 1;
    for (std::size_t o = 0; o < outputs; ++o) {
        const std::size_t first = o * (inputs - 1) / gaps;
        taps[o] = {first, std::min(first + 1, inputs - 1), static_cast<T>(o * (inputs - 1) % gaps) / static_cast<T>(gaps)};
    }
    return taps;
}

/// Bilinear interpolation with corners on corners (PyTorch: align_corners = True).   x [N,H,W,C] -> [N,h,w,C].
template <class T> tensor<T, cpu> resize_bilinear(const tensor<T, cpu>& x, std::size_t height, std::size_t width) {
    const shape& xs = x.shape();
    require(xs.rank() == 4, "resize: x is ", xs, "; [N,H,W,C] was expected");
    if (xs[1] == height && xs[2] == width) return x;
    const auto rows = aligned_corners<T>(xs[1], height), columns = aligned_corners<T>(xs[2], width);
    const std::size_t channels = xs[3];
    auto y = tensor<T, cpu>::uninitialized({xs[0], height, width, channels});
    const T* in = x.data();
    T* out = y.write();
#pragma omp parallel for schedule(static) if (y.size() > worth_threads)
    for (std::size_t row = 0; row < xs[0] * height; ++row) {
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
    }
    return y;
}
/// Its transpose.   y [N,h,w,C] -> x_shape.
template <class T> tensor<T, cpu> resize_bilinear_transpose(const tensor<T, cpu>& y, const shape& xs) {
    const shape& ys = y.shape();
    require(xs.rank() == 4 && ys.rank() == 4 && xs[0] == ys[0] && xs[3] == ys[3], "resize transposed: ", ys, " to ", xs,
            "; samples or channels differ");
    if (xs == ys) return y;
    const auto rows = aligned_corners<T>(xs[1], ys[1]), columns = aligned_corners<T>(xs[2], ys[2]);
    const std::size_t channels = xs[3];
    tensor<T, cpu> x(xs);
    const T* in = y.data();
    T* out = x.write();
#pragma omp parallel for schedule(static) if (ys.size() > worth_threads)
    for (std::size_t n = 0; n < xs[0]; ++n)
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
    return x;
}

/// Every pixel becomes factor² of its kind.   x [N,H,W,C] -> [N, factor H, factor W, C].
template <class T> tensor<T, cpu> resize_nearest(const tensor<T, cpu>& x, std::size_t factor) {
    const shape& xs = x.shape();
    require(xs.rank() == 4 && factor > 0, "resize: x is ", xs, ", factor ", factor, "; [N,H,W,C] and a positive factor were expected");
    const shape ys{xs[0], xs[1] * factor, xs[2] * factor, xs[3]};
    auto y = tensor<T, cpu>::uninitialized(ys);
    const T* in = x.data();
    T* out = y.write();
#pragma omp parallel for schedule(static) if (ys.size() > worth_threads)
    for (std::size_t row = 0; row < ys[0] * ys[1]; ++row)
        for (std::size_t column = 0; column < ys[2]; ++column)
            std::copy_n(in + (row / factor * xs[2] + column / factor) * xs[3], xs[3], out + (row * ys[2] + column) * xs[3]);
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
