// SPDX-License-Identifier: Apache-2.0
/// \file  Pools: values known in closed form, the defining loops, and transposes by <y, A x> = <Aᵀ y, x>.
#include <support/scattered.hpp>

#include <boost/test/unit_test.hpp>

#include <ncsn/arrays/cpu/pooling.hpp>

#include <cmath>
#include <limits>
#include <vector>

using namespace ncsn;
using numbers = std::tuple<float, double>;

namespace {

struct case_of { shape x; pool_window window; };
const std::vector<case_of> cases{{{2, 7, 5, 3}, {5, 1, 2}},   {{1, 28, 28, 17}, {5, 1, 2}}, {{3, 8, 6, 1}, {2, 2, 0}},  {{2, 9, 9, 4}, {3, 2, 1}},
                                 {{1, 4, 4, 2}, {4, 4, 0}},   {{2, 7, 7, 33}, {2, 2, 0}},   {{1, 3, 2, 5}, {5, 1, 2}},  {{9, 14, 14, 64}, {5, 1, 2}},
                                 {{1, 11, 13, 2}, {3, 4, 0}}, {{1, 6, 6, 1}, {7, 3, 3}}};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(the_average_pool_divides_by_the_whole_window, T, numbers) {
    const tensor<T> ones({1, 4, 4, 1}, T(1));
    const auto y = average_pool(ones, {3, 1, 1});
    BOOST_TEST(double(y[0]) == 4. / 9, boost::test_tools::tolerance(1e-6));                     // a corner sees four ones and five zeros
    BOOST_TEST(double(y[1]) == 6. / 9, boost::test_tools::tolerance(1e-6));
    BOOST_TEST(double(y[5]) == 1., boost::test_tools::tolerance(1e-6));
    for (const auto& [xs, p] : cases) {
        const auto x = scattered<T>(xs, 1), y2 = average_pool(x, p);
        const shape& ys = y2.shape();
        for (std::size_t k = 0; k < ys.size(); ++k) {
            const std::size_t c = k % ys[3], b = k / ys[3] % ys[2], a = k / ys[3] / ys[2] % ys[1], n = k / ys.row_size();
            double sum = 0;
            for (std::size_t dy = 0; dy < p.size; ++dy)
                for (std::size_t dx = 0; dx < p.size; ++dx) {
                    const std::size_t iy = a * p.stride + dy - p.padding, ix = b * p.stride + dx - p.padding;
                    if (iy < xs[1] && ix < xs[2]) sum += double(x[((n * xs[1] + iy) * xs[2] + ix) * xs[3] + c]);
                }
            BOOST_REQUIRE_SMALL(double(y2[k]) - sum / double(p.size * p.size), adjoint_rounding<T>);
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_average_inside_divides_by_the_pixels_that_there_are, T, numbers) {
    const tensor<T> ones({1, 4, 4, 1}, T(1));
    for (const T value : average_pool_inside(ones, {3, 1, 1}).values()) BOOST_TEST(double(value) == 1., boost::test_tools::tolerance(1e-6));
    for (const auto& [xs, p] : cases) {                                             // the mean with zeros counted, over that of ones
        if (p.padding >= p.size) continue;
        const auto x = scattered<T>(xs, 1), y = average_pool_inside(x, p), whole = average_pool(x, p), share = average_pool(tensor<T>(xs, T(1)), p);
        BOOST_REQUIRE(y.shape() == whole.shape());
        for (std::size_t k = 0; k < y.size(); ++k) BOOST_REQUIRE_SMALL(double(y[k]) - double(whole[k]) / double(share[k]), 10 * adjoint_rounding<T>);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_maximum_alone_is_what_its_choice_takes, T, numbers) {
    for (const auto& [xs, p] : cases) {
        const auto x = scattered<T>(xs, 5), y = max_pool(x, p), chosen = gather(x, max_pool_index(x, p), pooled(xs, p));
        BOOST_REQUIRE(y.shape() == chosen.shape());
        BOOST_TEST(std::equal(y.data(), y.data() + y.size(), chosen.data()));
    }
    const T none = std::numeric_limits<T>::quiet_NaN();
    for (const auto& window : {std::vector<T>{none, 1, 2, 3}, {1, none, 2, 3}, {3, 2, 1, none}})  // what is no number stays in sight
        BOOST_TEST(std::isnan(max_pool(tensor<T>({1, 2, 2, 1}, std::span<const T>{window}), {2, 2, 0})[0]));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_transposes_are_adjoint, T, numbers) {
    for (const auto& [xs, p] : cases) {
        const auto x = scattered<T>(xs, 1), pool = average_pool(x, p), y = scattered<T>(pool.shape(), 2);
        BOOST_TEST(adjoint_defect(x, pool, y, average_pool_transpose(y, xs, p)) < adjoint_rounding<T>);
        const auto index = max_pool_index(x, p);
        BOOST_TEST(adjoint_defect(x, gather(x, index, pool.shape()), y, scatter_add(y, index, xs)) < adjoint_rounding<T>);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_maximum_is_the_first_of_its_window_and_never_padding, T, numbers) {
    const tensor<T> x({1, 2, 4, 1}, {-5, -3, 2, 2, -3, -4, 1, 2});
    const auto index = max_pool_index(x, {2, 2, 0});
    BOOST_TEST(index.index.values() == (std::vector<std::uint32_t>{1, 2}), boost::test_tools::per_element());
    const auto padded = max_pool_index(x, {3, 2, 1});                               // all values of the left windows are negative
    BOOST_TEST(padded.index.values() == (std::vector<std::uint32_t>{1, 2}), boost::test_tools::per_element());
    const auto y = gather(x, index, {1, 1, 2, 1});
    BOOST_TEST(y[0] == T(-3));
    BOOST_TEST(y[1] == T(2));
    for (const auto& [xs, p] : cases) {
        const auto image = scattered<T>(xs, 5);
        const auto at = max_pool_index(image, p);
        const shape ys = pooled(xs, p);
        for (std::size_t k = 0; k < ys.size(); ++k) {
            const std::size_t c = k % ys[3], b = k / ys[3] % ys[2], a = k / ys[3] / ys[2] % ys[1], n = k / ys.row_size();
            T best = -2;
            for (std::size_t dy = 0; dy < p.size; ++dy)
                for (std::size_t dx = 0; dx < p.size; ++dx) {
                    const std::size_t iy = a * p.stride + dy - p.padding, ix = b * p.stride + dx - p.padding;
                    if (iy < xs[1] && ix < xs[2]) best = std::max(best, image[((n * xs[1] + iy) * xs[2] + ix) * xs[3] + c]);
                }
            BOOST_REQUIRE_EQUAL(image[at.index[k]], best);
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(of_equal_maxima_the_first_row_by_row_is_taken_and_of_what_is_no_number_the_first, T, numbers) {
    for (const auto& [xs, p] : cases) {
        if (p.padding >= p.size) continue;
        auto x = scattered<T>(xs, 6);
        for (T* v = x.write(), *end = v + x.size(); v != end; ++v) *v = *v > T(0.9) ? std::numeric_limits<T>::quiet_NaN() : std::round(2 * *v);
        const auto choice = max_pool_index(x, p);
        const shape& ys = choice.index.shape();
        for (std::size_t k = 0; k < ys.size(); ++k) {
            const std::size_t c = k % ys[3], b = k / ys[3] % ys[2], a = k / ys[3] / ys[2] % ys[1], n = k / ys.row_size();
            std::size_t first = x.size();
            for (std::size_t dy = 0; dy < p.size; ++dy)
                for (std::size_t dx = 0; dx < p.size; ++dx) {
                    const std::size_t iy = a * p.stride + dy - p.padding, ix = b * p.stride + dx - p.padding;
                    if (iy >= xs[1] || ix >= xs[2]) continue;
                    const std::size_t at = ((n * xs[1] + iy) * xs[2] + ix) * xs[3] + c;
                    if (first == x.size() || x[at] > x[first] || (std::isnan(x[at]) && !std::isnan(x[first]))) first = at;
                }
            BOOST_REQUIRE_EQUAL(choice.index[k], first);
        }
    }
}

BOOST_AUTO_TEST_CASE(wrong_shapes_are_named) {
    const tensor<float> x({1, 4, 4, 2});
    BOOST_CHECK_THROW(average_pool(x, {5, 1, 0}), error);
    BOOST_CHECK_THROW(average_pool_transpose(x, {1, 10, 10, 2}, {2, 2, 0}), error);
    BOOST_CHECK_THROW(max_pool_index(x, {2, 1, 2}), error);
    BOOST_CHECK_THROW(gather(x, max_pool_index(x, {2, 2, 0}), {1, 4, 4, 2}), error);
}
