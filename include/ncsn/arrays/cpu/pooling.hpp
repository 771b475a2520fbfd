// SPDX-License-Identifier: Apache-2.0
/// \file  Mean and maximum pools of NHWC images on the host, each with its transpose.
#pragma once

#include <ncsn/arrays/cpu/window_sums.hpp>
#include <ncsn/arrays/pool_choice.hpp>

#include <cstdint>

namespace ncsn {

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

/// Mean over the pixels of each window, padding left out of sum and divisor (TensorFlow's SAME; PyTorch: count_include_pad = False). Value only.
template <class T> tensor<T, cpu> average_pool_inside(const tensor<T, cpu>& x, const pool_window& p) {
    const shape &xs = x.shape(), ys = max_pooled(xs, p);
    const auto rows = window_ranges(xs[1], ys[1], p), columns = window_ranges(xs[2], ys[2], p);
    auto y = tensor<T, cpu>::uninitialized(ys);
    T* out = y.write();
    sum_over_ranges(x.data(), xs, out, ys, rows, columns, T(1));
    const std::size_t channels = xs[3];
    for_each_job(ys[0] * ys[1], ys.size(), [&, channels](std::size_t row, std::size_t) {
        const std::size_t high = rows[row % ys[1]].last - rows[row % ys[1]].first;
        for (std::size_t column = 0; column < ys[2]; ++column) {
            const T share = T(1) / static_cast<T>(high * (columns[column].last - columns[column].first));
            T* to = out + (row * ys[2] + column) * channels;
            for (std::size_t c = 0; c < channels; ++c) to[c] *= share;
        }
    });
    return y;
}

/// Largest elements of windows, first down the columns, then along the row; what is no number is larger than all numbers.
struct largest_of_windows {
    /// Whether v, which comes later in the window than best, takes its place; of equal ones the earlier stays.
    template <class T> static bool larger(T v, T best) {
        return (v > best) | ((v != v) & (best == best));                            // without a branch
    }

