// SPDX-License-Identifier: Apache-2.0
/// \file  The gathered convolution on a device that runs grids: the CPU's values three ways, and that they are adjoint.
#define BOOST_TEST_MODULE arrays_grid_convolution
#include <boost/test/unit_test.hpp>

#include <support/same_kernels.hpp>

#include <ncsn/arrays/cpu/convolution.hpp>
#include <ncsn/arrays/grid/convolution.hpp>

using namespace ncsn;

namespace {

template <class F> void for_each_case(const F& f) {
    std::size_t turn = 0;
    for (const std::size_t in : {1, 3, 7, 8, 16, 33})
        for (const std::size_t out : {1, 3, 8})
            for (const auto& [height, width] : {std::pair<std::size_t, std::size_t>{1, 1}, {4, 5}, {9, 6}})
                for (const std::size_t kernel : {1, 2, 3})
                    for (const conv_window c : {conv_window{1, 0, 1}, {1, 1, 1}, {2, 1, 1}, {1, 2, 2}, {1, 4, 4}, {2, 3, 2}, {3, 2, 1}}) {
                        const std::size_t reach = c.dilation * (kernel - 1) + 1, samples = 1 + turn++ % 3;
                        if (height + 2 * c.padding >= reach && width + 2 * c.padding >= reach)
                            f(shape{samples, height, width, in}, shape{out, kernel, kernel, in}, c);
                    }
}

tensor<double> magnitude(tensor<double> x) {
    for (std::size_t k = 0; k < x.size(); ++k) x.write()[k] = std::abs(x[k]);
    return x;
}
/// |a - b| against the size of the sums' terms: what cancels in a sum is no error of it.
double defect(const auto& a, const tensor<double>& b, const tensor<double>& terms) {
    double sum = 0;
    for (std::size_t k = 0; k < b.size(); ++k) sum += (double(a[k]) - b[k]) * (double(a[k]) - b[k]);
    return inner(terms, terms) == 0 ? sum : std::sqrt(sum / inner(terms, terms));
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(three_ways_are_the_cpus_and_adjoint, T, kernel_numbers) {
    for_each_case([](const shape& xs, const shape& ws, const conv_window& c) {
        const shape ys = convolved(xs, ws, c);
        const auto make = [](const shape& s, std::uint32_t seed) { return in_type<T>(scattered<float>(s, seed)); };
        const auto x = make(xs, 1), w = make(ws, 2), y = make(ys, 3), b = make({ws[0]}, 4), bi = make({ws[3]}, 5);
        const auto xd = in_type<double>(x), wd = in_type<double>(w), yd = in_type<double>(y);
        const auto bd = in_type<double>(b), bid = in_type<double>(bi), none = tensor<double>{};
        const auto xm = magnitude(xd), wm = magnitude(wd), ym = magnitude(yd);
        const auto forward = here(gathered_convolve(there(x), there(w), there(b), c)), linear = here(gathered_convolve(there(x), there(w), {}, c)),
                   back = here(gathered_input_gradient(there(y), there(w), xs, c)),
                   biased = here(gathered_input_gradient(there(y), there(w), xs, c, there(bi))),
                   filter = here(gathered_filter_gradient(there(y), there(x), ws, c));
        const auto sizes = convolve(xm, wm, none, c);
        BOOST_TEST_CONTEXT(xs << " under " << ws << " stride " << c.stride << " padding " << c.padding << " dilation " << c.dilation) {
            BOOST_REQUIRE_LT(defect(linear, convolve(xd, wd, none, c), sizes), kernel_rounding<T>());
            BOOST_REQUIRE_LT(defect(forward, convolve(xd, wd, bd, c), convolve(xm, wm, magnitude(bd), c)), kernel_rounding<T>());
            BOOST_REQUIRE_LT(defect(back, convolve_input_gradient(yd, wd, xs, c), convolve_input_gradient(ym, wm, xs, c)), kernel_rounding<T>());
            BOOST_REQUIRE_LT(defect(biased, convolve_input_gradient(yd, wd, xs, c, bid), convolve_input_gradient(ym, wm, xs, c, magnitude(bid))),
                             kernel_rounding<T>());
            BOOST_REQUIRE_LT(defect(filter, convolve_filter_gradient(yd, xd, ws, c), convolve_filter_gradient(ym, xm, ws, c)), kernel_rounding<T>());
            const double along = inner(y, linear), terms = inner(ym, sizes);
            BOOST_REQUIRE_LT(std::abs(along - inner(back, x)), kernel_rounding<T>() * terms + 1e-300);
            BOOST_REQUIRE_LT(std::abs(along - inner(filter, w)), kernel_rounding<T>() * terms + 1e-300);
        }
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(with_ends_cuts_or_fills_with_zeros, T, kernel_numbers) {
    const tensor<T> w = in_type<T>(scattered<float>({3, 2, 2, 3}, 1));
    const auto padded = here(with_ends(there(w), 8, 8));
    BOOST_TEST(padded.shape() == (shape{8, 2, 2, 8}));
    for (std::size_t k = 0; k < padded.size(); ++k) {
        const std::size_t i = k % 8, row = k / 8;
        BOOST_REQUIRE_EQUAL(double(padded[k]), row < 12 && i < 3 ? double(w[row * 3 + i]) : 0.);
    }
    BOOST_TEST(distance(here(with_ends(there(padded), 3, 3)), w) == 0);
}

BOOST_AUTO_TEST_CASE(no_samples_give_zero_filters) {
    const auto w = here(gathered_filter_gradient(there(tensor<float>({0, 4, 4, 2})), there(tensor<float>({0, 4, 4, 3})), {2, 3, 3, 3}, {1, 1, 1}));
    BOOST_TEST(inner(w, w) == 0);
    BOOST_TEST(gathered_convolve(there(tensor<float>({0, 4, 4, 3})), there(tensor<float>({2, 3, 3, 3})), {}, {}).shape() == (shape{0, 2, 2, 2}));
}

BOOST_AUTO_TEST_CASE(wrong_shapes_are_named) {
    const auto x = there(tensor<float>({1, 4, 4, 2})), w = there(tensor<float>({3, 3, 3, 2}));
    BOOST_CHECK_THROW(gathered_convolve(x, w, there(tensor<float>({2})), {}), error);
    BOOST_CHECK_THROW(gathered_input_gradient(x, w, {1, 4, 4, 2}, {}), error);
    BOOST_CHECK_THROW(gathered_filter_gradient(x, x, {3, 3, 3, 2}, {}), error);
}
