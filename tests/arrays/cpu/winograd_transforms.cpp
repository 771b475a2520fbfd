// SPDX-License-Identifier: Apache-2.0
/// \file  Winograd's matrices: y = Aᵀ((G w) ∘ (Bᵀ x)) is the correlation, in one and two dimensions, and the transposes are transposes.
#include <boost/test/unit_test.hpp>

#include <ncsn/arrays/cpu/winograd_transforms.hpp>

#include <cmath>

using namespace ncsn;
using transform = winograd_transform;

namespace {

constexpr double image[6] = {0.3, -1.1, 0.7, 0.2, -0.4, 0.9}, filter[3] = {0.5, -0.25, 0.8}, adjoint[4] = {0.6, -0.3, 0.1, -0.9};
constexpr double rounding = 2e-6;                                                   // the matrices are kept in single precision

template <std::size_t N> double dot(const double (&a)[N], const double (&b)[N]) {
    double sum = 0;
    for (std::size_t k = 0; k < N; ++k) sum += a[k] * b[k];
    return sum;
}

}  // namespace

BOOST_AUTO_TEST_CASE(four_outputs_are_the_correlation) {
    double x[6], w[6], y[4];
    transform::image(image, x);
    transform::filter(filter, w);
    for (std::size_t k = 0; k < 6; ++k) x[k] *= w[k];
    transform::result(x, y);
    for (std::size_t k = 0; k < 4; ++k)
        BOOST_TEST(std::abs(y[k] - (image[k] * filter[0] + image[k + 1] * filter[1] + image[k + 2] * filter[2])) < rounding);
}

BOOST_AUTO_TEST_CASE(transposes_are_transposes) {
    double points[6], back[3], spread[6], y[4];
    transform::filter(filter, points);
    transform::filter_transpose(image, back);                                       // any six numbers
    BOOST_TEST(std::abs(dot(points, image) - dot(filter, back)) < rounding);
    transform::result(image, y);
    transform::result_transpose(adjoint, spread);
    BOOST_TEST(std::abs(dot(y, adjoint) - dot(image, spread)) < rounding);
}

BOOST_AUTO_TEST_CASE(both_axes_give_the_product_of_two_vectors_transformed) {
    double w[6];
    transform::filter(filter, w);
    transform::both<3, 6, double>([](std::size_t r, std::size_t k) { return filter[r] * filter[k]; },
                                  [](const double(&d)[3], double(&t)[6]) { transform::filter(d, t); },
                                  [&](std::size_t r, std::size_t k, double v) { BOOST_TEST(std::abs(v - w[r] * w[k]) < rounding); });
}
