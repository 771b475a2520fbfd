// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of matrix products against the defining sum, transposed operands, sizes that are divided among threads.
#include <ncsn/arrays/cpu/matmul.hpp>
#include <ncsn/arrays/random.hpp>

#include <boost/test/unit_test.hpp>

#include <support/files.hpp>

#include <omp.h>

using namespace ncsn;
using arrays = std::tuple<tensor<float>, tensor<double>>;

BOOST_AUTO_TEST_CASE_TEMPLATE(products_are_the_defining_sum, A, arrays) {
    philox rng{1};
    const double precision = sizeof(typename A::value_type) == 4 ? 1e-5 : 1e-13;
    const std::array<std::size_t, 3> sizes[] = {{1, 1, 1}, {3, 4, 5}, {7, 1, 2}, {65, 130, 33}, {21, 64, 80}, {12, 16, 32}};
    for (const auto& [m, k, n] : sizes)
        for (const transposed which : {transposed::neither, transposed::left, transposed::right}) {
            const bool left = which == transposed::left, right = which == transposed::right;
            const A a = normal<A>(left ? shape{k, m} : shape{m, k}, rng), b = normal<A>(right ? shape{n, k} : shape{k, n}, rng),
                    c = product(a, b, which);
            BOOST_TEST_REQUIRE((c.shape() == shape{m, n}));
            for (std::size_t i = 0; i < m; ++i)
                for (std::size_t j = 0; j < n; ++j) {
                    double sum = 0;
                    for (std::size_t l = 0; l < k; ++l)
                        sum += static_cast<double>(a[left ? l * m + i : i * k + l]) * static_cast<double>(b[right ? j * k + l : l * n + j]);
                    BOOST_TEST_REQUIRE(std::abs(static_cast<double>(c[i * n + j]) - sum) < precision * (1 + static_cast<double>(k)));
                }
        }
}

BOOST_AUTO_TEST_CASE(leading_axes_count_as_rows) {
    using array = tensor<double>;
    philox rng{2};
    const array x = normal<array>({2, 3, 4}, rng), w = normal<array>({5, 4}, rng);
    const array y = product(x, w, transposed::right), flat = product(x.reshaped({6, 4}), w, transposed::right);
    BOOST_TEST((y.shape() == shape{2, 3, 5}));
    BOOST_TEST(std::ranges::equal(y.values(), flat.values()));
    const array g = product(y, x, transposed::left);                                  // the gradient of a weight
    BOOST_TEST((g.shape() == shape{5, 4}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_row_does_not_depend_on_the_rows_beside_it, A, arrays) {
    philox rng{4};
    const A x = normal<A>({29, 100}, rng), w = normal<A>({70, 100}, rng), all = product(x, w, transposed::right);
    for (const std::size_t first : {1, 8, 13}) {
        const A part({29 - first, 100}, x.values().subspan(first * 100));
        const A y = product(part, w, transposed::right);
        if (small_product<typename A::value_type>::suits({w.data(), 100, 70, 1, 100}))  // Eigen promises nothing
            BOOST_TEST(std::ranges::equal(y.values(), all.values().subspan(first * 70)));
    }
}

BOOST_AUTO_TEST_CASE(the_number_of_threads_changes_no_bit) {
    using array = tensor<float>;
    philox rng{3};
    const array x = normal<array>({300, 256}, rng), w = normal<array>({256, 256}, rng);
    omp_set_num_threads(1);
    const array one = product(x, w, transposed::right);
    omp_set_num_threads(2);
    BOOST_TEST(std::ranges::equal(product(x, w, transposed::right).values(), one.values()));
}

BOOST_AUTO_TEST_CASE(features_that_differ_are_named_with_both_shapes) {
    using array = tensor<float>;
    const std::string said = message_of([] { product(array({128, 3}), array({64, 2}), transposed::right); });
    for (const char* part : {"[128,3]", "[64,2]", "(3, 2)"})
        BOOST_TEST(said.find(part) != std::string::npos, "'" << said << "' does not say " << part);
}

BOOST_AUTO_TEST_CASE(a_scalar_is_no_matrix) {
    using array = tensor<float>;
    for (const std::string& said : {message_of([] { product(array(shape{}), array({1, 1}), transposed::right); }),
                                    message_of([] { product(array({1, 1}), array(shape{}), transposed::right); })})
        BOOST_TEST((said.find("[]") != std::string::npos && said.find("one axis") != std::string::npos), said);
}
