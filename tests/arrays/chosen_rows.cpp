// SPDX-License-Identifier: Apache-2.0
/// \file  A list of rows makes each of its tables once.
#include <boost/test/unit_test.hpp>

#include <support/emulated_device.hpp>

#include <ncsn/arrays/chosen_rows.hpp>
#include <ncsn/arrays/indexing.hpp>

#include <optional>

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

BOOST_AUTO_TEST_CASE(copies_share_the_rows_and_their_tables_and_the_last_frees_them) {
    const std::size_t before = emulated::pool().bytes_in_use();
    {
        std::optional<chosen_rows> first{chosen_rows{{2, 0, 2}}};
        const chosen_rows copy = *first;
        int made = 0;
        first->table<int>(0, [&] { return ++made; });
        BOOST_TEST(copy.table<int>(0, [&] { return ++made; }) == 1);
        const tensor<float, emulated> x({3, 1}, 1);
        gather_rows(x, *first);
        const std::size_t held = emulated::pool().bytes_in_use();
        gather_rows(x, copy);
        BOOST_TEST(emulated::pool().bytes_in_use() == held);
        first.reset();
        BOOST_TEST((copy.list().size() == 3 && copy.list()[0] == 2 && emulated::pool().bytes_in_use() == held));
    }
    BOOST_TEST(emulated::pool().bytes_in_use() == before);
}
