// SPDX-License-Identifier: Apache-2.0
/// \file  Sums over axes and their transposes on the CPU.
#pragma once

#include <ncsn/arrays/cpu/elementwise.hpp>

#include <vector>

namespace ncsn {

/// x summed over the axes that `s` does not have (or has with extent 1): the transpose of expand_to. Accumulates in double.
template <class T> tensor<T, cpu> reduce_to(const tensor<T, cpu>& x, const shape& s) {
    if (x.shape() == s) return x;
    require(broadcast("reduce_to", x.shape(), s) == x.shape(), "reduce_to: ", x.shape(), " cannot be summed to ", s);
    const broadcast_walk walk{x.shape(), s, x.shape()};
    std::vector<double> sums(s.size(), 0.0);
    const std::size_t n = walk.axes[0].extent;
    const bool keep = walk.axes[0].left != 0;
    walk.runs(0, walk.run_count(), [&](std::size_t at, std::size_t, std::size_t from) {
        const T* __restrict in = x.data() + from;
        double* __restrict out = sums.data() + at;
        if (keep) for (std::size_t i = 0; i < n; ++i) out[i] += static_cast<double>(in[i]);
        else {
            std::array<double, 16> partial{};                                       // a fixed order of summation that still vectorises
            std::size_t i = 0;
            for (; i + partial.size() <= n; i += partial.size())
                for (std::size_t k = 0; k < partial.size(); ++k) partial[k] += static_cast<double>(in[i + k]);
            double rest = 0;
            for (; i < n; ++i) rest += static_cast<double>(in[i]);
            for (const double sum : partial) rest += sum;
            *out += rest;
        }
    });
    auto y = tensor<T, cpu>::uninitialized(s);
    std::copy(sums.begin(), sums.end(), y.write());
    return y;
}

/// x repeated over the axes of `s` that it does not have.
template <class T> tensor<T, cpu> expand_to(const tensor<T, cpu>& x, const shape& s) {
    if (x.shape() == s) return x;
    require(broadcast("expand_to", x.shape(), s) == s, "expand_to: ", x.shape(), " cannot be repeated to ", s);
    const broadcast_walk walk{s, x.shape(), x.shape()};
    auto y = tensor<T, cpu>::uninitialized(s);
    T* const out = y.write();
    const std::size_t n = walk.axes[0].extent, step = walk.axes[0].left != 0;
    walk.runs(0, walk.run_count(), [&](std::size_t at, std::size_t, std::size_t to) {
        for (std::size_t i = 0; i < n; ++i) out[to + i] = x.data()[at + i * step];
    });
    return y;
}

/// The largest element of each sample: [N, ...] -> [N, 1].
template <class T> tensor<T, cpu> row_maximum(const tensor<T, cpu>& x) {
    const std::size_t rows = x.shape()[0], n = x.shape().row_size();
    auto y = tensor<T, cpu>::uninitialized({rows, 1});
    for (std::size_t r = 0; r < rows; ++r) y.write()[r] = *std::max_element(x.data() + r * n, x.data() + (r + 1) * n);
    return y;
}

/// Whether every element is a finite number.
template <class T> bool all_finite(const tensor<T, cpu>& x) {
    bool finite = true;
    for (const T value : x.values()) finite &= value - value == T(0);
    return finite;
}

}  // namespace ncsn
