// SPDX-License-Identifier: Apache-2.0
/// \file  Precision and recall of samples against a reference.
#pragma once

#include <ncsn/arrays/eigen.hpp>
#include <ncsn/arrays/parallel.hpp>
#include <ncsn/arrays/reductions.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace ncsn {

struct precision_and_recall {
    double precision;  ///< the share of samples that lie among the reference
    double recall;     ///< the share of the reference that lies among the samples
};

/// Kynkäänniemi et al. (2019): a point lies among a set if it is no further from one of its members than that one's k-th nearest other member is.
/// samples: [N, D], reference: [M, D], more than k each; both shares depend on N, M and k, 3 in the paper.   2 (N + M)² D operations.
template <Array A> precision_and_recall precision_recall(const A& samples, const A& reference, std::size_t k = 3) {
    using matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    using values = Eigen::Matrix<typename A::value_type, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const shape &s = samples.shape(), &t = reference.shape();
    require(s.rank() == 2 && t.rank() == 2 && s[1] > 0 && s[1] == t[1], "precision_recall: samples are ", s, " and the reference is ", t,
            "; [N,D] and [M,D] were expected");
    require(k >= 1 && s[0] > k && t[0] > k, "precision_recall: ", k, " nearest others among ", s[0], " samples and ", t[0],
            " of the reference; 1 or more, and fewer than there are, were expected");
    require(all_finite(samples) && all_finite(reference), "precision_recall: the features hold what is not finite");
    const auto points = [](const A& from) -> matrix {
        const auto fetched = on_device<cpu>(from);
        return Eigen::Map<const values>{fetched.data(), static_cast<Eigen::Index>(from.shape()[0]), static_cast<Eigen::Index>(from.shape()[1])}
            .template cast<double>();
    };
    matrix x = points(samples), y = points(reference);
    const Eigen::RowVectorXd middle = y.colwise().mean();                           // distances are differences of squares: keep these small
    x.rowwise() -= middle;
    y.rowwise() -= middle;
    /// visit(row of a, its squared distances to all of b), and how much of them is rounding: equal points have distance 0.
    const auto each_row = [](const matrix& a, const matrix& b, const auto& visit) {
        const Eigen::Index rows = 64;                                               // at a time
        const Eigen::VectorXd norms_a = a.rowwise().squaredNorm(), norms_b = b.rowwise().squaredNorm();
        const double rounding = 1e-13 * (norms_a.maxCoeff() + norms_b.maxCoeff());
        require(std::isfinite(rounding), "precision_recall: the features are finite, but their squares are not; a smaller scale was expected");
        const auto jobs = static_cast<std::size_t>((a.rows() + rows - 1) / rows);
        for_each_job(jobs, std::numeric_limits<std::size_t>::max(), [&](std::size_t job, std::size_t) {
            const Eigen::Index first = static_cast<Eigen::Index>(job) * rows, count = std::min(rows, a.rows() - first);
            matrix squares = -2 * a.middleRows(first, count) * b.transpose();
            squares.rowwise() += norms_b.transpose();
            squares.colwise() += norms_a.segment(first, count);
            for (Eigen::Index i = 0; i < count; ++i) {
                double* const row = squares.row(i).data();
                for (Eigen::Index j = 0; j < b.rows(); ++j) row[j] = row[j] <= rounding ? 0 : row[j];
                visit(first + i, row);
            }
        });
    };
    const auto radii = [&](const matrix& set) {                                     // squared
        std::vector<double> found(static_cast<std::size_t>(set.rows()));
        each_row(set, set, [&](Eigen::Index i, double* squares) {
            squares[i] = std::numeric_limits<double>::infinity();                   // itself
            std::nth_element(squares, squares + (k - 1), squares + set.rows());
            found[static_cast<std::size_t>(i)] = squares[k - 1];
        });
        return found;
    };
    const auto share = [&](const matrix& of, const matrix& set) {
        const auto reach = radii(set);
        std::vector<char> among(static_cast<std::size_t>(of.rows()));
        each_row(of, set, [&](Eigen::Index i, const double* squares) {
            for (std::size_t j = 0; j < reach.size(); ++j)
                if (squares[j] <= reach[j]) among[static_cast<std::size_t>(i)] = 1;
        });
        return static_cast<double>(std::count(among.begin(), among.end(), 1)) / static_cast<double>(among.size());
    };
    return {share(x, y), share(y, x)};
}

}  // namespace ncsn
