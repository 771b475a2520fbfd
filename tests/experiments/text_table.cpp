// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of tables of text.
#include <boost/test/unit_test.hpp>

#include "../../experiments/support/text_table.hpp"

using namespace ncsn;

BOOST_AUTO_TEST_CASE(letters_are_counted_and_not_bytes) {
    BOOST_TEST(letters("σ₁ = 1") == 6u);
    BOOST_TEST(letters("") == 0u);
}

BOOST_AUTO_TEST_CASE(a_column_is_as_wide_as_its_longest_cell) {
    const text_rows rows{{"ε", "distance"}, {"2·10⁻⁵", "1.0"}, {"", "-"}};
    BOOST_TEST((column_widths(rows) == std::vector<std::size_t>{6, 8}));
    BOOST_TEST(tabbed(rows) == "ε\tdistance\n2·10⁻⁵\t1.0\n \t-\n");
    BOOST_TEST(table_sizes(rows) == "rows = 3\ncolumns = 2\nwidths = '6 8'\n");
}

BOOST_AUTO_TEST_CASE(a_row_has_a_cell_below_each_heading) {
    BOOST_CHECK_THROW(column_widths({{"a", "b"}, {"1"}}), error);
    BOOST_CHECK_THROW(column_widths({{"a"}, {"1", "2"}}), error);
    BOOST_CHECK_THROW(column_widths({}), error);
    BOOST_CHECK_THROW(column_widths({{}}), error);
}
