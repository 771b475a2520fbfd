// SPDX-License-Identifier: Apache-2.0
/// \file  The Fréchet distance of two Gaussians, which the FID applies to the features of a network.
#pragma once

#include <ncsn/statistics/moments.hpp>

#include <Eigen/Eigenvalues>

namespace ncsn {

/// |m₁ - m₂|² + tr S₁ + tr S₂ - 2 tr √(S₁ S₂) (Heusel et al. 2017). The last trace is Σ √λ of the symmetric √S₁ S₂ √S₁, which has the eigenvalues of
/// S₁ S₂ and keeps them real; what rounding makes negative counts as 0, so singular covariances need no correction.
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
    const Eigen::MatrixXd root =
        decomposed.eigenvectors() * decomposed.eigenvalues().cwiseMax(0).cwiseSqrt().asDiagonal() * decomposed.eigenvectors().transpose();
    const Solver mixed{root * second * root, Eigen::EigenvaluesOnly};
    require(mixed.info() == Eigen::Success, "frechet_distance: the second covariance holds numbers that are not finite");
    double distance = 0;
    for (std::size_t i = 0; i < a.mean.size(); ++i) distance += (a.mean[i] - b.mean[i]) * (a.mean[i] - b.mean[i]);
    return distance + first.trace() + second.trace() - 2 * mixed.eigenvalues().cwiseMax(0).cwiseSqrt().sum();
}

}  // namespace ncsn
