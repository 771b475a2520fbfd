// SPDX-License-Identifier: Apache-2.0
/// \file  Principal components.
#pragma once

#include <ncsn/arrays/eigen.hpp>
#include <ncsn/arrays/reductions.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <Eigen/Eigenvalues>
#include <Eigen/QR>

#include <limits>

namespace ncsn {

/// The directions in which points vary most, in double.
struct principal_components {
    using matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

    Eigen::RowVectorXd mean;   ///< [D]
    matrix directions;         ///< [K, D], orthonormal rows, the largest variance first; each has its largest entry positive
    Eigen::VectorXd variances; ///< [K]
    double total_variance;     ///< the trace of the covariance

    /// The coordinates of points along the directions: [N, ...] -> [N, K].
    template <Array A> A project(const A& x) const { return as_array<A>(centred(x) * directions.transpose(), {x.shape()[0], count()}); }
    /// The points nearest to x that the first k directions can make; all of them without k. As x.
    template <Array A> A reconstruct(const A& x, std::size_t k = 0) const {
        require(k <= count(), "pca: a reconstruction from ", k, " of ", count(), " directions was asked for");
        const auto used = directions.topRows(static_cast<Eigen::Index>(k == 0 ? count() : k));
        return as_array<A>((centred(x) * used.transpose() * used).rowwise() + mean, x.shape());
    }
    std::size_t count() const { return static_cast<std::size_t>(directions.rows()); }

    /// Samples as rows, in double.
    template <Array A> static matrix rows_of(const A& x) {
        using values = Eigen::Matrix<typename A::value_type, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
        const auto n = static_cast<Eigen::Index>(x.shape()[0]), d = static_cast<Eigen::Index>(x.shape().row_size());
        const auto fetched = on_device<cpu>(x);
        return Eigen::Map<const values>{fetched.data(), n, d}.template cast<double>();
    }

private:
    template <Array A> matrix centred(const A& x) const {
        require(x.shape().rank() >= 2 && static_cast<Eigen::Index>(x.shape().row_size()) == mean.size(), "pca: x is ", x.shape(), "; samples of ",
                mean.size(), " numbers were expected");
        return rows_of(x).rowwise() - mean;
    }
    template <Array A> static A as_array(const matrix& m, const shape& s) {
        std::vector<typename A::value_type> values(m.data(), m.data() + m.size());
        return A{s, std::span<const typename A::value_type>{values}};
    }
};

/// Where points span fewer dimensions than there are directions, those of no variance are any that are orthonormal to the others.
/// (The decomposition is a parameter for the sake of those who include this and do not call it: see frechet_distance.)
template <class QR = Eigen::HouseholderQR<Eigen::MatrixXd>> void complete(principal_components& c) {
    constexpr double epsilon = std::numeric_limits<double>::epsilon();
    const double rounding = static_cast<double>(c.directions.cols()) * epsilon * (c.variances(0) + epsilon * c.mean.squaredNorm());
    Eigen::Index rank = 0;
    while (rank < c.variances.size() && c.variances(rank) > rounding) ++rank;
    if (rank == c.variances.size()) return;
    c.variances.tail(c.variances.size() - rank).setZero();
    Eigen::MatrixXd basis = Eigen::MatrixXd::Identity(c.directions.cols(), c.directions.rows());
    if (rank > 0) {
        const Eigen::MatrixXd spanned = c.directions.topRows(rank).transpose();
        basis = QR{spanned}.householderQ() * basis;
    }
    c.directions.bottomRows(c.directions.rows() - rank) = basis.rightCols(c.directions.rows() - rank).transpose();
}

/// The first k principal components of points: eigenvectors of their covariance (N - 1 in the denominator), or of their products where there are
/// fewer points than dimensions.   x: [N, ...], k <= min(N - 1, D).
template <Array A> principal_components pca(const A& x, std::size_t k) {
    const std::size_t n = x.shape().rank() < 2 ? 0 : x.shape()[0], d = x.shape().row_size();
    require(n >= 2 && k >= 1 && k <= std::min(n - 1, d), "pca: ", k, " components of points ", x.shape(), "; 1 to min(N - 1, D) were expected");
    require(all_finite(x), "pca: the points hold what is not finite");
    using matrix = principal_components::matrix;
    matrix points = principal_components::rows_of(x);
    const Eigen::RowVectorXd mean = points.colwise().mean();
    points.rowwise() -= mean;
    const bool tall = n >= d;
    const matrix products = (tall ? matrix{points.transpose() * points} : matrix{points * points.transpose()}) / static_cast<double>(n - 1);
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> decomposed{products};
    require(decomposed.info() == Eigen::Success, "pca: the points hold numbers that are not finite");
    const auto count = static_cast<Eigen::Index>(k);
    principal_components result{mean, {}, decomposed.eigenvalues().tail(count).reverse(), products.trace()};
    const Eigen::MatrixXd vectors = decomposed.eigenvectors().rightCols(count).rowwise().reverse();
    result.directions = tall ? matrix{vectors.transpose()} : matrix{vectors.transpose() * points};
    if (!tall) complete(result);
    for (Eigen::Index i = 0; i < count; ++i) {
        auto direction = result.directions.row(i);
        Eigen::Index largest = 0;
        direction.cwiseAbs().maxCoeff(&largest);
        const double norm = direction.norm();
        if (norm > 0) direction *= (direction(largest) < 0 ? -1 : 1) / norm;
    }
    return result;
}

}  // namespace ncsn
