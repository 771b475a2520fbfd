// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the xtensor view.
#include <ncsn/arrays/xtensor.hpp>

#include <boost/test/unit_test.hpp>

#include <xtensor/xmath.hpp>
#include <xtensor/xview.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;

BOOST_AUTO_TEST_CASE(a_view_has_the_extents_and_the_very_elements) {
    const array x{{2, 3}, {1, 2, 3, 4, 5, 6}};
    const auto view = as_xtensor(x);
    BOOST_TEST(view.dimension() == 2u);
    BOOST_TEST(view.shape()[1] == 3u);
    BOOST_TEST(view(1, 0) == 4);
    BOOST_TEST(&view(0, 0) == x.data());
    BOOST_TEST(xt::sum(view)() == 21);
}

BOOST_AUTO_TEST_CASE(writing_through_a_view_leaves_copies_alone) {
    array x{{2, 2}, {1, 2, 3, 4}};
    const array copy = x;
    auto view = as_xtensor(x);
    view(0, 1) = 7;
    xt::view(view, 1) *= 2;
    BOOST_TEST(std::ranges::equal(x.values(), std::array{1.f, 7.f, 6.f, 8.f}));
    BOOST_TEST(std::ranges::equal(copy.values(), std::array{1.f, 2.f, 3.f, 4.f}));
}

BOOST_AUTO_TEST_CASE(an_expression_becomes_a_tensor_of_its_shape) {
    const array x{{2, 3}, {1, 2, 3, 4, 5, 6}};
    const auto centred = from_xtensor<array>(as_xtensor(x) - xt::mean(as_xtensor(x), {0}));
    BOOST_TEST(centred.shape() == (shape{2, 3}));
    BOOST_TEST(std::ranges::equal(centred.values(), std::array{-1.5f, -1.5f, -1.5f, 1.5f, 1.5f, 1.5f}));
    const auto transposed = from_xtensor<tensor<double, cpu>>(xt::transpose(as_xtensor(x)));
    BOOST_TEST(transposed.shape() == (shape{3, 2}));
    BOOST_TEST(std::ranges::equal(transposed.values(), std::array{1., 4., 2., 5., 3., 6.}));
    BOOST_TEST(from_xtensor<array>(xt::sum(as_xtensor(x))).shape() == shape{});
}

BOOST_AUTO_TEST_CASE(there_and_back_is_the_identity) {
    const array x{{1, 2, 2, 1}, {1, 2, 3, 4}};
    const auto y = from_xtensor<array>(as_xtensor(x));
    BOOST_TEST(y.shape() == x.shape());
    BOOST_TEST(std::ranges::equal(x.values(), y.values()));
}

BOOST_AUTO_TEST_CASE(an_empty_tensor_has_no_view) { BOOST_CHECK_THROW(as_xtensor(std::as_const(*std::make_unique<array>())), error); }
