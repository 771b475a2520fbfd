// SPDX-License-Identifier: Apache-2.0
/// \file  A list of rows makes each of its tables once.
#define BOOST_TEST_MODULE arrays_chosen_rows
#include <boost/test/unit_test.hpp>

#include <support/emulated_device.hpp>

#include <ncsn/arrays/chosen_rows.hpp>
#include <ncsn/arrays/indexing.hpp>
#include <ncsn/levels/noise_level.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(a_table_is_made_once_for_each_type_and_number) {
    const chosen_rows rows{{2, 0, 2}};
    int made = 0;
    for (int asked = 0; asked < 3; ++asked) {
        BOOST_TEST(rows.table<int>(0, [&] { return ++made, 10; }) == 10);
        BOOST_TEST(rows.table<int>(1, [&] { return ++made, 11; }) == 11);
        BOOST_TEST(rows.table<double>(0, [&] { return ++made, 0.5; }) == 0.5);
    }
    BOOST_TEST(made == 3);
}

BOOST_AUTO_TEST_CASE(rows_are_gathered_and_scattered_by_the_same_tables_for_any_tensor) {
    const chosen_rows rows{{2, 0, 2}};
    using array = tensor<float, emulated>;
    const array narrow({3, 1}, {1, 2, 3}), wide({4, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
    const auto numbers = [](const array& x) {
        const auto fetched = on_device<cpu>(x);
        return std::vector<float>(fetched.values().begin(), fetched.values().end());
    };
    for (int again = 0; again < 2; ++again) {
        BOOST_TEST(numbers(gather_rows(narrow, rows)) == (std::vector<float>{3, 1, 3}), boost::test_tools::per_element());
        BOOST_TEST(numbers(gather_rows(wide, rows)) == (std::vector<float>{5, 6, 1, 2, 5, 6}), boost::test_tools::per_element());
        BOOST_TEST(numbers(scatter_rows(narrow, rows, {3, 1})) == (std::vector<float>{2, 0, 4}), boost::test_tools::per_element());
        BOOST_TEST(numbers(scatter_rows(narrow, rows, {4, 1})) == (std::vector<float>{2, 0, 4, 0}), boost::test_tools::per_element());
    }
    const std::size_t held = emulated::pool().bytes_in_use();
    gather_rows(wide, rows);
    BOOST_TEST(emulated::pool().bytes_in_use() == held);                            // no further table
}

BOOST_AUTO_TEST_CASE(levels_share_their_rows_while_somebody_has_them_and_they_are_the_same) {
    noise_levels levels{{1, 2}, {0.5, 0.1}};
    auto first = levels.rows();
    BOOST_TEST(levels.rows() == first);
    const noise_levels copy = levels;
    BOOST_TEST(copy.rows() == first);
    levels.index[0] = 4;
    const auto changed = levels.rows();
    BOOST_TEST((changed != first && changed->list()[0] == 4 && copy.rows() == first));
    const std::weak_ptr<const chosen_rows> watched = first;
    first.reset();
    BOOST_TEST(watched.expired());                                                  // levels keep nothing of a device
}
