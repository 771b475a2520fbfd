// SPDX-License-Identifier: Apache-2.0
/// \file  Resizings: values known in closed form, and transposes by <y, A x> = <Aᵀ y, x>.
#include <support/scattered.hpp>

#include <boost/test/unit_test.hpp>

#include <ncsn/arrays/indexing.hpp>
#include <ncsn/arrays/cpu/resizing.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace ncsn;
using numbers = std::tuple<float, double>;

namespace {

const std::vector<shape> cases{{2, 7, 5, 3}, {1, 28, 28, 17}, {3, 8, 6, 1}, {1, 4, 4, 2}, {1, 3, 2, 5}, {9, 14, 14, 64}, {1, 6, 6, 1}};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(the_transposes_are_adjoint, T, numbers) {
    for (const shape& xs : cases) {
        const auto x = scattered<T>(xs, 1);
        for (const auto& [h, w] : {std::pair<std::size_t, std::size_t>{14, 14}, {3, 5}, {1, 1}, {xs[1] * 2, xs[2] * 2}, {xs[1], xs[2]}, {xs[1], 2}})
            for (const alignment on : {alignment::corners, alignment::edges}) {
                const auto resized = resize_bilinear(x, h, w, on), z = scattered<T>(resized.shape(), 3);
                BOOST_TEST(adjoint_defect(x, resized, z, resize_bilinear_transpose(z, xs, on)) < adjoint_rounding<T>);
            }
        for (const std::size_t factor : {1, 2, 3}) {
            const auto resized = resize_nearest(x, factor), z = scattered<T>(resized.shape(), 4);
            BOOST_TEST(adjoint_defect(x, resized, z, resize_nearest_transpose(z, factor)) < adjoint_rounding<T>);
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(bilinear_resizing_keeps_corners_and_linear_functions, T, numbers) {
    auto x = tensor<T>::uninitialized({2, 5, 4, 3});
    const auto plane = [](double n, double y, double x, double c) { return 1 + n + 2 * y - 3 * x + c; };
    T* out = x.write();
    for (std::size_t k = 0; k < x.size(); ++k)
        out[k] = static_cast<T>(plane(double(k / 60), double(k / 12 % 5), double(k / 3 % 4), double(k % 3)));
    for (const auto& [h, w] : {std::pair<std::size_t, std::size_t>{9, 7}, {3, 2}, {17, 4}}) {
        const auto y = resize_bilinear(x, h, w);
        for (std::size_t k = 0; k < y.size(); ++k) {
            const double oy = double(k / 3 / w % h) * 4 / double(h - 1), ox = double(k / 3 % w) * 3 / double(w - 1);
            BOOST_REQUIRE_SMALL(double(y[k]) - plane(double(k / (3 * w * h)), oy, ox, double(k % 3)), 20 * adjoint_rounding<T>);
        }
    }
    BOOST_TEST(resize_bilinear(x, 1, 1)[0] == x[0]);                                // a single output takes the first corner
}

BOOST_AUTO_TEST_CASE_TEMPLATE(bilinear_resizing_of_edges_keeps_linear_functions_inside_and_the_outermost_pixels_beyond, T, numbers) {
    auto x = tensor<T>::uninitialized({1, 4, 6, 1});
    for (std::size_t k = 0; k < x.size(); ++k) x.write()[k] = static_cast<T>(1 + 2 * double(k / 6) - 3 * double(k % 6));
    for (const auto& [h, w] : {std::pair<std::size_t, std::size_t>{8, 12}, {6, 9}, {2, 3}, {7, 5}, {1, 1}}) {
        const auto y = resize_bilinear(x, h, w, alignment::edges);
        for (std::size_t k = 0; k < y.size(); ++k) {
            const double p = (double(k / w) + 0.5) * 4 / double(h) - 0.5, q = (double(k % w) + 0.5) * 6 / double(w) - 0.5;
            BOOST_REQUIRE_SMALL(double(y[k]) - (1 + 2 * std::clamp(p, 0., 3.) - 3 * std::clamp(q, 0., 5.)), 20 * adjoint_rounding<T>);
        }
    }
    const auto doubled = resize_bilinear(tensor<T>({1, 1, 2, 1}, {0, 4}), 1, 4, alignment::edges);
    const std::vector<T> expected{0, 1, 3, 4};                                      // quarters between the pixels, and the edge pixels
    BOOST_TEST(std::vector<T>(doubled.values().begin(), doubled.values().end()) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(nearest_resizing_repeats_pixels, T, numbers) {
    const tensor<T> x({2, 1, 2, 1}, {1, 2, 3, 4});
    const auto y = resize_nearest(x, 2);
    const std::vector<T> expected{1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4};
    BOOST_TEST(std::vector<T>(y.values().begin(), y.values().end()) == expected, boost::test_tools::per_element());
    const auto back = resize_nearest_transpose(y, 2);
    for (std::size_t k = 0; k < 4; ++k) BOOST_TEST(back[k] == 4 * x[k]);
}

BOOST_AUTO_TEST_CASE(wrong_shapes_are_named) {
    const tensor<float> x({1, 4, 4, 2});
    BOOST_CHECK_THROW(resize_nearest_transpose(x, 3), error);
    BOOST_CHECK_THROW(resize_nearest(x, std::size_t{1} << 62), error);              // 4 times this wraps to 0
    for (const shape& none : {shape{1, 0, 4, 2}, {1, 4, 0, 2}}) {
        BOOST_CHECK_THROW(resize_bilinear(tensor<float>(none), 2, 2), error);
        BOOST_CHECK_THROW(resize_bilinear_transpose(tensor<float>(none), {1, 4, 4, 2}), error);
        BOOST_CHECK_THROW(resize_bilinear_transpose(x, none), error);
    }
    BOOST_CHECK_THROW(resize_bilinear(x, 0, 4), error);
    BOOST_CHECK_THROW(windowed("pool", 4, std::size_t(-1), 1, 0, 2), error);
    BOOST_CHECK_THROW(windowed("pool", 4, 2, 1, std::size_t(-1), 1), error);
    BOOST_CHECK_THROW(padded(x, std::size_t(-1), 0), error);
    BOOST_CHECK_THROW(cropped(x, std::size_t(-1), 2), error);
}
