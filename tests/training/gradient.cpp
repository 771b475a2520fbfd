// SPDX-License-Identifier: Apache-2.0
/// \file  Norms, sums and clipping of gradients.
#include <ncsn/models/mlp.hpp>
#include <ncsn/training/gradient.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;

/// A tree of two parameters of different shape and a buffer, which is no part of a gradient's norm.
template <class P> struct pair_of {
    P first, second;
    buffer<array> apart;
    static constexpr std::tuple members{field{"first", &pair_of::first}, field{"second", &pair_of::second}, field{"apart", &pair_of::apart}};
};
pair_of<array> three_four_twelve() { return {array{{2}, {3, 4}}, array{{1, 1, 1}, {12}}, {array{{1}, {1000}}}}; }

BOOST_AUTO_TEST_CASE(the_norm_is_that_of_all_parameters_together) {
    BOOST_TEST(gradient_norm(three_four_twelve()).item() == 13.f);
}

BOOST_AUTO_TEST_CASE(a_gradient_that_is_too_long_keeps_its_direction) {
    auto g = three_four_twelve();
    BOOST_TEST(clip(g, 6.5).item() == 13.f);
    BOOST_TEST(g.first[0] == 1.5f);
    BOOST_TEST(g.first[1] == 2.f);
    BOOST_TEST(g.second[0] == 6.f);
    BOOST_TEST(g.second.shape() == (shape{1, 1, 1}));
    BOOST_TEST(g.apart.value[0] == 1000.f);
}

BOOST_AUTO_TEST_CASE(a_shorter_one_and_zero_stay_as_they_are) {
    auto g = three_four_twelve();
    BOOST_TEST(clip(g, 13).item() == 13.f);
    BOOST_TEST(g.second[0] == 12.f);
    scale(g, 0);
    BOOST_TEST(clip(g, 1).item() == 0.f);
    BOOST_TEST(g.first[0] == 0.f);
}

BOOST_AUTO_TEST_CASE(parts_add_up) {
    auto sum = three_four_twelve();
    accumulate(sum, three_four_twelve());
    scale(sum, 0.25);
    BOOST_TEST(sum.first[1] == 2.f);
    BOOST_TEST(sum.second[0] == 6.f);
}
