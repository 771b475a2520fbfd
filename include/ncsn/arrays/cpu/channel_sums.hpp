// SPDX-License-Identifier: Apache-2.0
/// \file  Sums over positions, one a channel, and sums added to every position.
#pragma once

#include <ncsn/arrays/cpu/parallel.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <algorithm>
#include <vector>

namespace ncsn {

/// sums[j][c] += term_j(position, c) over all positions: eight positions in T, these in double. term(position, c) returns an array of K numbers.
template <std::size_t K, class T, class Term> void channel_sums(std::size_t positions, std::size_t channels, double* sums, Term term) {
    std::size_t p = 0;
    for (; p + 8 <= positions; p += 8)
        for (std::size_t c = 0; c < channels; ++c) {
            T part[K] = {};
            for (std::size_t k = 0; k < 8; ++k) {
                const auto t = term(p + k, c);
                for (std::size_t j = 0; j < K; ++j) part[j] += t[j];
            }
            for (std::size_t j = 0; j < K; ++j) sums[j * channels + c] += part[j];
        }
    for (; p < positions; ++p)
        for (std::size_t c = 0; c < channels; ++c) {
            const auto t = term(p, c);
            for (std::size_t j = 0; j < K; ++j) sums[j * channels + c] += t[j];
        }
}

/// y += b, along the last axis.
template <class T> void add_bias(T* y, std::size_t rows, const tensor<T, cpu>& bias) {
    if (bias.empty()) return;
    const std::size_t channels = bias.size();
    const T* b = bias.data();
    for_each_block(rows, std::max<std::size_t>(1, parallel_grain / channels), [=](std::size_t begin, std::size_t end) {
        for (std::size_t row = begin; row < end; ++row)
            for (std::size_t c = 0; c < channels; ++c) y[row * channels + c] += b[c];
    });
}

/// Rows of one number a channel, added up in double, as a tensor of shape s.
template <class T> tensor<T, cpu> sum_of_rows(const std::vector<T>& rows, std::size_t channels, const shape& s) {
    auto result = tensor<T, cpu>::uninitialized(s);
    T* out = result.write();
    for (std::size_t c = 0; c < channels; ++c) {
        double sum = 0;
        for (std::size_t at = c; at < rows.size(); at += channels) sum += rows[at];
        out[c] = static_cast<T>(sum);
    }
    return result;
}

/// The sum over samples and positions, [N,H,W,O] -> [O]: blocks of 256 positions in T, these in double.
template <class T> tensor<T, cpu> convolve_bias_gradient(const tensor<T, cpu>& y_adjoint) {
    constexpr std::size_t block = 256;
    const std::size_t channels = y_adjoint.shape().back(), rows = channels ? y_adjoint.size() / channels : 0, blocks = (rows + block - 1) / block;
    std::vector<T> partial(blocks * channels);
    const T* y = y_adjoint.data();
    for_each_job(blocks, y_adjoint.size(), [=, sums = partial.data()](std::size_t b, std::size_t) {
        T* sum = sums + b * channels;
        const std::size_t last = std::min(rows, (b + 1) * block);
        std::size_t row = b * block;
        for (; row + 4 <= last; row += 4) {                                         // four rows a visit: the sums stay longer out of memory
            const T* r = y + row * channels;
            for (std::size_t c = 0; c < channels; ++c)
                sum[c] += (r[c] + r[c + channels]) + (r[c + 2 * channels] + r[c + 3 * channels]);
        }
        for (; row < last; ++row)
            for (std::size_t c = 0; c < channels; ++c) sum[c] += y[row * channels + c];
    });
    return sum_of_rows(partial, channels, {channels});
}

}  // namespace ncsn
