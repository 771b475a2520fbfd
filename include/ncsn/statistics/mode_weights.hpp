// SPDX-License-Identifier: Apache-2.0
/// \file  How samples are shared out among the modes of a mixture, and how wide each share is.
#pragma once

#include <ncsn/autodiff/structure.hpp>
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/statistics/moments.hpp>

#include <cmath>
#include <limits>
#include <vector>

namespace ncsn {

/// For each mean of the mixture the points that lie nearest to it, by number.   x: [N, D].
template <Array A> std::vector<std::vector<std::size_t>> points_by_mode(const gaussian_mixture<A>& mixture, const A& x) {
    const A& means = mixture.means();
    const std::size_t n = x.shape().rank() == 0 ? 0 : x.shape()[0], D = means.shape()[1], K = means.shape()[0];
    require(n > 0 && x.shape() == shape{n, D}, "points_by_mode: x is ", x.shape(), "; [N,", D, "] with at least one point was expected");
    require(all_finite(x), "points_by_mode: the points hold what is not finite, which is near to no mode");
    std::vector<std::vector<std::size_t>> points(K);
    for (std::size_t i = 0; i < n; ++i) {
        std::size_t nearest = 0;
        double smallest = std::numeric_limits<double>::infinity();
        for (std::size_t k = 0; k < K; ++k) {
            double distance = 0;
            for (std::size_t d = 0; d < D; ++d) {
                const double difference = static_cast<double>(x[i * D + d]) - static_cast<double>(means[k * D + d]);
                distance += difference * difference;
            }
            if (distance < smallest) smallest = distance, nearest = k;
        }
        points[nearest].push_back(i);
    }
    return points;
}

/// For each mean of the mixture the fraction of points that lie nearest to it.   x: [N, D].
template <Array A> std::vector<double> mode_weights(const gaussian_mixture<A>& mixture, const A& x) {
    std::vector<double> weights;
    for (const auto& points : points_by_mode(mixture, x)) weights.push_back(static_cast<double>(points.size()) / static_cast<double>(x.shape()[0]));
    return weights;
}

/// For each mean of the mixture the standard deviation of the points nearest to it about their own centre, √(tr C/D) with their covariance C; not a
/// number for fewer than two points.   x: [N, D].
template <Array A> std::vector<double> mode_deviations(const gaussian_mixture<A>& mixture, const A& x) {
    const std::size_t D = mixture.means().shape()[1];
    std::vector<double> deviations;
    for (const auto& points : points_by_mode(mixture, x)) {
        deviations.push_back(std::numeric_limits<double>::quiet_NaN());
        if (points.size() < 2) continue;
        const auto covariance = moments_of(gather_rows(x, std::span<const std::size_t>{points})).covariance;
        double trace = 0;
        for (std::size_t d = 0; d < D; ++d) trace += covariance[d * D + d];
        deviations.back() = std::sqrt(trace / static_cast<double>(D));
    }
    return deviations;
}

}  // namespace ncsn
