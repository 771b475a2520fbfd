// SPDX-License-Identifier: Apache-2.0
/// \file  The three convolutions against the defining sum, and against each other as transposes.
#include <support/scattered.hpp>

#include <boost/test/unit_test.hpp>

#include <ncsn/arrays/cpu/convolution.hpp>

#include <cmath>
#include <vector>

using namespace ncsn;

namespace {

double norm(const auto& a) { return std::sqrt(inner(a, a)); }

/// The defining sum, in double.
template <class T> tensor<double> by_definition(const tensor<T>& x, const tensor<T>& w, const tensor<T>& bias, const conv_window& c) {
    const shape ys = convolved(x.shape(), w.shape(), c), &xs = x.shape(), &ws = w.shape();
    tensor<double> y(ys);
    double* out = y.write();
    for (std::size_t n = 0; n < ys[0]; ++n)
        for (std::size_t a = 0; a < ys[1]; ++a)
            for (std::size_t b = 0; b < ys[2]; ++b)
                for (std::size_t o = 0; o < ys[3]; ++o) {
                    double sum = bias.empty() ? 0.0 : double(bias[o]);
                    for (std::size_t ky = 0; ky < ws[1]; ++ky)
                        for (std::size_t kx = 0; kx < ws[2]; ++kx) {
                            const auto iy = long(a * c.stride + ky * c.dilation) - long(c.padding);
                            const auto ix = long(b * c.stride + kx * c.dilation) - long(c.padding);
                            if (iy < 0 || ix < 0 || iy >= long(xs[1]) || ix >= long(xs[2])) continue;
                            const std::size_t at = ((n * xs[1] + std::size_t(iy)) * xs[2] + std::size_t(ix)) * xs[3];
                            for (std::size_t i = 0; i < ws[3]; ++i) sum += double(x[at + i]) * double(w[((o * ws[1] + ky) * ws[2] + kx) * ws[3] + i]);
                        }
                    *out++ = sum;
                }
    return y;
}

struct case_of { shape x, w; conv_window window; };
const std::vector<case_of> cases{
    {{2, 7, 5, 1}, {1, 3, 3, 1}, {1, 1, 1}},     {{1, 9, 9, 3}, {5, 3, 3, 3}, {1, 1, 1}},     {{3, 8, 8, 16}, {16, 3, 3, 16}, {1, 1, 1}},
    {{2, 9, 7, 24}, {40, 3, 3, 24}, {1, 1, 1}},  {{3, 14, 14, 32}, {48, 3, 3, 32}, {1, 1, 1}}, {{2, 12, 10, 20}, {12, 3, 3, 20}, {1, 2, 2}},
    {{2, 14, 14, 32}, {16, 3, 3, 32}, {1, 4, 4}}, {{2, 9, 9, 16}, {32, 3, 3, 16}, {2, 1, 1}},  {{2, 8, 8, 3}, {32, 4, 4, 3}, {2, 1, 1}},
    {{2, 8, 8, 32}, {3, 4, 4, 32}, {2, 1, 1}},   {{2, 6, 6, 24}, {17, 1, 1, 24}, {1, 0, 1}},  {{2, 11, 11, 64}, {1, 3, 3, 64}, {1, 1, 1}},
    {{2, 10, 10, 40}, {3, 3, 3, 40}, {1, 2, 2}}, {{2, 8, 8, 3}, {64, 3, 3, 3}, {1, 1, 1}},     {{1, 8, 8, 1}, {32, 5, 5, 1}, {1, 2, 1}},
    {{2, 7, 7, 3}, {20, 3, 3, 3}, {2, 1, 1}},    {{5, 6, 6, 32}, {64, 3, 3, 32}, {1, 0, 1}},  {{1, 28, 28, 32}, {32, 3, 3, 32}, {1, 1, 1}},
    {{9, 14, 13, 48}, {32, 3, 3, 48}, {1, 1, 1}}, {{2, 5, 6, 33}, {65, 3, 3, 33}, {1, 2, 1}},
};
using numbers = std::tuple<float, double>;

/// Relative rounding error of a sum of a few hundred products; Winograd's transforms cost a small factor.
template <class T> constexpr double rounding = sizeof(T) == 4 ? 3e-6 : 1e-14;

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(the_convolution_is_the_defining_sum, T, numbers) {
    for (const auto& [xs, ws, window] : cases)
        for (const bool with_bias : {false, true}) {
            const auto x = scattered<T>(xs, 1), w = scattered<T>(ws, 2), b = with_bias ? scattered<T>({ws[0]}, 3) : tensor<T>{};
            BOOST_TEST_CONTEXT("x " << xs << ", weight " << ws << ", stride " << window.stride << ", dilation " << window.dilation)
                BOOST_TEST(relative_error(convolve(x, w, b, window), by_definition(x, w, b, window)) < rounding<T>);
        }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_gradients_are_its_transposes, T, numbers) {
    for (const auto& [xs, ws, window] : cases) {
        const auto x = scattered<T>(xs, 1), w = scattered<T>(ws, 2), y = convolve(x, w, {}, window), adjoint = scattered<T>(y.shape(), 4);
        const auto x_adjoint = convolve_input_gradient(adjoint, w, xs, window), w_adjoint = convolve_filter_gradient(adjoint, x, ws, window);
        const double expected = inner(adjoint, by_definition(x, w, {}, window));
        BOOST_TEST_CONTEXT("x " << xs << ", weight " << ws << ", stride " << window.stride << ", dilation " << window.dilation) {
            BOOST_TEST(std::abs(inner(x_adjoint, x) - expected) < rounding<T> * norm(x_adjoint) * norm(x));
            BOOST_TEST(std::abs(inner(w_adjoint, w) - expected) < rounding<T> * norm(w_adjoint) * norm(w));
        }
    }
}

BOOST_AUTO_TEST_CASE(single_and_double_precision_agree_in_every_gradient) {
    for (const auto& [xs, ws, window] : cases) {
        const shape ys = convolved(xs, ws, window);
        const auto wide = [](const tensor<float>& t) {
            const std::vector<double> values(t.values().begin(), t.values().end());
            return tensor<double>{t.shape(), std::span<const double>{values}};
        };
        const auto x = scattered<float>(xs, 1), w = scattered<float>(ws, 2), y = scattered<float>(ys, 4), b = scattered<float>({ws[3]}, 5);
        BOOST_TEST_CONTEXT("x " << xs << ", weight " << ws << ", stride " << window.stride << ", dilation " << window.dilation) {
            const auto exact = convolve_input_gradient(wide(y), wide(w), xs, window, wide(b));
            BOOST_TEST(relative_error(convolve_input_gradient(y, w, xs, window, b), exact) < 3e-6);
            BOOST_TEST(relative_error(convolve_filter_gradient(y, x, ws, window), convolve_filter_gradient(wide(y), wide(x), ws, window)) < 3e-6);
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_transposed_convolution_takes_its_extent_from_the_caller, T, numbers) {
    const auto y = scattered<T>({2, 5, 5, 16}, 1), w = scattered<T>({16, 3, 3, 20}, 2), b = scattered<T>({20}, 3);
    for (const std::size_t extent : {9, 10}) {                                      // stride 2: both lead to 5
        const shape xs{2, extent, extent, 20};
        const auto x = convolve_input_gradient(y, w, xs, {2, 1, 1}, b), probe = scattered<T>(xs, 4);
        double bias_part = 0;
        for (std::size_t k = 0; k < probe.size(); ++k) bias_part += double(probe[k]) * double(b[k % 20]);
        BOOST_TEST(std::abs(inner(x, probe) - bias_part - inner(y, by_definition(probe, w, {}, {2, 1, 1}))) < rounding<T> * norm(x) * norm(probe));
    }
    BOOST_CHECK_THROW(convolve_input_gradient(y, w, {2, 11, 11, 20}, {2, 1, 1}), error);
}

BOOST_AUTO_TEST_CASE(weights_may_change_between_calls) {
    const auto x = scattered<float>({2, 14, 14, 32}, 1);
    auto w = scattered<float>({32, 3, 3, 32}, 2);
    const auto adjoint = scattered<float>({2, 14, 14, 32}, 3);
    for (const bool winograd : {false, true}) {
        cpu::winograd = winograd;
        for (int round = 0; round < 4; ++round) {
            for (int repeat = 0; repeat < 3; ++repeat) {                            // the second use keeps what was packed, the third takes it
                BOOST_TEST(relative_error(convolve(x, w, {}, {1, 1, 1}), by_definition(x, w, {}, {1, 1, 1})) < rounding<float>);
                BOOST_TEST(std::abs(inner(convolve_input_gradient(adjoint, w, x.shape(), {1, 1, 1}), x) -
                                    inner(adjoint, by_definition(x, w, {}, {1, 1, 1}))) < 1e-4 * norm(adjoint));
            }
            w.write()[round] += 3;                                                  // nobody shares them: changed in place, what was packed dropped
            BOOST_TEST(relative_error(convolve(x, w, {}, {1, 1, 1}), by_definition(x, w, {}, {1, 1, 1})) < rounding<float>);
            const auto before = w;                                                  // a copy keeps its own elements and what was packed
            w.write()[round] += 5;
            BOOST_TEST(relative_error(convolve(x, before, {}, {1, 1, 1}), by_definition(x, before, {}, {1, 1, 1})) < rounding<float>);
        }
    }
    cpu::winograd = true;
}

BOOST_AUTO_TEST_CASE(results_do_not_depend_on_the_number_of_threads_or_the_split_of_a_batch) {
    const int threads = omp_get_max_threads();
    for (const auto& [xs, ws, window] : {case_of{{8, 28, 28, 32}, {64, 3, 3, 32}, {1, 1, 1}}, case_of{{8, 14, 14, 64}, {64, 3, 3, 64}, {1, 2, 2}},
                                         case_of{{9, 14, 14, 128}, {128, 3, 3, 128}, {1, 1, 1}}, case_of{{8, 28, 28, 64}, {1, 3, 3, 64}, {1, 1, 1}},
                                         case_of{{8, 28, 28, 32}, {48, 1, 1, 32}, {1, 0, 1}}, case_of{{8, 28, 28, 1}, {64, 3, 3, 1}, {1, 1, 1}},
                                         case_of{{7, 16, 16, 24}, {40, 3, 3, 24}, {2, 1, 1}}}) {
        const auto x = scattered<float>(xs, 1), w = scattered<float>(ws, 2), adjoint = scattered<float>(convolved(xs, ws, window), 3);
        const auto equal = [](const tensor<float>& a, const tensor<float>& b) { return std::ranges::equal(a.values(), b.values()); };
        const auto y = convolve(x, w, {}, window), x_adjoint = convolve_input_gradient(adjoint, w, xs, window),
                   w_adjoint = convolve_filter_gradient(adjoint, x, ws, window);
        BOOST_TEST_CONTEXT("x " << xs << ", weight " << ws) {
            for (const int n : {1, 2, 3}) {
                omp_set_num_threads(n);
                BOOST_TEST(equal(convolve(x, w, {}, window), y));
                BOOST_TEST(equal(convolve_input_gradient(adjoint, w, xs, window), x_adjoint));
                BOOST_TEST(equal(convolve_filter_gradient(adjoint, x, ws, window), w_adjoint));
            }
            omp_set_num_threads(threads);
            const auto part = [](const tensor<float>& t, std::size_t first, std::size_t count) {
                const std::size_t row = t.shape().row_size();
                return tensor<float>{t.shape().with_rows(count), t.values().subspan(first * row, count * row)};
            };
            for (const auto& [first, count] : {std::pair<std::size_t, std::size_t>{0, 1}, {1, 2}, {3, 4}}) {
                BOOST_TEST(equal(convolve(part(x, first, count), w, {}, window), part(y, first, count)));
                const auto gradient = convolve_input_gradient(part(adjoint, first, count), w, xs.with_rows(count), window);
                BOOST_TEST(equal(gradient, part(x_adjoint, first, count)));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(wrong_shapes_are_named) {
    const tensor<float> x({1, 8, 8, 3}), w({4, 3, 3, 5});
    const auto names_both = [](const error& e) { return std::string{e.what()}.find("input channels differ (3, 5)") != std::string::npos; };
    BOOST_CHECK_EXCEPTION(convolve(x, w, {}, {}), error, names_both);
    const auto hinted = [](const error& e) { return std::string{e.what()}.find("x looks like [N,C,H,W]") != std::string::npos; };
    BOOST_CHECK_EXCEPTION(convolve(x, w, {}, {}), error, [&](const error& e) { return !hinted(e); });   // 3 channels wherever they are; 5 are wanted
    BOOST_CHECK_EXCEPTION(convolve(tensor<float>({1, 5, 8, 8}), w, {}, {}), error, hinted);
    BOOST_CHECK_THROW(convolve(x, tensor<float>({4, 3, 3, 3}), tensor<float>({3}), {}), error);
}
