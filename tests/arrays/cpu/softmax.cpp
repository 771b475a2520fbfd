// SPDX-License-Identifier: Apache-2.0
/// \file  Softmax of rows: its definition in double, its adjoint against the Jacobian f (diag y - y yᵀ), and what is not finite.
#include <support/scattered.hpp>

#include <boost/test/unit_test.hpp>

#include <ncsn/arrays/cpu/softmax.hpp>

#include <cmath>
#include <limits>
#include <tuple>

using namespace ncsn;
using numbers = std::tuple<float, double>;

BOOST_AUTO_TEST_CASE_TEMPLATE(rows_are_shares_and_the_adjoint_is_the_jacobians, T, numbers) {
    for (const shape& s : {shape{3, 5}, shape{2, 16}, shape{70, 256}, shape{4, 3, 11}, shape{5, 1}}) {
        const double f = 7.5, rounding = 64 * double(std::numeric_limits<T>::epsilon());
        const auto x = scattered<T>(s, 1), y = softmax_of_rows(x, f), u = scattered<T>(s, 2), v = softmax_of_rows_adjoint(u, y, f);
        const std::size_t n = s.row_size();
        for (std::size_t r = 0; r < s[0]; ++r) {
            double total = 0, along = 0;
            for (std::size_t k = 0; k < n; ++k) total += std::exp(f * double(x[r * n + k]));
            for (std::size_t k = 0; k < n; ++k) along += double(u[r * n + k]) * std::exp(f * double(x[r * n + k])) / total;
            for (std::size_t k = r * n; k < (r + 1) * n; ++k) {
                const double share = std::exp(f * double(x[k])) / total;
                BOOST_REQUIRE_SMALL(double(y[k]) - share, rounding * share);
                BOOST_REQUIRE_SMALL(double(v[k]) - f * share * (double(u[k]) - along), rounding * f * share);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(large_arguments_do_not_overflow_and_what_is_no_number_shows) {
    const auto y = softmax_of_rows(tensor<float>({2, 3}, {1e30f, -1e30f, 1e30f, 0, 200, -300}), 1);
    BOOST_TEST((y[0] == 0.5f && y[1] < 1e-30f && y[2] == 0.5f && y[4] == 1));
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
        for (const float value : softmax_of_rows(tensor<float>({1, 3}, {1, bad, 2}), 1).values()) BOOST_TEST(std::isnan(value));
    BOOST_CHECK_THROW(softmax_of_rows_adjoint(tensor<float>({2, 3}), tensor<float>({3, 2}), 1), error);
}
