// SPDX-License-Identifier: Apache-2.0
/// \file  Mean and covariance of points.
#pragma once

#include <ncsn/arrays/eigen.hpp>
#include <ncsn/arrays/reductions.hpp>
#include <ncsn/arrays/tensor.hpp>

namespace ncsn {

/// The first two moments of a distribution on D coordinates, in double.
struct moments {
    tensor<double, cpu> mean;        ///< [D]
    tensor<double, cpu> covariance;  ///< [D, D]
};

/// Mean and unbiased covariance, Σ (x - m)(x - m)ᵀ / (N - 1).   x: [N, D], N >= 2.
template <Array A> moments moments_of(const A& points_on_device) {
    const auto x = on_device<cpu>(points_on_device);
    require(x.shape().rank() == 2 && x.shape()[0] >= 2, "moments_of: x is ", x.shape(), "; [N,D] with at least two points was expected");
    require(all_finite(x), "moments_of: the points hold what is not finite");
    using matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const auto n = static_cast<Eigen::Index>(x.shape()[0]), d = static_cast<Eigen::Index>(x.shape()[1]);
    matrix points = Eigen::Map<const Eigen::Matrix<typename A::value_type, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>{x.data(), n, d}
                        .template cast<double>();
    moments result{tensor<double, cpu>::uninitialized(shape{x.shape()[1]}), tensor<double, cpu>::uninitialized(shape{x.shape()[1], x.shape()[1]})};
    Eigen::Map<Eigen::RowVectorXd> mean{result.mean.write(), d};
    mean = points.colwise().mean();
    points.rowwise() -= mean;
    Eigen::Map<matrix>{result.covariance.write(), d, d} = points.transpose() * points / static_cast<double>(n - 1);
    return result;
}

}  // namespace ncsn
