// SPDX-License-Identifier: Apache-2.0
/// \file  Sums over rectangles of an image: what a mean pool, its transpose and a transposed resizing have in common.
#pragma once

#include <ncsn/arrays/cpu/parallel.hpp>
#include <ncsn/arrays/cpu/scratch.hpp>
#include <ncsn/arrays/windows.hpp>

#include <algorithm>
#include <span>
#include <vector>

namespace ncsn {

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
    const std::size_t channels = in[3], width = in[2] * channels, jobs = out[0] * out[1];
    const worker_scratch<T> lines{workers_for(jobs, out.size()), width};
    for_each_job(jobs, out.size(), [&, channels, width](std::size_t row, std::size_t worker) {
        const std::size_t n = row / out[1];
        const auto [first, last] = rows[row % out[1]];
        T* const own = lines[worker];
        const T* sums = own;
        std::size_t r = first;
        const auto source = [&](std::size_t a) { return from + (n * in[1] + a) * width; };
        if (first + 1 == last) {
            sums = source(r++);
        } else if (last - r >= 5 && first < last) {                                 // the 5x5 window of RefineNet in one visit
            const T *a = source(r), *b = a + width, *c = b + width, *d = c + width, *e = d + width;
            for (std::size_t k = 0; k < width; ++k) own[k] = a[k] + b[k] + c[k] + d[k] + e[k];
            r += 5;
        } else if (first < last) {
            const T *a = source(r), *b = a + width;
            for (std::size_t k = 0; k < width; ++k) own[k] = a[k] + b[k];
            r += 2;
        } else {
            std::fill_n(own, width, T(0));
        }
        for (; r < last; ++r) {
            const T* a = source(r);
            for (std::size_t k = 0; k < width; ++k) own[k] += a[k];
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
            if (right - left == 1 || right - left == 2) {                       // halving and its transpose; 0 + x has no negative zeros
                const T *a = sums + left * channels, *b = a + channels;
                if (right - left == 1) for (std::size_t c = 0; c < channels; ++c) target[c] = scale * (T(0) + a[c]);
                else for (std::size_t c = 0; c < channels; ++c) target[c] = scale * (T(0) + a[c] + b[c]);
                continue;
            }
            std::fill_n(target, channels, T(0));
            for (std::size_t b = left; b < right; ++b)
                for (std::size_t c = 0; c < channels; ++c) target[c] += sums[b * channels + c];
            for (std::size_t c = 0; c < channels; ++c) target[c] *= scale;
        }
    });
}

}  // namespace ncsn
