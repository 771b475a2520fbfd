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

/// The largest element of each window, padding left out: the value of max_pool without a list of who it was.
template <class T> tensor<T, cpu> max_pool(const tensor<T, cpu>& x, const pool_window& p) {
    const shape &xs = x.shape(), ys = max_pooled(xs, p);
    const auto rows = window_ranges(xs[1], ys[1], p), columns = window_ranges(xs[2], ys[2], p);
    auto y = tensor<T, cpu>::uninitialized(ys);
    const T* in = x.data();
    T* out = y.write();
    const std::size_t channels = xs[3];
    for_each_job(ys[0] * ys[1], xs.size(), [&, channels](std::size_t row, std::size_t) {
        const auto [top, bottom] = rows[row % ys[1]];
        const T* image = in + row / ys[1] * xs.row_size();
        for (std::size_t column = 0; column < ys[2]; ++column) {
            const auto [left, right] = columns[column];
            T* best = out + (row * ys[2] + column) * channels;
            std::copy_n(image + (top * xs[2] + left) * channels, channels, best);
            for (std::size_t iy = top; iy < bottom; ++iy)
                for (std::size_t ix = left; ix < right; ++ix) {
                    const T* at = image + (iy * xs[2] + ix) * channels;
                    for (std::size_t c = 0; c < channels; ++c) best[c] = at[c] > best[c] || at[c] != at[c] ? at[c] : best[c];
                }
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
    const std::size_t channels = xs[3];
    for_each_job(ys[0] * ys[1], xs.size(), [&, channels](std::size_t row, std::size_t) {
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
/// Its transpose: x[index[k]] += y[k], in order.
template <class T> tensor<T, cpu> scatter_add(const tensor<T, cpu>& y, const pool_choice<cpu>& choice, const shape& xs) {
    require(choice.index.size() == y.size(), "scatter_add: ", choice.index.size(), " indices for ", y.shape());
    tensor<T, cpu> x(xs);
    T* out = x.write();
    const T* in = y.data();
    const std::uint32_t* at = choice.index.data();
    for (std::size_t k = 0; k < y.size(); ++k) out[at[k]] += in[k];
    return x;
}

}  // namespace ncsn
