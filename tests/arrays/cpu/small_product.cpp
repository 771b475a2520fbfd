// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of small products against the defining sum: whole and partial blocks of rows, panels and turned squares, both ways round.
#include <ncsn/arrays/cpu/small_product.hpp>
#include <ncsn/arrays/random.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using numbers = std::tuple<float, double>;

namespace {

/// A view of random numbers, stored as they are or transposed.
template <class T> struct random_matrix {
    tensor<T> stored;
    matrix_view<T> view;

    random_matrix(std::size_t rows, std::size_t columns, bool flip, philox& rng)
        : stored{normal<tensor<T>>(flip ? shape{columns, rows} : shape{rows, columns}, rng)},
          view{stored.data(), rows, columns, flip ? 1 : columns, flip ? rows : 1} {}
    T at(std::size_t i, std::size_t j) const { return view.data[i * view.down + j * view.right]; }
};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(products_are_the_defining_sum, T, numbers) {
    philox rng{1};
    const double precision = 4 * static_cast<double>(std::numeric_limits<T>::epsilon());
    for (const std::size_t m : {1, 7, 12, 24})
        for (const std::size_t k : {1, 15, 16, 50})
            for (const std::size_t n : {1, 8, 17, 32, 64, 75})
                for (const bool flip_a : {false, true})
                    for (const bool flip_b : {false, true}) {
                        const random_matrix<T> a{m, k, flip_a, rng}, b{k, n, flip_b, rng};
                        tensor<T> c({m, n}, T(-1));
                        small_product<T>::run(a.view, b.view, c.write());
                        double largest = 0;
                        for (std::size_t i = 0; i < m; ++i)
                            for (std::size_t j = 0; j < n; ++j) {
                                double sum = 0;
                                for (std::size_t l = 0; l < k; ++l) sum += static_cast<double>(a.at(i, l)) * static_cast<double>(b.at(l, j));
                                largest = std::max(largest, std::abs(static_cast<double>(c[i * n + j]) - sum));
                            }
                        BOOST_TEST(largest < precision * (1 + static_cast<double>(k)), m << " x " << k << " x " << n);
                    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(nothing_is_written_beyond_a_row, T, numbers) {
    philox rng{2};
    const random_matrix<T> a{9, 5, false, rng}, b{5, 19, false, rng};
    tensor<T> c({10, 19}, T(7));
    small_product<T>::run(a.view, b.view, c.write());
    for (std::size_t j = 0; j < 19; ++j) BOOST_TEST(c[9 * 19 + j] == T(7));
}
