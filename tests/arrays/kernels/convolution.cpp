// SPDX-License-Identifier: Apache-2.0
/// \file  The gathered convolution on a device that runs kernels: the CPU's values three ways, and that they are adjoint.
#include <boost/test/unit_test.hpp>

#include <support/emulated_device.hpp>
#include <support/kernels.hpp>
#include <support/scattered.hpp>

#include <ncsn/arrays/cpu/convolution.hpp>
#include <ncsn/arrays/kernels/convolution.hpp>

using namespace ncsn;
using D = emulated;

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

BOOST_AUTO_TEST_CASE_TEMPLATE(three_ways_are_the_cpus_and_adjoint, T, element_types) {
    for_each_case([](const shape& xs, const shape& ws, const conv_window& c) {
        const shape ys = convolved(xs, ws, c);
        const auto make = [](const shape& s, std::uint32_t seed) { return rounded<T>(scattered<computing_type<T>>(s, seed)); };
        const auto x = make(xs, 1), w = make(ws, 2), y = make(ys, 3), b = make({ws[0]}, 4), bi = make({ws[3]}, 5);
        const auto xd = in_double(x), wd = in_double(w), yd = in_double(y);
        const auto bd = in_double(b), bid = in_double(bi), none = tensor<double>{};
        const auto xm = magnitude(xd), wm = magnitude(wd), ym = magnitude(yd);
        const auto tx = sent<D, T>(x), tw = sent<D, T>(w), ty = sent<D, T>(y);
        const auto forward = fetched(gathered_convolve(tx, tw, sent<D, T>(b), c)), linear = fetched(gathered_convolve(tx, tw, {}, c)),
                   back = fetched(gathered_input_gradient(ty, tw, xs, c)),
                   biased = fetched(gathered_input_gradient(ty, tw, xs, c, sent<D, T>(bi))),
                   filter = fetched(gathered_filter_gradient(ty, tx, ws, c));
        const auto sizes = convolve(xm, wm, none, c);
        BOOST_TEST_CONTEXT(xs << " under " << ws << " stride " << c.stride << " padding " << c.padding << " dilation " << c.dilation) {
            BOOST_REQUIRE_LT(defect(linear, convolve(xd, wd, none, c), sizes), rounding<T>);
            BOOST_REQUIRE_LT(defect(forward, convolve(xd, wd, bd, c), convolve(xm, wm, magnitude(bd), c)), 2 * rounding<T>);
            BOOST_REQUIRE_LT(defect(back, convolve_input_gradient(yd, wd, xs, c), convolve_input_gradient(ym, wm, xs, c)), rounding<T>);
            BOOST_REQUIRE_LT(defect(biased, convolve_input_gradient(yd, wd, xs, c, bid), convolve_input_gradient(ym, wm, xs, c, magnitude(bid))),
                             2 * rounding<T>);                       // of the sum, and with the bias
            BOOST_REQUIRE_LT(defect(filter, convolve_filter_gradient(yd, xd, ws, c), convolve_filter_gradient(ym, xm, ws, c)), rounding<T>);
            const double along = inner(y, linear), terms = inner(ym, sizes);
            BOOST_REQUIRE_LT(std::abs(along - inner(back, x)), rounding<T> * terms + 1e-300);
            BOOST_REQUIRE_LT(std::abs(along - inner(filter, w)), rounding<T> * terms + 1e-300);
        }
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(with_ends_cuts_or_fills_with_zeros, T, element_types) {
    const auto w = rounded<T>(scattered<computing_type<T>>({3, 2, 2, 3}, 1));
    const auto padded = fetched(with_ends(sent<D, T>(w), 8, 8));
    BOOST_TEST(padded.shape() == (shape{8, 2, 2, 8}));
    for (std::size_t k = 0; k < padded.size(); ++k) {
        const std::size_t i = k % 8, row = k / 8;
        BOOST_REQUIRE_EQUAL(double(padded[k]), row < 12 && i < 3 ? double(w[row * 3 + i]) : 0.);
    }
    BOOST_TEST(relative_error(fetched(with_ends(sent<D, T>(padded), 3, 3)), w) == 0);
}

BOOST_AUTO_TEST_CASE(no_samples_give_zero_filters) {
    using array = tensor<float, D>;
    const auto w = on_device<cpu>(gathered_filter_gradient(array({0, 4, 4, 2}), array({0, 4, 4, 3}), {2, 3, 3, 3}, {1, 1, 1}));
    BOOST_TEST(inner(w, w) == 0);
    BOOST_TEST(gathered_convolve(array({0, 4, 4, 3}), array({2, 3, 3, 3}), {}, {}).shape() == (shape{0, 2, 2, 2}));
}

BOOST_AUTO_TEST_CASE(wrong_shapes_are_named) {
    const auto x = tensor<float, D>({1, 4, 4, 2}), w = tensor<float, D>({3, 3, 3, 2});
    BOOST_CHECK_THROW(gathered_convolve(x, w, tensor<float, D>({2}), {}), error);
    BOOST_CHECK_THROW(gathered_input_gradient(x, w, {1, 4, 4, 2}, {}), error);
    BOOST_CHECK_THROW(gathered_filter_gradient(x, x, {3, 3, 3, 2}, {}), error);
}
