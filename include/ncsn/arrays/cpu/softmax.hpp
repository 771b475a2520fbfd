// SPDX-License-Identifier: Apache-2.0
/// \file  Softmax of rows and its adjoint, a row at a time in the cache.
#pragma once

#include <ncsn/arithmetic/elementary.hpp>
#include <ncsn/arrays/cpu/parallel.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <algorithm>
#include <array>

namespace ncsn {

/// The sum of term(0) ... term(n - 1): sixteen partial sums in T, these in double, in an order that does not depend on the machine.
template <class T, class Term> double row_sum_of(std::size_t n, Term term) {
    std::array<T, 16> part{};
    std::size_t k = 0;
    for (; k + part.size() <= n; k += part.size())
        for (std::size_t j = 0; j < part.size(); ++j) part[j] += term(k + j);
    double sum = 0;
    for (; k < n; ++k) sum += term(k);
    for (const T each : part) sum += each;
    return sum;
}

/// y = exp(f x)/Σ exp(f x) over each row of x [rows, ...], f > 0. The largest term is taken out first, so nothing overflows.
template <class T> tensor<T, cpu> softmax_of_rows(const tensor<T, cpu>& x, double factor) {
    const std::size_t rows = x.shape()[0], n = x.shape().row_size();
    auto y = tensor<T, cpu>::uninitialized(x.shape());
    const T f = static_cast<T>(factor), *const in = x.data();
    T* const out = y.write();
    if (n == 0) return y;
    for_each_block(rows, std::max<std::size_t>(1, parallel_grain / n), [=](std::size_t begin, std::size_t end) {
        for (std::size_t r = begin; r < end; ++r) {
            const T* __restrict const from = in + r * n;
            T* __restrict const to = out + r * n;
            std::array<T, 16> best;
            best.fill(from[0]);
            std::size_t k = 0;
            for (; k + best.size() <= n; k += best.size())
                for (std::size_t j = 0; j < best.size(); ++j) best[j] = from[k + j] > best[j] ? from[k + j] : best[j];
            for (; k < n; ++k) best[0] = from[k] > best[0] ? from[k] : best[0];
            const T largest = *std::max_element(best.begin(), best.end());
            for (k = 0; k < n; ++k) to[k] = falling_exponential(f * (from[k] - largest));
            const T share = static_cast<T>(1 / row_sum_of<T>(n, [=](std::size_t i) { return to[i]; }));
            for (k = 0; k < n; ++k) to[k] *= share;
        }
    });
    return y;
}

/// x̄ = f y (ȳ - Σ ȳ y) over each row: the adjoint of x from that of y = softmax_of_rows(x, f).
template <class T> tensor<T, cpu> softmax_of_rows_adjoint(const tensor<T, cpu>& y_adjoint, const tensor<T, cpu>& y, double factor) {
    const std::size_t rows = y.shape()[0], n = y.shape().row_size();
    require(y_adjoint.shape() == y.shape(), "softmax adjoint: y is ", y.shape(), " but the adjoint is ", y_adjoint.shape());
    auto x = tensor<T, cpu>::uninitialized(y.shape());
    const T f = static_cast<T>(factor), *const values = y.data(), *const adjoints = y_adjoint.data();
    T* const out = x.write();
    for_each_block(rows, std::max<std::size_t>(1, parallel_grain / std::max<std::size_t>(1, n)), [=](std::size_t begin, std::size_t end) {
        for (std::size_t r = begin; r < end; ++r) {
            const T *__restrict const value = values + r * n, *__restrict const adjoint = adjoints + r * n;
            T* __restrict const to = out + r * n;
            const T along = static_cast<T>(row_sum_of<T>(n, [=](std::size_t k) { return adjoint[k] * value[k]; }));
            for (std::size_t k = 0; k < n; ++k) to[k] = f * value[k] * (adjoint[k] - along);
        }
    });
    return x;
}

}  // namespace ncsn
