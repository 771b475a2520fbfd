// SPDX-License-Identifier: Apache-2.0
/// \file  Data sets from xtensor expressions, and back.
#include <ncsn/data/xtensor.hpp>

#include <boost/test/unit_test.hpp>

#include <xtensor/xbuilder.hpp>
#include <xtensor/xview.hpp>

#include <algorithm>
#include <array>

using namespace ncsn;
using array = tensor<float, cpu>;

constexpr std::array<std::size_t, 2> both{0, 1};

BOOST_AUTO_TEST_CASE(bytes_are_taken_as_they_are) {
    const xt::xarray<std::uint8_t> pixels{{{{0, 51, 102}, {153, 204, 255}}}, {{{1, 2, 3}, {4, 5, 6}}}};           // [2,1,2,3]
    const auto data = images_from<array>(pixels, {7, 9});
    BOOST_TEST(data.pixels.shape() == (shape{2, 1, 2, 3}));
    BOOST_TEST(std::ranges::equal(data.pixels.values(), pixels));
    BOOST_TEST(data.labels[1] == 9);
    BOOST_TEST(data.batch(both)[1] == 51 / 255.f);
}

BOOST_AUTO_TEST_CASE(numbers_from_zero_to_one_become_the_nearest_bytes) {
    const auto data = images_from<array>(xt::reshape_view(xt::linspace<double>(-0.5, 1.5, 5), {1, 1, 5}));        // grey: [N,H,W]
    BOOST_TEST(data.pixels.shape() == (shape{1, 1, 5, 1}));
    BOOST_TEST(std::ranges::equal(data.pixels.values(), std::array<std::uint8_t, 5>{0, 0, 128, 255, 255}));
}

BOOST_AUTO_TEST_CASE(a_data_set_comes_back_as_it_was_and_its_pixels_serve_in_expressions) {
    const auto data = images_from<array>(xt::reshape_view(xt::arange<std::uint8_t>(24), {2, 3, 4}));
    const array batch = data.batch(both);
    const auto again = images_from<array>(as_xtensor(batch));
    BOOST_TEST(std::ranges::equal(again.pixels.values(), data.pixels.values()));
    const auto upside_down = images_from<array>(xt::view(as_xtensor(data.pixels), xt::all(), xt::range(2, xt::placeholders::_, -1)));
    BOOST_TEST(upside_down.pixels.shape() == data.pixels.shape());
    BOOST_TEST(upside_down.pixels[0] == 8);
}
