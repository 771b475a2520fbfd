// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of principal components: a known covariance, the way back, and more dimensions than points.
#include <ncsn/arrays/random.hpp>
#include <ncsn/autodiff/structure.hpp>
#include <ncsn/statistics/pca.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using reals = tensor<double, cpu>;

namespace {

double largest_difference(const reals& a, const reals& b) {
    BOOST_TEST_REQUIRE(a.shape() == b.shape());
    double largest = 0;
    for (const double value : (a - b).values()) largest = std::max(largest, std::abs(value));
    return largest;
}

}  // namespace

BOOST_AUTO_TEST_CASE(points_on_two_lines_have_those_directions) {
    // ±3 along (3, 4)/5 and ±1 along (-4, 3)/5 around (1, 2): covariance sums 18/3 and 2/3.
    const reals x({4, 2}, {1 + 9 / 5., 2 + 12 / 5., 1 - 9 / 5., 2 - 12 / 5., 1 - 4 / 5., 2 + 3 / 5., 1 + 4 / 5., 2 - 3 / 5.});
    const principal_components p = pca(x, 2);
    BOOST_TEST(std::abs(p.mean(0) - 1) < 1e-14);
    BOOST_TEST(std::abs(p.variances(0) - 6) < 1e-13);
    BOOST_TEST(std::abs(p.variances(1) - 2 / 3.) < 1e-13);
    BOOST_TEST(std::abs(p.total_variance - 20 / 3.) < 1e-13);
    BOOST_TEST(std::abs(p.directions(0, 0) - 0.6) < 1e-13);
    BOOST_TEST(std::abs(p.directions(0, 1) - 0.8) < 1e-13);
    BOOST_TEST(std::abs(p.directions(1, 0) - 0.8) < 1e-13);                           // its largest entry is positive
    BOOST_TEST(largest_difference(p.project(x), reals({4, 2}, {3, 0, -3, 0, 0, -1, 0, 1})) < 1e-13);
    BOOST_TEST(largest_difference(p.reconstruct(x), x) < 1e-13);
    BOOST_TEST(std::abs(p.reconstruct(x, 1)[4] - 1) < 1e-13);                         // a point of the second line falls onto the mean
}

BOOST_AUTO_TEST_CASE(projections_are_uncorrelated_with_the_stated_variances_on_both_paths) {
    philox rng{1};
    for (const shape& s : {shape{50, 3, 4}, shape{8, 5, 4}}) {                         // more points than numbers, and fewer
        const reals x = normal<reals>(s, rng) + 3.0;
        const principal_components p = pca(x, 5);
        const reals y = p.project(x);
        for (std::size_t a = 0; a < 5; ++a)
            for (std::size_t b = 0; b < 5; ++b) {
                double product = 0, along = 0;
                for (std::size_t n = 0; n < s[0]; ++n) product += y[5 * n + a] * y[5 * n + b] / static_cast<double>(s[0] - 1);
                for (Eigen::Index d = 0; d < p.directions.cols(); ++d)
                    along += p.directions(static_cast<Eigen::Index>(a), d) * p.directions(static_cast<Eigen::Index>(b), d);
                BOOST_TEST(std::abs(product - (a == b ? p.variances(static_cast<Eigen::Index>(a)) : 0)) < 1e-12);
                BOOST_TEST(std::abs(along - (a == b)) < 1e-12);
            }
        for (Eigen::Index k = 1; k < 5; ++k) BOOST_TEST(p.variances(k - 1) >= p.variances(k));
        BOOST_TEST(p.variances.sum() < p.total_variance);
        BOOST_TEST((p.reconstruct(x).shape() == s));
    }
}

BOOST_AUTO_TEST_CASE(what_the_reconstruction_misses_is_the_rest_of_the_variance) {
    philox rng{2};
    const reals x = normal<reals>({40, 6}, rng);
    const principal_components p = pca(x, 6);
    for (std::size_t k = 1; k <= 6; ++k) {
        const reals rest = x - p.reconstruct(x, k);
        double square = 0, expected = 0;
        for (const double value : rest.values()) square += value * value / 39;
        for (auto i = static_cast<Eigen::Index>(k); i < 6; ++i) expected += p.variances(i);
        BOOST_TEST(std::abs(square - expected) < 1e-12);
    }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_refused) {
    const reals x({4, 6}, 1.0);
    BOOST_CHECK_THROW(pca(x, 0), error);
    BOOST_CHECK_THROW(pca(x, 4), error);                                              // four points span three directions
    BOOST_CHECK_THROW(pca(reals({5, 2}), 3), error);
    philox rng{3};
    const principal_components p = pca(normal<reals>({5, 3}, rng), 2);
    BOOST_CHECK_THROW(p.project(reals({5, 4})), error);
    BOOST_CHECK_THROW(p.reconstruct(reals({5, 3}), 3), error);
}

BOOST_AUTO_TEST_CASE(beyond_the_rank_directions_stay_orthonormal_and_reconstruct) {
    // Six points, four of them copies, in eight dimensions: rank 2 or less, five directions.
    philox rng{7};
    const std::vector<double> first{1, -2, 1, 1, -2, 1}, second{3, 0, -1, -1, 0, -1}, ones(6, 1.0);
    for (const std::size_t rank : {0, 1, 2}) {
        const reals a = normal<reals>({1, 8}, rng), b = normal<reals>({1, 8}, rng);
        const reals one({6, 1}, std::span<const double>{rank > 0 ? first : ones});
        const reals two({6, 1}, std::span<const double>{rank > 1 ? second : ones});
        const reals x = one * a + two * b;
        const principal_components c = pca(x, 5);
        const Eigen::MatrixXd products = c.directions * c.directions.transpose();
        BOOST_TEST((products - Eigen::MatrixXd::Identity(5, 5)).cwiseAbs().maxCoeff() < 1e-12);
        BOOST_TEST(c.variances.tail(5 - static_cast<Eigen::Index>(rank)).cwiseAbs().maxCoeff() == 0);
        BOOST_TEST(largest_difference(c.reconstruct(x), x) < 1e-13);
        const reals p = c.project(x);
        BOOST_TEST(largest_difference(c.reconstruct(x, 2), x) < 1e-13);
        BOOST_TEST(all_finite(p));
    }
    BOOST_CHECK_THROW(pca(reals({3, 2}, {1, 2, 3, std::nan(""), 5, 6}), 1), error);
}
