// SPDX-License-Identifier: Apache-2.0
/// \file  Grouped convolutions with uneven zeros, an activation and something added: against the defining sum, and against what they are made of.
#include <support/scattered.hpp>

#include <boost/test/unit_test.hpp>

#include <ncsn/arrays/cpu/grouped_convolution.hpp>

#include <omp.h>

#include <algorithm>
#include <vector>

using namespace ncsn;
using numbers = std::tuple<float, double>;

namespace {

struct case_of { shape x, w; grouped_window window; };
// stride, dilation, groups, top, bottom, left, right
const std::vector<case_of> cases{
    {{2, 8, 8, 3}, {32, 3, 3, 3}, {2, 1, 1, 0, 1, 0, 1}},     {{1, 9, 9, 3}, {32, 3, 3, 3}, {2, 1, 1, 0, 0, 0, 0}},
    {{2, 8, 8, 96}, {96, 3, 3, 1}, {2, 1, 96, 0, 1, 0, 1}},   {{1, 10, 10, 144}, {144, 5, 5, 1}, {2, 1, 144, 1, 2, 1, 2}},
    {{2, 7, 7, 40}, {40, 5, 5, 1}, {1, 1, 40, 2, 2, 2, 2}},   {{3, 6, 5, 10}, {10, 3, 3, 1}, {1, 1, 10, 1, 1, 1, 1}},
    {{2, 7, 6, 24}, {144, 1, 1, 24}, {}},                     {{2, 7, 7, 18}, {17, 1, 1, 18}, {}},
    {{1, 9, 11, 32}, {48, 1, 7, 32}, {1, 1, 1, 0, 0, 3, 3}},  {{1, 9, 11, 32}, {48, 7, 1, 32}, {1, 1, 1, 3, 3, 0, 0}},
    {{2, 8, 8, 12}, {8, 3, 3, 3}, {1, 1, 4, 1, 1, 1, 1}},     {{1, 9, 9, 32}, {64, 3, 3, 16}, {1, 2, 2, 2, 2, 2, 2}},
    {{1, 7, 7, 16}, {16, 3, 3, 16}, {1, 1, 1, 2, 0, 0, 1}},   {{1, 12, 7, 32}, {32, 3, 3, 32}, {1, 1, 1, 1, 1, 1, 1}},
};

template <class T>
tensor<double> by_definition(const tensor<T>& x, const tensor<T>& w, const tensor<T>& bias, const grouped_window& c, activation bend,
                             const tensor<T>& added) {
    const shape ys = convolved(x.shape(), w.shape(), c), &xs = x.shape(), &ws = w.shape();
    tensor<double> y(ys);
    double* out = y.write();
    for (std::size_t k = 0; k < ys.size(); ++k) {
        const std::size_t o = k % ys[3], b = k / ys[3] % ys[2], a = k / ys[3] / ys[2] % ys[1], n = k / ys.row_size(), group = o / (ws[0] / c.groups);
        double sum = bias.empty() ? 0.0 : double(bias[o]);
        for (std::size_t ky = 0; ky < ws[1]; ++ky)
            for (std::size_t kx = 0; kx < ws[2]; ++kx) {
                const auto iy = long(a * c.stride + ky * c.dilation) - long(c.top), ix = long(b * c.stride + kx * c.dilation) - long(c.left);
                if (iy < 0 || ix < 0 || iy >= long(xs[1]) || ix >= long(xs[2])) continue;
                const std::size_t at = ((n * xs[1] + std::size_t(iy)) * xs[2] + std::size_t(ix)) * xs[3] + group * ws[3];
                for (std::size_t i = 0; i < ws[3]; ++i) sum += double(x[at + i]) * double(w[((o * ws[1] + ky) * ws[2] + kx) * ws[3] + i]);
            }
        if (!added.empty()) sum += double(added[k]);
        if (bend != activation::none) sum = std::max(sum, 0.0);
        out[k] = bend == activation::rectified_to_6 ? std::min(sum, 6.0) : sum;
    }
    return y;
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(it_is_the_defining_sum, T, numbers) {
    constexpr double rounding = sizeof(T) == 4 ? 3e-6 : 1e-14;                      // of a sum of a few hundred products
    for (const auto& [xs, ws, c] : cases) {
        tensor<T> x = scattered<T>(xs, 1), w = scattered<T>(ws, 2);
        std::for_each(w.write(), w.write() + w.size(), [](T& v) { v *= 4; });       // so that some sums pass 6
        const auto bias = scattered<T>({ws[0]}, 3), added = scattered<T>(convolved(xs, ws, c), 4);
        for (const activation bend : {activation::none, activation::rectified, activation::rectified_to_6})
            for (const bool more : {false, true})
                for (const bool with_bias : {false, true}) {
                    const tensor<T> b = with_bias ? bias : tensor<T>{}, a = more ? added : tensor<T>{};
                    const auto y = convolve(x, w, b, c, bend, a);
                    BOOST_TEST_CONTEXT(xs << ' ' << ws) BOOST_TEST(relative_error(y, by_definition(x, w, b, c, bend, a)) < rounding);
                }
    }
}

BOOST_AUTO_TEST_CASE(the_bits_do_not_depend_on_the_number_of_threads_or_on_the_other_images) {
    for (const auto& [xs, ws, c] : cases) {
        const auto x = scattered<float>(xs, 1), w = scattered<float>(ws, 2), bias = scattered<float>({ws[0]}, 3);
        const int outside = omp_get_max_threads();
        omp_set_num_threads(1);
        const auto alone = convolve(x, w, bias, c, activation::rectified_to_6);
        omp_set_num_threads(3);
        const auto together = convolve(x, w, bias, c, activation::rectified_to_6);
        omp_set_num_threads(outside);
        BOOST_TEST(std::equal(alone.data(), alone.data() + alone.size(), together.data()));
        const tensor<float> first{xs.with_rows(1), std::span<const float>{x.data(), xs.row_size()}};
        const auto one = convolve(first, w, bias, c, activation::rectified_to_6);
        BOOST_TEST(std::equal(one.data(), one.data() + one.size(), together.data()));
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_number_stays_in_sight_and_a_small_image_is_enough) {
    tensor<double> x({1, 1, 1, 2}, {std::nan(""), 1.0});
    const auto y = convolve(x, tensor<double>({2, 1, 1, 1}, {1.0, 1.0}), {}, {.groups = 2}, activation::rectified_to_6);
    BOOST_TEST(std::isnan(y[0]));
    BOOST_TEST(y[1] == 1);
    BOOST_TEST(convolve(scattered<float>({0, 4, 4, 2}, 1), scattered<float>({2, 3, 3, 1}, 1), {}, {.groups = 2}, activation::none).shape() ==
               (shape{0, 2, 2, 2}));
}

BOOST_AUTO_TEST_CASE(wrong_shapes_are_named) {
    const tensor<float> x({1, 4, 4, 6}), w({6, 3, 3, 2});
    const auto throws = [](const std::string& words, const auto& call) {
        BOOST_CHECK_EXCEPTION(call(), error, [&](const error& e) { return std::string{e.what()}.find(words) != std::string::npos; });
    };
    throws("in 1 groups; input channels differ (6, 1 x 2)", [&] { convolve(x, w, {}, grouped_window{}, activation::none); });
    throws("in 4 groups", [&] { convolve(x, w, {}, {.groups = 4}, activation::none); });
    throws("in 0 groups", [&] { convolve(x, w, {}, {.groups = 0}, activation::none); });
    throws("[N,C,H,W]", [&] { convolve(tensor<float>({1, 6, 4, 4}), w, {}, {.groups = 3}, activation::none); });
    throws("does not fit", [&] { convolve(tensor<float>({1, 2, 2, 6}), w, {}, {.groups = 3}, activation::none); });
    throws("bias is [5]", [&] { convolve(x, w, tensor<float>(shape{5}), {.groups = 3}, activation::none); });
    throws("is to be added to [1,2,2,6]", [&] { convolve(x, w, {}, {.groups = 3}, activation::none, x); });
}
