// SPDX-License-Identifier: Apache-2.0
/// \file  Sums of a grid are the CPU's but for rounding, for every set of axes, and their rounding does not grow with the number of terms.
#include <ncsn/arrays/reductions.hpp>

#include <support/emulated_device.hpp>
#include <support/files.hpp>
#include <support/kernels.hpp>

using namespace ncsn;
using D = emulated;

namespace {

const std::vector<shape> shapes{{2, 3, 4, 8}, {3, 2, 5, 7}, {2, 5, 3, 16}, {2, 1, 1, 9}, {33}, {5, 8}, {0, 4}, {3, 0, 2}};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(sums_and_repetitions_are_the_cpus_for_every_set_of_axes, T, element_types) {
    philox rng{1};
    for_both_index_widths<D>([&] {
        for_each_broadcast(shapes, [&](const shape& left, const shape& right) {
            const shape all = broadcast("test", left, right);
            const auto x = numbers<T>(all, rng), few = numbers<T>(left, rng);
            const double scale = std::sqrt(1 + static_cast<double>(all.size()));
            BOOST_TEST_REQUIRE(distance(fetched(reduce_to(sent<D, T>(x), left)), reduce_to(x, left), scale) < rounding<T>, all << " to " << left);
            BOOST_TEST_REQUIRE(same(fetched(expand_to(sent<D, T>(few), all)), expand_to(few, all)), left << " to " << all);
        });
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(sums_in_parts_are_the_cpus, T, element_types) {
    philox rng{2};
    struct sum { shape from, to; };
    for (const auto& [from, to] : {sum{{40000}, {1}}, sum{{40003}, {}}, sum{{2, 20001}, {2, 1}}, sum{{3000, 8}, {8}}, sum{{3001, 7}, {1, 7}},
                                   sum{{5, 700, 9}, {5, 1, 9}}, sum{{5, 700, 16}, {5, 1, 16}}, sum{{40, 300, 4}, {300, 1}},
                                   sum{{1, 3, 4099}, {1, 3, 1}}}) {
        const auto x = numbers<T>(from, rng);
        const double scale = std::sqrt(static_cast<double>(from.size()));
        BOOST_TEST(distance(fetched(reduce_to(sent<D, T>(x), to)), reduce_to(x, to), scale) < rounding<T>, from << " to " << to);
        const reference<T> ones(from, 1);                                           // exact: every element is counted once
        BOOST_TEST(same(fetched(reduce_to(sent<D, T>(ones), to)), rounded<T>(reduce_to(ones, to))), from << " to " << to);
    }
}

BOOST_AUTO_TEST_CASE(sums_of_a_million_floats_keep_their_digits) {
    for (const shape& to : {shape{1, 1}, shape{1, 1000}, shape{1000, 1}}) {
        const tensor<float> x({1000, 1000}, 0.1f);
        BOOST_TEST(distance(fetched(reduce_to(on_device<D>(x), to)), reduce_to(x, to), 0) < 2e-7, to);
    }
    const tensor<float> row({1, 1000001}, 0.1f), column({1000001, 3}, 0.1f);
    BOOST_TEST(distance(fetched(reduce_to(on_device<D>(row), {1})), reduce_to(row, {1}), 0) < 2e-7);
    BOOST_TEST(distance(fetched(reduce_to(on_device<D>(column), {3})), reduce_to(column, {3}), 0) < 2e-7);
    const host_group group{large_group};
    BOOST_TEST(std::abs(group.sum(1000000, [](std::uint32_t) { return 0.1f; }) / (1e6 * static_cast<double>(0.1f)) - 1) < 2e-7);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_largest_of_each_row_is_the_cpus, T, element_types) {
    philox rng{3};
    for (const shape& s : {shape{3, 1}, shape{2, 31}, shape{5, 32}, shape{2, 33}, shape{1, 2000}, shape{4, 3, 5}, shape{7}}) {
        const auto x = numbers<T>(s, rng);
        BOOST_TEST(same(fetched(row_maximum(sent<D, T>(x))), row_maximum(x)), s);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_element_that_is_not_finite_is_found_wherever_it_is, T, element_types) {
    philox rng{4};
    using limits = std::numeric_limits<computing_type<T>>;
    for (const std::size_t n : {1, 7, 8, 9, 100, 100000}) {
        auto x = numbers<T>({n}, rng);
        BOOST_TEST(all_finite(sent<D, T>(x)), n);
        for (const std::size_t at : {std::size_t{0}, n / 2, n - 1})
            for (const auto bad : {limits::infinity(), -limits::infinity(), limits::quiet_NaN()}) {
                auto y = x;
                y.write()[at] = bad;
                BOOST_TEST(!all_finite(sent<D, T>(y)), at << " of " << n);
            }
    }
    BOOST_TEST(all_finite(tensor<T, D>({0, 3})));
}

BOOST_AUTO_TEST_CASE(shapes_that_do_not_fit_are_told_as_on_the_cpu) {
    const tensor<float> a({2, 3});
    const auto there = on_device<D>(a);
    BOOST_TEST(message_of([&] { reduce_to(there, {4, 2}); }) == message_of([&] { reduce_to(a, {4, 2}); }));
    BOOST_TEST(message_of([&] { reduce_to(there, {2, 3, 3}); }) == message_of([&] { reduce_to(a, {2, 3, 3}); }));
    BOOST_TEST(message_of([&] { expand_to(there, {4, 2}); }) == message_of([&] { expand_to(a, {4, 2}); }));
}
