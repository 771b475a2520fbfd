// SPDX-License-Identifier: Apache-2.0
/// \file  How samples are shared out among the modes of a mixture.
#pragma once

#include <ncsn/models/gaussian_mixture.hpp>

namespace ncsn {

/// For each mean of the mixture the fraction of points that lie nearest to it.   x: [N, D].
template <Array A> std::vector<double> mode_weights(const gaussian_mixture<A>& mixture, const A& x) {
    const A& means = mixture.means();
    const std::size_t n = x.shape()[0], D = means.shape()[1], K = means.shape()[0];
    require(x.shape() == shape{n, D}, "mode_weights: x is ", x.shape(), "; [N,", D, "] was expected");
    std::vector<double> weights(K, 0.0);
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
        weights[nearest] += 1.0 / static_cast<double>(n);
    }
    return weights;
}

}  // namespace ncsn