    /// best[k] = the largest of in[row][k], at[k] its flat index, for rows of `width` from `first` on.
    template <class T> static void down(const T* __restrict in, std::size_t first, std::size_t rows, std::size_t width, T* __restrict best,
                                        std::uint32_t* __restrict at) {
        std::copy_n(in + first, width, best);
        for (std::size_t k = 0; k < width; ++k) at[k] = static_cast<std::uint32_t>(first + k);
        for (std::size_t r = 1; r < rows; ++r) {
            const std::size_t start = first + r * width;
            for (std::size_t k = 0; k < width; ++k) {
                const T v = in[start + k];
                const bool better = larger(v, best[k]);
                best[k] = better ? v : best[k];
                at[k] = better ? static_cast<std::uint32_t>(start + k) : at[k];
            }
        }
    }
    /// The same without indices.
    template <class T> static void down(const T* __restrict in, std::size_t first, std::size_t rows, std::size_t width, T* __restrict best) {
        std::copy_n(in + first, width, best);
        for (std::size_t r = 1; r < rows; ++r)
            for (std::size_t k = 0; k < width; ++k) {
                const T v = in[first + r * width + k];
                best[k] = larger(v, best[k]) ? v : best[k];
            }
    }
    /// The largest of so many columns of `channels` numbers and its index; of equal ones the first in the image.
    template <class T> static void across(const T* __restrict line, const std::uint32_t* __restrict of, std::size_t columns, std::size_t channels,
                                          T* __restrict best, std::uint32_t* __restrict at) {
        std::copy_n(line, channels, best);
        std::copy_n(of, channels, at);
        for (std::size_t k = 1; k < columns; ++k)
            for (std::size_t c = 0; c < channels; ++c) {
                const T v = line[k * channels + c];
                const std::uint32_t i = of[k * channels + c];
                const bool better = larger(v, best[c]) | (!larger(best[c], v) & (i < at[c]));
                best[c] = better ? v : best[c];
                at[c] = better ? i : at[c];
            }
    }
};

/// The largest element of each window, padding left out: the value of max_pool without a list of who it was.
template <class T> tensor<T, cpu> max_pool(const tensor<T, cpu>& x, const pool_window& p) {
    const shape &xs = x.shape(), ys = max_pooled(xs, p);
    const auto rows = window_ranges(xs[1], ys[1], p), columns = window_ranges(xs[2], ys[2], p);
    auto y = tensor<T, cpu>::uninitialized(ys);
    const T* in = x.data();
    T* out = y.write();
    const std::size_t channels = xs[3], width = xs[2] * channels, jobs = ys[0] * ys[1];
    const worker_scratch<T> lines{workers_for(jobs, xs.size()), width};
    for_each_job(jobs, xs.size(), [&, channels, width](std::size_t row, std::size_t worker) {
        const auto [top, bottom] = rows[row % ys[1]];
        T* const line = lines[worker];
        largest_of_windows::down(in, row / ys[1] * xs.row_size() + top * width, bottom - top, width, line);
        for (std::size_t column = 0; column < ys[2]; ++column) {
            const auto [left, right] = columns[column];
            largest_of_windows::down(line, left * channels, right - left, channels, out + (row * ys[2] + column) * channels);
        }
    });
    return y;
}

/// For each output of a maximum pool, the flat index in x of the element it takes: the first maximum of its window, padding left out.
template <class T> pool_choice<cpu> max_pool_index(const tensor<T, cpu>& x, const pool_window& p) {
    const shape &xs = x.shape(), ys = max_pooled(xs, p);
    const auto rows = window_ranges(xs[1], ys[1], p), columns = window_ranges(xs[2], ys[2], p);
    pool_choice<cpu> choice{tensor<std::uint32_t, cpu>::uninitialized(ys), p};
    const T* in = x.data();
    std::uint32_t* out = choice.index.write();
    const std::size_t channels = xs[3], width = xs[2] * channels, jobs = ys[0] * ys[1];
    const worker_scratch<T> lines{workers_for(jobs, xs.size()), width + channels};
    const worker_scratch<std::uint32_t> places{workers_for(jobs, xs.size()), width};
    for_each_job(jobs, xs.size(), [&, channels, width](std::size_t row, std::size_t worker) {
        const auto [top, bottom] = rows[row % ys[1]];
        T* const line = lines[worker];
        std::uint32_t* const place = places[worker];
        largest_of_windows::down(in, row / ys[1] * xs.row_size() + top * width, bottom - top, width, line, place);
        for (std::size_t column = 0; column < ys[2]; ++column) {
            const auto [left, right] = columns[column];
            largest_of_windows::across(line + left * channels, place + left * channels, right - left, channels, line + width,
                                   out + (row * ys[2] + column) * channels);
        }
    });
    return choice;
}

/// y[k] = x[index[k]].
template <class T> tensor<T, cpu> gather(const tensor<T, cpu>& x, const pool_choice<cpu>& choice, const shape& ys) {
    require(choice.index.size() == ys.size(), "gather: ", choice.index.size(), " indices for shape ", ys);
    auto y = tensor<T, cpu>::uninitialized(ys);
    const T* in = x.data();
    T* out = y.write();
    const std::uint32_t* at = choice.index.data();
    for_each_block(ys.size(), parallel_grain, [=](std::size_t begin, std::size_t end) {
        for (std::size_t k = begin; k < end; ++k) out[k] = in[at[k]];
    });
    return y;
}
/// Its transpose: x[index[k]] += y[k], in order. What a sample of y took is of the same sample of x.
template <class T> tensor<T, cpu> scatter_add(const tensor<T, cpu>& y, const pool_choice<cpu>& choice, const shape& xs) {
    require(choice.index.size() == y.size(), "scatter_add: ", choice.index.size(), " indices for ", y.shape());
    tensor<T, cpu> x(xs);
    T* out = x.write();
    const T* in = y.data();
    const std::uint32_t* at = choice.index.data();
    const shape& samples = choice.index.shape();                                    // whose windows overlap within a sample only
    for_each_job(samples[0], y.size(), [=, row = samples.row_size()](std::size_t n, std::size_t) {
        for (std::size_t k = n * row; k < (n + 1) * row; ++k) out[at[k]] += in[k];
    });
    return x;
}

}  // namespace ncsn
