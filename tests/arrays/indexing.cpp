// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of rows, columns and transposes: their elements, that each is the transpose of its partner, and their messages.
#include <ncsn/arrays/cpu/indexing.hpp>
#include <ncsn/arrays/random.hpp>

#include <boost/test/unit_test.hpp>

#include <support/files.hpp>

#include <limits>

using namespace ncsn;
using array = tensor<double>;

namespace {

double inner(const array& a, const array& b) {
    double s = 0;
    BOOST_TEST_REQUIRE(a.shape() == b.shape());
    for (std::size_t i = 0; i < a.size(); ++i) s += a[i] * b[i];
    return s;
}
const array x({2, 3}, {1, 2, 3, 4, 5, 6});
bool holds(const array& a, const shape& s, std::initializer_list<double> values) { return a.shape() == s && std::ranges::equal(a.values(), values); }

}  // namespace

BOOST_AUTO_TEST_CASE(small_examples) {
    BOOST_TEST(holds(gather_rows(x, std::array<std::size_t, 3>{1, 0, 1}), {3, 3}, {4, 5, 6, 1, 2, 3, 4, 5, 6}));
    BOOST_TEST(holds(scatter_rows(x, std::array<std::size_t, 2>{2, 2}, {3, 3}), {3, 3}, {0, 0, 0, 0, 0, 0, 5, 7, 9}));
    BOOST_TEST(holds(columns(x, 1, 2), {2, 2}, {2, 3, 5, 6}));
    BOOST_TEST(holds(place_columns(x, 1, 5), {2, 5}, {0, 1, 2, 3, 0, 0, 4, 5, 6, 0}));
    BOOST_TEST(holds(concatenated(x, array({2, 1}, {7, 8})), {2, 4}, {1, 2, 3, 7, 4, 5, 6, 8}));
    BOOST_TEST(holds(concatenated(array({2, 1}, {7, 8}), array({2, 0}), x), {2, 4}, {7, 1, 2, 3, 8, 4, 5, 6}));
    BOOST_TEST(holds(swap_last_axes(x), {3, 2}, {1, 4, 2, 5, 3, 6}));
}

BOOST_AUTO_TEST_CASE(each_is_the_transpose_of_its_partner) {
    philox rng{1};
    const array a = normal<array>({4, 2, 5}, rng), rows = normal<array>({3, 2, 5}, rng), few = normal<array>({4, 2, 3}, rng),
                many = normal<array>({4, 2, 9}, rng);
    const std::array<std::size_t, 3> which{2, 0, 2};
    BOOST_TEST(std::abs(inner(gather_rows(a, which), rows) - inner(a, scatter_rows(rows, which, a.shape()))) < 1e-13);
    BOOST_TEST(std::abs(inner(columns(a, 1, 3), few) - inner(a, place_columns(few, 1, 5))) < 1e-13);
    BOOST_TEST(std::abs(inner(place_columns(a, 4, 9), many) - inner(a, columns(many, 4, 5))) < 1e-13);
    const array pair = concatenated(a, few);                                          // <[a, f], [b, g]> = <a, b> + <f, g>
    BOOST_TEST(std::abs(inner(pair, pair) - inner(a, columns(pair, 0, 5)) - inner(few, columns(pair, 5, 3))) < 1e-13);
    const array back = swap_last_axes(swap_last_axes(a));
    BOOST_TEST(std::ranges::equal(back.values(), a.values()));
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_named) {
    const auto says = [](const std::string& message, std::initializer_list<const char*> parts) {
        for (const char* part : parts) BOOST_TEST(message.find(part) != std::string::npos, "'" << message << "' does not say " << part);
    };
    says(message_of([] { gather_rows(x, std::array<std::size_t, 1>{2}); }), {"row 2", "[2,3]"});
    says(message_of([] { columns(x, 2, 2); }), {"[2,3]", "2 to 4"});
    says(message_of([] { concatenated(x, array({3, 1})); }), {"concatenated", "[2,3]", "[3,1]", "all extents but the last"});
    says(message_of([] { concatenated(x, x, array({2})); }), {"[2,3]", "[2]"});
    says(message_of([] { concatenated(array(shape{}), array(shape{})); }), {"x is []", "one axis"});
    says(message_of([] { swap_last_axes(array({3})); }), {"[3]"});
    says(message_of([] { scatter_rows(x, std::array<std::size_t, 2>{0, 4}, {3, 3}); }), {"row 4", "[3,3]"});
    says(message_of([] { scatter_rows(x, std::array<std::size_t, 3>{}, {3, 3}); }), {"[2,3]", "3 rows"});
    says(message_of([] { columns(array(shape{}), 0, 1); }), {"columns: x is []", "one axis"});
    says(message_of([] { columns(x, 1, std::numeric_limits<std::size_t>::max()); }), {"[2,3]"});
    says(message_of([] { place_columns(array(shape{}), 0, 1); }), {"place_columns: y is []", "one axis"});
    says(message_of([] { place_columns(x, 3, 5); }), {"[2,3]", "column 3 of 5"});
}
