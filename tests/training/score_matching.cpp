// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of exact score matching, where trace and minimum are known.
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/training/score_matching.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using reals = tensor<double, cpu>;

BOOST_AUTO_TEST_CASE(a_linear_field_has_its_trace_and_half_its_square) {
    const reals matrix({2, 2}, {1, 2, 3, -4}), x({2, 2}, {1, 0, 0, 1});               // s = M x: rows of x pick the columns of M
    philox rng{1};
    const auto field = [&](const auto& at, const noise_levels&) { return matmul(at, matrix); };
    BOOST_TEST(std::abs(score_matching{}(field, x, rng).item() - (-3 + (0.5 * (1 + 9) + 0.5 * (4 + 16)) / 2)) < 1e-14);
}

BOOST_AUTO_TEST_CASE(at_the_true_score_of_a_gaussian_it_is_minus_half_the_trace_of_the_inverse_covariance) {
    const gaussian_mixture<reals> data{{{1, {1, 2, 3}}}, 0.5};                        // S = I/4 in three dimensions: -6
    philox rng{2};
    const reals x = data.sample(20000, rng);
    const double value = score_matching{}(data, x, rng).item();                      // -12 + ½ |s|², which is 2 χ²₃ of variance 24
    BOOST_TEST(std::abs(value + 6) < 5 * std::sqrt(24 / 20000.0));
    BOOST_TEST(score_matching{}([&](const auto& at, const noise_levels& z) { return 1.1 * data(at, z); }, x, rng).item() > value);
    BOOST_TEST(score_matching{}([&](const auto& at, const noise_levels& z) { return 0.9 * data(at, z); }, x, rng).item() > value);
}

BOOST_AUTO_TEST_CASE(images_count_all_their_pixels) {
    const reals x({2, 2, 1, 3}, 1.0);
    philox rng{3};
    const auto field = [](const auto& at, const noise_levels&) { return 2.0 * at; };
    BOOST_TEST(std::abs(score_matching{}(field, x, rng).item() - (12 + 0.5 * 24)) < 1e-13);
}
