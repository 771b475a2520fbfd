// SPDX-License-Identifier: Apache-2.0
/// \file  Three digits as the colours of one image: each digit once in each colour, labels that say which, and other draws.
#include <ncsn/data/stacked_digits.hpp>

#include <boost/test/unit_test.hpp>

#include <set>

using namespace ncsn;
using array = tensor<float, cpu>;

namespace {

/// 40 grey images of 2 x 3 pixels, whose pixels are 6 i, 6 i + 1, ...; labels i mod 10.
images<array> digits_of(std::size_t n = 40) {
    tensor<std::uint8_t, cpu> pixels{{n, 2, 3, 1}};
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels.write()[i] = static_cast<std::uint8_t>(i);
    std::vector<label> labels;
    for (std::size_t i = 0; i < n; ++i) labels.push_back(static_cast<label>(i % 10));
    return images<array>{pixels, labels};
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_colour_has_each_digit_once_and_labels_say_which) {
    const stacked_digits data{digits_of()};
    BOOST_TEST(data.size() == 40u);
    BOOST_TEST((data.shape() == shape{1, 2, 3, 3}));
    for (std::size_t colour = 0; colour < 3; ++colour) {
        std::set<std::uint32_t> seen;
        for (const auto& image : data.chosen) seen.insert(image[colour]);
        BOOST_TEST(seen.size() == 40u);
    }
    const std::vector<std::size_t> rows{5, 39, 0};
    const array x = data.batch(rows);
    BOOST_TEST((x.shape() == shape{3, 2, 3, 3}));
    for (std::size_t i = 0; i < 3; ++i) {
        const auto& chosen = data.chosen[rows[i]];
        BOOST_TEST(data.labels[rows[i]] == 100 * (chosen[0] % 10) + 10 * (chosen[1] % 10) + chosen[2] % 10);
        for (std::size_t pixel = 0; pixel < 6; ++pixel)
            for (std::size_t colour = 0; colour < 3; ++colour)
                BOOST_TEST(x[(i * 6 + pixel) * 3 + colour] == static_cast<float>(6 * chosen[colour] + pixel) / 255);
    }
}

BOOST_AUTO_TEST_CASE(orders_are_independent_and_the_seeds_own) {
    const stacked_digits a{digits_of()}, b{digits_of()}, c{digits_of(), 2};
    BOOST_TEST((a.chosen == b.chosen && a.chosen != c.chosen));
    std::size_t same = 0;
    for (const auto& image : a.chosen) same += image[0] == image[1] || image[1] == image[2];
    BOOST_TEST(same < 20u);                                                         // 2 are expected of 80 pairs; 40 if the orders were one
}

BOOST_AUTO_TEST_CASE(as_many_as_are_asked_for_are_drawn) {
    const stacked_digits data{digits_of(), 1, 20000};
    BOOST_TEST(data.size() == 20000u);
    std::vector<double> counts(1000);
    for (const label kind : data.labels) ++counts[kind];
    double chi = 0;
    for (const double count : counts) chi += (count - 20) * (count - 20) / 20;
    BOOST_TEST(std::abs(chi - 999) < 5 * std::sqrt(2 * 999.));                       // χ² with 999 degrees of freedom: 5 deviations
}

BOOST_AUTO_TEST_CASE(what_is_no_set_of_digits_is_refused) {
    images<array> unlabelled = digits_of();
    unlabelled.labels.clear();
    BOOST_CHECK_THROW(stacked_digits{unlabelled}, error);
    images<array> eleven = digits_of();
    eleven.labels[3] = 10;
    BOOST_CHECK_THROW(stacked_digits{eleven}, error);
    BOOST_CHECK_THROW((stacked_digits{images<array>{tensor<std::uint8_t, cpu>{{4, 2, 2, 3}}, {0, 1, 2, 3}}}), error);
    const std::vector<std::size_t> outside{40};
    BOOST_CHECK_THROW(stacked_digits{digits_of()}.batch(outside), error);
}
