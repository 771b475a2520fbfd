// SPDX-License-Identifier: Apache-2.0
/// \file  The nearest samples of a data set: whether a model copies.
#pragma once

#include <ncsn/arrays/parallel.hpp>
#include <ncsn/arrays/reductions.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <cmath>
#include <vector>

namespace ncsn {

/// A sample of the data and how far it is: Euclidean distance over all numbers of a sample.
struct neighbour {
    std::size_t index;
    double distance;
};

/// For each query the k nearest rows of the data, nearest first; of equal ones the earlier.   queries: [M, ...], data: [N, ...] -> M lists of k.
/// Differences are taken before they are squared, so copies have distance 0 exactly. M N D operations.
template <Array A> std::vector<std::vector<neighbour>> nearest(const A& queries_there, const A& data_there, std::size_t k) {
    const auto queries = on_device<cpu>(queries_there), data = on_device<cpu>(data_there);
    const std::size_t n = data.shape().rank() == 0 ? 0 : data.shape()[0], d = data.shape().row_size();
    require(queries.shape().rank() == data.shape().rank() && queries.shape().with_rows(n) == data.shape(), "nearest: queries are ", queries.shape(),
            " but the data are ", data.shape(), "; samples of one shape were expected");
    require(all_finite(queries) && all_finite(data), "nearest: ", all_finite(queries) ? "the data hold" : "the queries hold",
            " what is not finite, which is near to nothing");
    require(k >= 1 && k <= n, "nearest: ", k, " neighbours among ", n, " samples were asked for");
    std::vector<std::vector<neighbour>> result(queries.shape()[0]);
    std::vector<double> squares(n);
    for (std::size_t q = 0; q < result.size(); ++q) {
        const auto* const query = queries.data() + q * d;
        for_each_block(n, std::max<std::size_t>(1, parallel_grain / std::max<std::size_t>(1, d)), [&](std::size_t begin, std::size_t end) {
            for (std::size_t i = begin; i < end; ++i) {
                const auto* const row = data.data() + i * d;
                double distance = 0;
                for (std::size_t j = 0; j < d; ++j) {
                    const double difference = static_cast<double>(row[j]) - static_cast<double>(query[j]);
                    distance += difference * difference;
                }
                squares[i] = distance;
            }
        });
        std::vector<std::size_t> order(n);
        for (std::size_t i = 0; i < n; ++i) order[i] = i;
        std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k), order.end(), [&squares](std::size_t a, std::size_t b) {
            return squares[a] < squares[b] || (squares[a] == squares[b] && a < b);
        });
        for (std::size_t i = 0; i < k; ++i) result[q].push_back({order[i], std::sqrt(squares[order[i]])});
    }
    return result;
}

}  // namespace ncsn
