// SPDX-License-Identifier: Apache-2.0
/// \file  The largest distance between two samples of a data set: σ₁ by Technique 1 of Song & Ermon (2020).
#pragma once

#include <ncsn/arrays/matmul.hpp>
#include <ncsn/arrays/reductions.hpp>
#include <ncsn/autodiff/arithmetic.hpp>
#include <ncsn/data/dataset.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace ncsn {

/// Two samples of a data set, the first before the second, how far they are from each other, and the share of all pairs that had to be looked at.
struct distant_pair {
    std::size_t first = 0, second = 0;
    double distance = 0, compared = 0;
};

/// max |xᵢ - xⱼ| over a data set, Euclidean over all numbers of a sample, exactly: |xᵢ - xⱼ| <= rᵢ + rⱼ with the distances r from the mean, so that
/// pairs are looked at in blocks from the largest r on, until none is left that could be farther than the farthest so far. A block is a product of
/// matrices in float; where its rounding leaves a doubt the difference is taken in double. N² D operations at most, 4 `block` D numbers of memory;
/// each sample is read about compared · N/block times. progress(share of the samples that are done).
template <Dataset Data, class F>
distant_pair largest_distance(const Data& data, const F& progress, std::size_t block = 1024) {
    const std::size_t n = data.size(), d = data.shape().row_size();
    require(n >= 2, "largest_distance: ", n, " samples; a distance needs at least 2");
    require(block > 0, "largest_distance: blocks of 0 samples; at least 1 was expected");
    using A = tensor<float, cpu>;
    const auto read = [&](const std::vector<std::size_t>& rows, std::size_t first) {
        const std::size_t count = std::min(block, rows.size() - first);
        auto x = on_device<cpu>(data.batch(std::span{rows}.subspan(first, count)));
        require(all_finite(x), "largest_distance: samples ", first, " to ", first + count, " hold what is not finite, which is far from everything");
        return A{map(x, [](auto v) { return static_cast<float>(v); })}.reshaped({count, d});
    };
    std::vector<std::size_t> rows(n);
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    std::vector<double> mean(d), radius(n);
    for (std::size_t at = 0; at < n; at += block) {
        const A x = read(rows, at);
        for (std::size_t i = 0; i < x.shape()[0]; ++i)
            for (std::size_t j = 0; j < d; ++j) mean[j] += static_cast<double>(x[i * d + j]) / static_cast<double>(n);
    }
    const A centre({1, d}, [&] {
        std::vector<float> numbers(mean.begin(), mean.end());
        return numbers;
    }());
    const auto squares_of = [d](const A& x, std::size_t i, const float* y) {
        double sum = 0;
        for (std::size_t j = 0; j < d; ++j) {
            const double difference = static_cast<double>(x[i * d + j]) - static_cast<double>(y[j]);
            sum += difference * difference;
        }
        return sum;
    };
    for (std::size_t at = 0; at < n; at += block) {
        const A x = read(rows, at);
        for (std::size_t i = 0; i < x.shape()[0]; ++i) radius[at + i] = std::sqrt(squares_of(x, i, centre.data()));
    }
    std::stable_sort(rows.begin(), rows.end(), [&radius](std::size_t a, std::size_t b) { return radius[a] > radius[b]; });
    const double widest = radius[rows.front()], most = 1e18;           // squares of more leave what float can hold
    require(widest < most, "largest_distance: a sample lies ", widest, " from the mean; less than ", most, " was expected");

    // |a - b|² = |a|² + |b|² - 2 a·b of samples without their mean: what float may be wrong by, D products and their sums.
    const double rounding = 4 * static_cast<double>(d + 4) * static_cast<double>(std::numeric_limits<float>::epsilon());
    distant_pair found;
    double best = -1, pairs = 0;
    const auto reach = [&](std::size_t a, std::size_t b) {                          // the largest square that two rows may have
        const double sum = (radius[rows[a]] + radius[rows[b]]) * (1 + 1e-12);
        return sum * sum;
    };
    for (std::size_t at = 0; at < n && reach(at, at) > best; at += block) {
        const A x = read(rows, at), a = x - centre;
        for (std::size_t other = at; other < n && reach(at, other) > best; other += block) {
            const A y = other == at ? x : read(rows, other), b = y - centre, dots = product(a, b, transposed::right);
            const std::size_t width = y.shape()[0];
            for (std::size_t i = 0; i < x.shape()[0]; ++i)
                for (std::size_t k = other == at ? i + 1 : 0; k < width; ++k) {
                    const double ri = radius[rows[at + i]], rk = radius[rows[other + k]], sizes = ri * ri + rk * rk;
                    if (sizes - 2 * static_cast<double>(dots[i * width + k]) + rounding * sizes <= best) continue;
                    const double squares = squares_of(x, i, y.data() + k * d);
                    if (squares <= best) continue;
                    best = squares;
                    found = {std::min(rows[at + i], rows[other + k]), std::max(rows[at + i], rows[other + k]), std::sqrt(squares), 0};
                }
            pairs += static_cast<double>(x.shape()[0]) * static_cast<double>(width) / (other == at ? 2 : 1);
        }
        progress(static_cast<double>(std::min(at + block, n)) / static_cast<double>(n));
    }
    found.compared = std::min(1.0, pairs / (0.5 * static_cast<double>(n) * static_cast<double>(n - 1)));
    return found;
}
template <Dataset Data> distant_pair largest_distance(const Data& data) {
    return largest_distance(data, [](double) {});
}

}  // namespace ncsn
