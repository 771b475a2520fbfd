// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of densities on a grid: normalisation and divergence of Gaussians in closed form, and of samples drawn from them.
#include <ncsn/arrays/random.hpp>
#include <ncsn/autodiff/structure.hpp>
#include <ncsn/statistics/plane_grid.hpp>

#include <boost/test/unit_test.hpp>

#include <numbers>

using namespace ncsn;
using reals = tensor<double, cpu>;

namespace {

const plane_grid wide{.low = -9, .high = 9, .cells = 180};
/// -|x - m|²/2c, without its constant.
plane_density gaussian(double m, double c, const plane_grid& grid = wide) {
    const reals x = grid.points<reals>() - m;
    return normalized(grid, reals{(-0.5 / c) * row_dot(x, x)});
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_cells_tile_the_square) {
    const plane_grid grid{.low = -1, .high = 2, .cells = 3};
    const reals x = grid.points<reals>();
    BOOST_TEST((x.shape() == shape{9, 2}));
    const double first[] = {-0.5, -0.5, 0.5, -0.5, 1.5, -0.5, -0.5, 0.5};
    for (std::size_t i = 0; i < 8; ++i) BOOST_TEST(std::abs(x[i] - first[i]) < 1e-15);
    BOOST_TEST((grid.area() == 1.0));
    BOOST_CHECK_THROW((plane_grid{.low = 1, .high = 1}.points<reals>()), error);
    BOOST_CHECK_THROW((plane_grid{.low = 0, .high = 1, .cells = 0}.points<reals>()), error);
}

BOOST_AUTO_TEST_CASE(the_normalizer_of_a_gaussian_is_its_integral) {
    for (const double c : {0.3, 1.0, 1.7}) {
        const plane_density p = gaussian(0.4, c);                                      // the midpoint rule is exact to rounding on a smooth bump
        BOOST_TEST(std::abs(p.log_normalizer - std::log(2 * std::numbers::pi * c)) < 1e-9);
        double total = 0;
        for (const double probability : p.probability) total += probability;
        BOOST_TEST(std::abs(total - 1) < 1e-12);
    }
    const plane_density large = normalized(wide, reals({wide.size(), 1}, 5000.0));      // nothing overflows
    BOOST_TEST(std::abs(large.log_normalizer - (5000 + std::log(18 * 18.))) < 1e-9);
}

BOOST_AUTO_TEST_CASE(the_divergence_of_two_gaussians_is_the_closed_form) {
    // KL = (D/2) (c₁/c₂ - 1 - ln(c₁/c₂)) + |m₁ - m₂|²/2c₂.
    const double closed = (0.5 / 1.5 - 1 - std::log(0.5 / 1.5)) + 2 * 0.49 / 3;
    BOOST_TEST(std::abs(kl_divergence(gaussian(0.2, 0.5), gaussian(0.9, 1.5)) - closed) < 1e-9);
    BOOST_TEST(std::abs(kl_divergence(gaussian(0.2, 0.5), gaussian(0.2, 0.5))) < 1e-12);
    BOOST_CHECK_THROW(kl_divergence(gaussian(0, 1), gaussian(0, 1, {.cells = 10})), error);
}

BOOST_AUTO_TEST_CASE(from_a_log_density_it_is_the_same_and_finite_where_the_density_underflows) {
    const auto log_gaussian = [](double m, double c) {
        const reals x = wide.points<reals>() - m;
        return reals{(-0.5 / c) * row_dot(x, x) + 7.0};                              // a constant does not matter
    };
    const auto closed = [](double square, double c1, double c2) { return c1 / c2 - 1 - std::log(c1 / c2) + square / (2 * c2); };
    BOOST_TEST(std::abs(kl_divergence(gaussian(0.2, 0.5), wide, log_gaussian(0.9, 1.5)) - closed(2 * 0.49, 0.5, 1.5)) < 1e-9);
    const plane_density p = gaussian(1, 0.5);
    BOOST_TEST(kl_divergence(p, gaussian(0, 0.02)) == std::numeric_limits<double>::infinity());
    BOOST_TEST(std::abs(kl_divergence(p, wide, log_gaussian(0, 0.02)) / closed(2, 0.5, 0.02) - 1) < 1e-9);
    BOOST_CHECK_THROW(kl_divergence(gaussian(0, 1, {.cells = 10}), wide, log_gaussian(0, 1)), error);
}

BOOST_AUTO_TEST_CASE(a_histogram_of_samples_is_near_its_density) {
    // E KL(histogram || p) is about (cells - 1)/2N for occupied cells, a χ² statistic over 2N.
    const plane_grid coarse{.low = -3, .high = 3, .cells = 6};
    philox rng{1};
    const std::size_t n = 100000;
    const reals x = normal<reals>({n, 2}, rng);
    const plane_density found = histogram(coarse, x);
    const plane_grid fine{.low = -3, .high = 3, .cells = 600};                         // cell probabilities by summing a fine grid
    const plane_density exact = gaussian(0, 1, fine);
    plane_density summed{std::vector<double>(36, 0.0), 0};
    for (std::size_t i = 0; i < fine.size(); ++i) summed.probability[i / 600 / 100 * 6 + i % 600 / 100] += exact.probability[i];
    const double statistic = 2 * std::exp(found.log_normalizer) * kl_divergence(found, summed);   // χ² with 35 degrees of freedom
    BOOST_TEST(statistic > 35 - 5 * std::sqrt(70.));
    BOOST_TEST(statistic < 35 + 5 * std::sqrt(70.));
    BOOST_TEST(std::exp(found.log_normalizer) < n);                                   // some points lie outside
    const double infinity = kl_divergence(summed, histogram(coarse, reals({1, 2}, {0.1, 0.1})));
    BOOST_TEST(infinity == std::numeric_limits<double>::infinity());
}

BOOST_AUTO_TEST_CASE(what_is_no_density_is_refused) {
    const plane_grid grid{.cells = 2};
    const double infinity = std::numeric_limits<double>::infinity();
    BOOST_CHECK_THROW(normalized(grid, reals({3, 1})), error);
    BOOST_CHECK_THROW(normalized(grid, reals({4, 1}, -infinity)), error);
    BOOST_CHECK_THROW(normalized(grid, reals({4, 1}, {0, infinity, 0, 0})), error);
    BOOST_CHECK_THROW(normalized(grid, reals({4, 1}, std::numeric_limits<double>::quiet_NaN())), error);
    BOOST_CHECK_THROW(histogram(grid, reals({2, 3})), error);
    BOOST_CHECK_THROW(histogram(grid, reals({1, 2}, {9, 9})), error);
    for (const plane_grid& wrong : {plane_grid{.cells = 0}, plane_grid{.cells = std::size_t{1} << 32}, plane_grid{.high = infinity}})
        BOOST_CHECK_THROW(histogram(wrong, reals({1, 2}, {0, 0})), error);
}

BOOST_AUTO_TEST_CASE(what_is_no_number_is_no_density_and_no_point) {
    using reals = tensor<double, cpu>;
    const plane_grid grid{-1, 1, 2};
    BOOST_CHECK_THROW(histogram(grid, reals({2, 2}, {0, 0, std::nan(""), 0})), error);
    BOOST_CHECK_THROW(normalized(grid, reals({4, 1}, {0, 0, std::nan(""), 0})), error);
    BOOST_CHECK_THROW((plane_grid{-std::numeric_limits<double>::infinity(), 1, 2}.check()), error);
    BOOST_CHECK_THROW((plane_grid{std::nan(""), 1, 2}.check()), error);
    const plane_density even{{0.25, 0.25, 0.25, 0.25}, 0}, broken{{0.5, std::nan(""), 0.25, 0.25}, 0}, half{{0.25, 0.125, 0.0625, 0.0625}, 0};
    BOOST_TEST(kl_divergence(even, even) == 0);
    for (const plane_density* const wrong : {&broken, &half}) {
        BOOST_CHECK_THROW(kl_divergence(*wrong, even), error);
        BOOST_CHECK_THROW(kl_divergence(even, *wrong), error);
        BOOST_CHECK_THROW(kl_divergence(*wrong, grid, reals({4, 1})), error);
    }
}
