// SPDX-License-Identifier: Apache-2.0
/// \file  The Fréchet distance of two Gaussians, which the FID applies to the features of a network.
#pragma once

#include <ncsn/statistics/moments.hpp>

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>
#include <limits>

namespace ncsn {

/// |m₁ - m₂|² + tr S₁ + tr S₂ - 2 tr √(S₁ S₂) (Heusel et al. 2017), never below 0. With S₁ = U L Uᵀ, of which the r directions are kept whose
/// variance is above rounding, the last trace is Σ √λ of the symmetric √L Uᵀ S₂ U √L [r, r], which has the eigenvalues of S₁ S₂ that are not 0 and
/// keeps them real. So singular covariances (fewer points than features) need no correction, and cost less.
/// The solver is a parameter because compiling it takes four seconds, which only those who call this shall pay.
template <class Solver = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>> double frechet_distance(const moments& a, const moments& b) {
    const std::size_t features = a.mean.size();
    const bool fit = features > 0 && a.covariance.shape() == shape{features, features};
    require(fit && a.mean.shape() == b.mean.shape() && a.covariance.shape() == b.covariance.shape(), "frechet_distance: means ", a.mean.shape(),
            " and ", b.mean.shape(), ", covariances ", a.covariance.shape(), " and ", b.covariance.shape(), "; [D] and [D,D] were expected, of both");
    require(all_finite(a.mean) && all_finite(b.mean) && all_finite(a.covariance) && all_finite(b.covariance),
            "frechet_distance: a mean or a covariance holds what is not finite");
    const auto d = static_cast<Eigen::Index>(features);
    const Eigen::Map<const Eigen::MatrixXd> first{a.covariance.data(), d, d}, second{b.covariance.data(), d, d};
    const Solver decomposed{first};
    require(decomposed.info() == Eigen::Success, "frechet_distance: the first covariance has no eigenvalues; it holds numbers that are not finite");
    const auto& variances = decomposed.eigenvalues();                               // rising
    const double rounding = static_cast<double>(d) * std::numeric_limits<double>::epsilon() * std::max(0.0, variances(d - 1));
    Eigen::Index rank = 0;
    while (rank < d && variances(d - 1 - rank) > rounding) ++rank;
    const Eigen::MatrixXd half = decomposed.eigenvectors().rightCols(rank) * variances.tail(rank).cwiseSqrt().asDiagonal();
    double shift = 0, trace = 0;
    for (std::size_t i = 0; i < a.mean.size(); ++i) shift += (a.mean[i] - b.mean[i]) * (a.mean[i] - b.mean[i]);
    if (rank > 0) {
        const Solver mixed{half.transpose() * second * half, Eigen::EigenvaluesOnly};
        require(mixed.info() == Eigen::Success, "frechet_distance: the second covariance holds numbers that are not finite");
        trace = mixed.eigenvalues().cwiseMax(0).cwiseSqrt().sum();
    }
    const double squared = shift + first.trace() + second.trace() - 2 * trace;
    require(std::isfinite(squared), "frechet_distance: the moments are finite, but their squares are not; features of a smaller scale were expected");
    return std::max(0.0, squared);
}

}  // namespace ncsn
