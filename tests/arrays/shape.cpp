// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of shapes: counting, printing, broadcasting.
#include <ncsn/arrays/shape.hpp>

#include <boost/test/unit_test.hpp>

#include <support/files.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(a_shape_counts_its_elements) {
    const shape s{5, 2, 3};
    BOOST_TEST(s.rank() == 3u);
    BOOST_TEST(s.size() == 30u);
    BOOST_TEST(s.row_size() == 6u);
    BOOST_TEST(s.back() == 3u);
    BOOST_TEST((s.with_rows(7) == shape{7, 2, 3}));
    BOOST_TEST(shape{}.size() == 1u);
    BOOST_TEST(shape{}.rank() == 0u);
    BOOST_TEST((shape{2, 3} != shape{2, 3, 1}));
    BOOST_TEST((shape{0, 4}).size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_number_of_elements_does_not_wrap) {
    constexpr std::size_t many = std::size_t{1} << 40, none = std::size_t(-1);
    for (const shape& s : {shape{many, many}, {1, many, many}, {none}, {8, 8, none}, {shape::most_elements + 1}, {none, none, none, none}}) {
        const std::string said = message_of([&] { (void)s.size(); });
        BOOST_TEST(said.find("more elements than memory has addresses") != std::string::npos, said);
    }
    BOOST_CHECK_THROW((void)(shape{1, many, many}).row_size(), error);
    BOOST_TEST((shape{many, many}).row_size() == many);                             // of each sample
    BOOST_TEST((shape{shape::most_elements}).size() == shape::most_elements);
    BOOST_TEST((shape{many, many, 0}).size() == 0u);
    BOOST_TEST((shape{0, many, many}).size() == 0u);
    BOOST_CHECK_THROW((void)(shape{0, many, many}).row_size(), error);
}

BOOST_AUTO_TEST_CASE(an_extent_does_not_wrap) {
    constexpr std::size_t half = std::size_t{1} << 63, negative = std::size_t(-3);
    BOOST_TEST(extent_of("resize", 3, 4, 5) == 17u);
    for (const auto& [a, b, c] : {std::array{half, std::size_t{2}, std::size_t{7}}, {1, negative, 4}, {1, 4, negative}, {1, 1, half}})
        BOOST_TEST(message_of([&] { (void)extent_of("resize", a, b, c); }).starts_with("resize: an extent of "));
}

BOOST_AUTO_TEST_CASE(axes_are_matched_from_the_last_and_ones_are_repeated) {
    BOOST_TEST((broadcast("add", {2, 3}, {2, 3}) == shape{2, 3}));
    BOOST_TEST((broadcast("add", {2, 3}, {3}) == shape{2, 3}));
    BOOST_TEST((broadcast("add", {3}, {2, 1}) == shape{2, 3}));
    BOOST_TEST((broadcast("add", {}, {4, 5}) == shape{4, 5}));
    BOOST_TEST((broadcast("add", {1, 7, 1}, {5, 1, 3}) == shape{5, 7, 3}));
    BOOST_TEST((broadcast("add", {0, 3}, {1, 3}) == shape{0, 3}));
}

BOOST_AUTO_TEST_CASE(last_extents_add_up_side_by_side) {
    BOOST_TEST((concatenated_shape({{2, 3}, {2, 0}, {2, 4}}) == shape{2, 7}));
    BOOST_TEST((concatenated_shape({{3}, {1}}) == shape{4}));
    BOOST_CHECK_THROW(concatenated_shape({{2, 3}, {3, 3}}), error);
    BOOST_CHECK_THROW(concatenated_shape({{2, 3}, {2, 3, 1}}), error);
    BOOST_CHECK_THROW(concatenated_shape({shape{}, shape{}}), error);
}

BOOST_AUTO_TEST_CASE(shapes_that_do_not_fit_are_both_named) {
    const std::string said = message_of([] { broadcast("add", {128, 3}, {64, 2}); });
    for (const char* part : {"add", "[128,3]", "[64,2]", "(3, 2)"})
        BOOST_TEST(said.find(part) != std::string::npos, "'" << said << "' does not say " << part);
    BOOST_CHECK_THROW(broadcast("add", {2, 3}, {2}), error);
}
