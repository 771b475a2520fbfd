// SPDX-License-Identifier: Apache-2.0
/// \file  Moving rows, columns and borders on a grid puts every element where the CPU puts it, whether packs fit or not.
#include <ncsn/arrays/indexing.hpp>

#include <support/emulated_device.hpp>
#include <support/files.hpp>
#include <support/kernels.hpp>

using namespace ncsn;
using D = emulated;

BOOST_AUTO_TEST_CASE_TEMPLATE(rows_are_gathered_and_scattered_as_on_the_cpu, T, element_types) {
    philox rng{1};
    for_both_index_widths<D>([&] {
        for (const shape& s : {shape{5, 1}, shape{5, 3}, shape{5, 8}, shape{5, 2, 16}, shape{5, 9}, shape{5}, shape{5, 0}})
            for (const std::vector<std::size_t>& rows : {std::vector<std::size_t>{}, {4}, {1, 0, 1, 1}, {2, 4, 3, 0, 1, 2, 2, 2, 0}}) {
                const auto x = numbers<T>(s, rng), y = numbers<T>(s.with_rows(rows.size()), rng);
                BOOST_TEST(same(fetched(gather_rows(sent<D, T>(x), rows)), gather_rows(x, rows)), s << " " << rows.size());
                BOOST_TEST(same(fetched(scatter_rows(sent<D, T>(y), rows, s)), rounded<T>(scatter_rows(y, rows, s))), s << " " << rows.size());
            }
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(columns_are_taken_and_placed_as_on_the_cpu, T, element_types) {
    philox rng{2};
    struct cut { std::size_t n, first, count; };
    for_both_index_widths<D>([&] {
        for (const auto& [n, first, count] : {cut{7, 0, 7}, cut{7, 2, 3}, cut{7, 6, 1}, cut{7, 3, 0}, cut{24, 8, 8}, cut{24, 16, 8}, cut{24, 0, 16},
                                              cut{24, 8, 7}, cut{24, 1, 8}, cut{8, 0, 8}, cut{0, 0, 0}})
            for (const shape& lead : {shape{3, 1}, shape{1}, shape{2, 5, 1}, shape{0, 1}}) {
                shape wide = lead, narrow = lead;
                wide[wide.rank() - 1] = n, narrow[narrow.rank() - 1] = count;
                const auto x = numbers<T>(wide, rng), y = numbers<T>(narrow, rng);
                BOOST_TEST(same(fetched(columns(sent<D, T>(x), first, count)), columns(x, first, count)), wide << " " << first << " " << count);
                BOOST_TEST(same(fetched(place_columns(sent<D, T>(y), first, n)), place_columns(y, first, n)), narrow << " " << first << " " << n);
            }
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(tensors_are_put_side_by_side_as_on_the_cpu, T, element_types) {
    philox rng{5};
    for_both_index_widths<D>([&] {
        for (const std::array<std::size_t, 3>& widths : {std::array<std::size_t, 3>{8, 16, 8}, {3, 5, 8}, {0, 7, 1}, {8, 0, 8}, {0, 0, 0}})
            for (const shape& lead : {shape{3, 1}, shape{1}, shape{2, 5, 1}, shape{0, 1}}) {
                shape s = lead;
                const auto of_width = [&](std::size_t width) { return s[s.rank() - 1] = width, numbers<T>(s, rng); };
                const auto a = of_width(widths[0]), b = of_width(widths[1]), c = of_width(widths[2]);
                BOOST_TEST(same(fetched(concatenated(sent<D, T>(a), sent<D, T>(b))), concatenated(a, b)), lead << " " << widths[0]);
                BOOST_TEST(same(fetched(concatenated(sent<D, T>(a), sent<D, T>(b), sent<D, T>(c))), concatenated(a, b, c)), lead << " " << widths[0]);
            }
    });
    const tensor<float, D> image({2, 4, 4, 8});
    D::started = 0;
    concatenated(image, image, image);
    BOOST_TEST(D::started == 1u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(axes_are_swapped_as_on_the_cpu, T, element_types) {
    philox rng{3};
    for_both_index_widths<D>([&] {
        for (const shape& s : {shape{1, 1}, shape{3, 5}, shape{8, 16}, shape{24, 8}, shape{8, 9}, shape{7, 8}, shape{3, 16, 24}, shape{2, 3, 5, 4},
                               shape{2, 2, 8, 8}, shape{0, 3}, shape{2, 0, 8}}) {
            const auto x = numbers<T>(s, rng);
            BOOST_TEST(same(fetched(swap_last_axes(sent<D, T>(x))), swap_last_axes(x)), s);
        }
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(borders_are_added_and_dropped_as_on_the_cpu, T, element_types) {
    philox rng{4};
    for_both_index_widths<D>([&] {
        for (const shape& s : {shape{1, 1, 1, 1}, shape{2, 3, 4, 3}, shape{2, 4, 3, 8}, shape{3, 5, 2, 16}, shape{1, 2, 7, 4}, shape{0, 2, 2, 3}})
            for (const std::size_t before : {0, 1, 2})
                for (const std::size_t after : {0, 1, 3}) {
                    const auto x = numbers<T>(s, rng);
                    BOOST_TEST(same(fetched(padded(sent<D, T>(x), before, after)), padded(x, before, after)), s << " " << before << " " << after);
                    if (s[1] >= before + after && s[2] >= before + after)
                        BOOST_TEST(same(fetched(cropped(sent<D, T>(x), before, after)), cropped(x, before, after)),
                                   s << " " << before << " " << after);
                }
    });
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_told_as_on_the_cpu) {
    const tensor<double> a({2, 3}), one(shape{}), image({1, 2, 2, 3});
    const auto as = [&](const auto& f) {
        const std::string here = message_of([&] { f(a, one, image); });
        const std::string there = message_of([&] { f(on_device<D>(a), on_device<D>(one), on_device<D>(image)); });
        BOOST_TEST(!here.empty());
        BOOST_TEST(here == there);
    };
    const std::array<std::size_t, 2> rows{0, 4};
    as([&](const auto& x, const auto&, const auto&) { gather_rows(x, rows); });
    as([&](const auto& x, const auto&, const auto&) { scatter_rows(x, rows, {3, 3}); });
    as([&](const auto& x, const auto&, const auto&) { scatter_rows(x, rows, {5, 4}); });
    as([](const auto& x, const auto&, const auto&) { columns(x, 2, 2); });
    as([](const auto&, const auto& x, const auto&) { columns(x, 0, 1); });
    as([](const auto& x, const auto&, const auto&) { place_columns(x, 3, 5); });
    as([](const auto&, const auto& x, const auto&) { place_columns(x, 0, 5); });
    as([](const auto& x, const auto& y, const auto&) { concatenated(x, y); });
    as([](const auto&, const auto& y, const auto&) { concatenated(y, y); });
    as([](const auto&, const auto& x, const auto&) { swap_last_axes(x); });
    as([](const auto& x, const auto&, const auto&) { padded(x, 1, 0); });
    as([](const auto& x, const auto&, const auto&) { cropped(x, 1, 0); });
    as([](const auto&, const auto&, const auto& x) { cropped(x, 1, 2); });
}
