// SPDX-License-Identifier: Apache-2.0
/// \file  Numbers of samples and levels fit their batch, whatever its rank, or are refused.
#include <ncsn/levels/columns.hpp>

#include <boost/test/unit_test.hpp>

#include <support/files.hpp>

using namespace ncsn;
using array = tensor<double>;

BOOST_AUTO_TEST_CASE(sigma_and_index_become_columns_of_the_rank_of_x) {
    const noise_levels three{{0, 1, 2}, {3, 1, 0.5}}, one{{1}, {2}};
    const array images({3, 4, 4, 2}), points({3, 2});
    BOOST_TEST((column(three, images).shape() == shape{3, 1, 1, 1}));
    BOOST_TEST((column(three, points).shape() == shape{3, 1}));
    BOOST_TEST((column(one, images).shape() == shape{1, 1, 1, 1}));
    BOOST_TEST(column(three, points)[2] == 0.5);
    BOOST_TEST(column(three, points, [](double sigma) { return sigma * sigma; })[0] == 9);
    const array doubled = index_column(three, images, [](std::size_t i) { return 2.0 * static_cast<double>(i); });
    BOOST_TEST((doubled.shape() == shape{3, 1, 1, 1} && doubled[0] == 0 && doubled[1] == 2 && doubled[2] == 4));
    BOOST_TEST((column(three, dual{points, points}).shape() == shape{3, 1}));
}

BOOST_AUTO_TEST_CASE(a_column_fits_its_batch_or_is_refused) {
    BOOST_TEST((as_column(array({4, 1}), {4, 2, 2, 3}).shape() == shape{4, 1, 1, 1}));
    BOOST_TEST((as_column(array(shape{}), {4, 2}).shape() == shape{1, 1}));
    BOOST_CHECK_THROW(as_column(array({3, 1}), {4, 2}), error);
    BOOST_CHECK_THROW(as_column(array({1, 1}), shape{}), error);
    const noise_levels three{{0, 1, 2}, {3, 1, 0.5}};
    const std::string said = message_of([&] { column(three, array({5, 2})); });
    BOOST_TEST((said.find("3 levels") != std::string::npos && said.find("[5,2]") != std::string::npos), said);
    BOOST_CHECK_THROW(index_column(three, array({5, 2}), [](std::size_t) { return 1.0; }), error);
}
