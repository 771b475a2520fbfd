// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the range about a curve's least value: by hand, and on what adversarial score matching measured.
#include <ncsn/statistics/range_near_least.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <limits>
#include <vector>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(its_ends_lie_on_the_curve_between_points_straight_in_the_logarithm) {
    // The least is 2 at x = 4, the bound 3: from 10 at 1 to 2 at 4 it is met at 7/8 of the way in ln x, from 2 at 4 to 4 at 64 at half of it.
    const std::vector<double> x{1, 4, 64}, y{10, 2, 4};
    const range_near_least range = find_range_near_least(x, y, 1.5);
    BOOST_TEST(range.first == std::pow(4, 7 / 8.0), boost::test_tools::tolerance(1e-14));
    BOOST_TEST(range.last == 16.0, boost::test_tools::tolerance(1e-14));
    BOOST_TEST(range.width() == std::log(16) - 7 / 8.0 * std::log(4), boost::test_tools::tolerance(1e-14));
    BOOST_TEST(!range.open_below);
    BOOST_TEST(!range.open_above);
}

BOOST_AUTO_TEST_CASE(units_of_step_and_distance_do_not_change_its_width) {
    const std::vector<double> x{1, 2, 3, 5, 8}, y{9, 4, 3, 5, 7};
    const double width = find_range_near_least(x, y, 1.2).width();
    std::vector<double> others = x, values = y;
    for (double& one : others) one *= 1e-6;
    for (double& one : values) one *= 70;
    BOOST_TEST(find_range_near_least(others, values, 1.2).width() == width, boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(a_range_that_reaches_what_was_measured_is_open_there) {
    const std::vector<double> x{1, 2, 4};
    const range_near_least falls = find_range_near_least(x, std::vector<double>{9, 3, 2}, 1.25);
    const range_near_least flat = find_range_near_least(x, std::vector<double>(3, 5), 1);
    BOOST_TEST(!falls.open_below);
    BOOST_TEST(falls.open_above);
    BOOST_TEST(falls.last == 4.0);
    BOOST_TEST(falls.width() == 0.5 * std::log(2), boost::test_tools::tolerance(1e-14));  // 2 to 3 over a factor of 2: 2.5 half way
    BOOST_TEST((flat.open_below && flat.open_above));
    BOOST_TEST(flat.width() == std::log(4), boost::test_tools::tolerance(1e-14));
    const range_near_least alone = find_range_near_least(std::array{3.0}, std::array{7.0}, 2);
    BOOST_TEST((alone.open_below && alone.open_above));
    BOOST_TEST(alone.width() == 0.0);
}

BOOST_AUTO_TEST_CASE(a_point_on_the_bound_is_an_end_and_a_second_valley_is_not_part_of_it) {
    BOOST_TEST(find_range_near_least(std::vector<double>{1, 2, 4, 8}, std::vector<double>{9, 1, 2, 9}, 2).last == 4.0);
    const range_near_least range = find_range_near_least(std::vector<double>{1, 2, 4, 8, 16}, std::vector<double>{9, 1, 9, 1.5, 9}, 2);
    BOOST_TEST(range.last == 2 * std::pow(2, 1 / 8.0), boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(bad_curves_are_refused) {
    const std::vector<double> x{1, 2}, y{3, 4};
    const double nan = std::numeric_limits<double>::quiet_NaN();
    BOOST_CHECK_THROW(find_range_near_least(x, y, 0.9), error);
    BOOST_CHECK_THROW(find_range_near_least(x, y, nan), error);
    BOOST_CHECK_THROW(find_range_near_least({}, {}, 2), error);
    BOOST_CHECK_THROW(find_range_near_least(x, std::vector<double>{3}, 2), error);
    BOOST_CHECK_THROW(find_range_near_least(std::vector<double>{2, 1}, y, 2), error);
    BOOST_CHECK_THROW(find_range_near_least(std::vector<double>{0, 1}, y, 2), error);
    BOOST_CHECK_THROW(find_range_near_least(x, std::vector<double>{3, nan}, 2), error);
    BOOST_CHECK_THROW(find_range_near_least(x, std::vector<double>{3, std::numeric_limits<double>::infinity()}, 2), error);
    BOOST_CHECK_THROW(find_range_near_least(x, std::vector<double>{3, 0}, 2), error);
}

/// The authors' points of Figure 3 (CIFAR-10, 5,000 samples, thinned): step size, FID of final and of denoised samples.
struct point {
    double step, last, denoised;
};
const std::vector<point> cas{
    {3.741e-6, 228.2, 254.7}, {3.941e-6, 62.5, 78.8},   {4.129e-6, 32.06, 38.31}, {4.360e-6, 20.51, 24.22}, {4.635e-6, 16.09, 18.25},
    {4.954e-6, 14.75, 15.44}, {5.130e-6, 14.75, 14.78}, {5.516e-6, 15.56, 14.30}, {5.726e-6, 16.29, 14.28}, {6.180e-6, 18.30, 14.50},
    {7.017e-6, 22.32, 14.95}, {8.139e-6, 24.41, 14.89}, {9.907e-6, 25.40, 15.32}, {1.200e-5, 26.30, 15.65}, {1.512e-5, 29.30, 17.17},
    {1.996e-5, 35.88, 22.38}, {2.395e-5, 44.01, 29.03}, {3.117e-5, 64.44, 44.47}};
const std::vector<point> als{
    {1.000e-5, 455.4, 455.3}, {1.158e-5, 309.4, 304.7}, {1.263e-5, 122.1, 111.2}, {1.316e-5, 74.50, 56.34}, {1.414e-5, 46.44, 22.59},
    {1.526e-5, 40.09, 16.78}, {1.632e-5, 38.15, 15.40}, {1.737e-5, 36.90, 15.04}, {1.842e-5, 36.33, 15.12}, {1.947e-5, 36.23, 15.65},
    {2.103e-5, 36.39, 16.47}, {2.517e-5, 38.65, 19.70}, {3.069e-5, 43.99, 25.81}, {3.483e-5, 50.21, 32.21}, {4.034e-5, 59.34, 40.91},
    {5.000e-5, 79.40, 59.82}};
double width(const std::vector<point>& points, double point::* distance, double factor) {
    std::vector<double> x, y;
    for (const point& one : points) x.push_back(one.step), y.push_back(one.*distance);
    const range_near_least range = find_range_near_least(x, y, factor);
    BOOST_TEST((!range.open_below && !range.open_above));
    return range.width();
}

// "For CAS, we note that the score remains small for a much wider range of sampling step sizes when denoising" (Jolicoeur-Martineau et al. 2020,
// Section 4): so it is in their own points, for any sense of small from a tenth to a half more than the least.
BOOST_AUTO_TEST_CASE(the_authors_points_show_the_statement_about_them) {
    for (const double factor : {1.1, 1.2, 1.3, 1.5}) {
        BOOST_TEST(width(cas, &point::denoised, factor) > 2 * width(als, &point::denoised, factor), factor);
        BOOST_TEST(width(cas, &point::denoised, factor) > 2 * width(cas, &point::last, factor), factor);
        BOOST_TEST(width(als, &point::denoised, factor) > width(cas, &point::last, factor), factor);
    }
    // By hand at 1.2: 17.136 from 4.7589e-6 (0.3964 of the way from 4.635e-6 to 4.954e-6) to 1.5042e-5; 18.048 from 1.5008e-5 to 2.2960e-5.
    BOOST_TEST(width(cas, &point::denoised, 1.2) == 1.15083, boost::test_tools::tolerance(1e-5));
    BOOST_TEST(width(als, &point::denoised, 1.2) == 0.42514, boost::test_tools::tolerance(2e-5));
}
