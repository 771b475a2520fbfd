// SPDX-License-Identifier: Apache-2.0
/// \file  The kernel distance of two sets of features, which is called KID where they are Inception's.
#pragma once

#include <ncsn/arithmetic/philox.hpp>
#include <ncsn/arrays/eigen.hpp>
#include <ncsn/arrays/parallel.hpp>
#include <ncsn/arrays/reductions.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

namespace ncsn {

/// The mean over blocks, and how certain it is.
struct kernel_distance_result {
    double value, block_deviation, standard_error;  ///< the deviation of one block; of the mean, 0 where there is one block
    std::size_t blocks;
};

/// The squared maximum mean discrepancy of the kernel k(a, b) = (a·b/D + 1)³, without bias (Bińkowski et al. 2018):
///     Σ_{i≠j} k(xᵢ, xⱼ)/(n (n-1)) + Σ_{i≠j} k(yᵢ, yⱼ)/(m (m-1)) - 2 Σ_{ij} k(xᵢ, yⱼ)/(n m),
/// for blocks of about `block` of the smaller set, which share out both sets in a random order. Where both are of one law its mean is 0, and it is
/// often negative. The blocks are independent, so that their spread is honest.   x: [N, D], y: [M, D], two or more.   2 (N + M) block D operations.
template <Array A> kernel_distance_result kernel_distance(const A& x_there, const A& y_there, philox rng, std::size_t block = 1000) {
    using T = typename A::value_type;
    using matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const auto x = on_device<cpu>(x_there), y = on_device<cpu>(y_there);
    const shape &s = x.shape(), &t = y.shape();
    require(s.rank() == 2 && t.rank() == 2 && s[1] > 0 && s[1] == t[1] && s[0] >= 2 && t[0] >= 2, "kernel_distance: features ", s, " and ", t,
            "; [N,D] and [M,D], two or more of each, were expected");
    require(block >= 2, "kernel_distance: blocks of ", block, "; two or more were expected");
    require(all_finite(x) && all_finite(y), "kernel_distance: the features hold what is not finite");
    const std::size_t features = s[1], blocks = std::max<std::size_t>(1, std::min(s[0], t[0]) / block);
    const auto order = [&](std::size_t n) {                                         // Fisher & Yates
        std::vector<std::size_t> rows(n);
        std::iota(rows.begin(), rows.end(), std::size_t{0});
        for (std::size_t i = n - 1; i > 0; --i)
            std::swap(rows[i], rows[static_cast<std::size_t>(half_open_unit<double>(rng.word(i)) * static_cast<double>(i + 1))]);
        ++rng.draw;
        return rows;
    };
    const auto x_rows = order(s[0]), y_rows = order(t[0]);
    std::vector<double> found(blocks);
    for_each_job(blocks, std::numeric_limits<std::size_t>::max(), [&](std::size_t b, std::size_t) {
        const auto part = [&](const tensor<T, cpu>& from, const std::vector<std::size_t>& rows) {
            const std::size_t begin = b * rows.size() / blocks, end = (b + 1) * rows.size() / blocks;
            matrix m(static_cast<Eigen::Index>(end - begin), static_cast<Eigen::Index>(features));
            double* to = m.data();
            for (std::size_t i = begin; i < end; ++i)
                for (std::size_t k = 0; k < features; ++k) *to++ = static_cast<double>(from[rows[i] * features + k]);
            return m;
        };
        const matrix first = part(x, x_rows), second = part(y, y_rows);
        const auto kernel = [&](const matrix& p, const matrix& q) -> matrix {
            const matrix inner = p * q.transpose();
            return (inner.array() / static_cast<double>(features) + 1).cube();
        };
        const auto within = [&](const matrix& p) {
            const matrix k = kernel(p, p);
            const double n = static_cast<double>(p.rows());
            return (k.sum() - k.trace()) / (n * (n - 1));
        };
        found[b] = within(first) + within(second) - 2 * kernel(first, second).mean();
    });
    const double n = static_cast<double>(blocks);
    kernel_distance_result result{0, 0, 0, blocks};
    for (const double v : found) result.value += v / n;
    require(std::isfinite(result.value), "kernel_distance: the features are finite, but their products are not; a smaller scale was expected");
    if (blocks == 1) return result;
    for (const double v : found) result.block_deviation += (v - result.value) * (v - result.value) / (n - 1);
    result.block_deviation = std::sqrt(result.block_deviation);
    result.standard_error = result.block_deviation / std::sqrt(n);
    return result;
}

}  // namespace ncsn
