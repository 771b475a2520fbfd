// SPDX-License-Identifier: Apache-2.0
/// \file  Pools on a device that runs grids: the CPU's values, adjoint transposes, and the same choices.
#define BOOST_TEST_MODULE arrays_grid_pooling
#include <boost/test/unit_test.hpp>

#include <support/same_kernels.hpp>

#include <ncsn/arrays/cpu/pooling.hpp>
#include <ncsn/arrays/grid/pooling.hpp>

using namespace ncsn;

namespace {

/// Every number of channels that packs differently, odd and even extents, windows that overlap, touch and leave gaps.
template <class F> void for_each_case(const F& f) {
    for (const std::size_t channels : {1, 3, 7, 8, 16, 33})
        for (const auto& [height, width] : {std::pair<std::size_t, std::size_t>{1, 1}, {2, 3}, {5, 4}, {8, 8}, {9, 6}})
            for (const pool_window p : {pool_window{5, 1, 2}, {2, 2, 0}, {3, 2, 1}, {2, 3, 0}, {1, 1, 0}, {3, 1, 0}})
                for (const std::size_t samples : {1, 3})
                    if (height + 2 * p.padding >= p.size && width + 2 * p.padding >= p.size) f(shape{samples, height, width, channels}, p);
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(the_average_pool_and_its_transpose_are_the_cpus, T, kernel_numbers) {
    using R = reference_type<T>;
    for_each_case([](const shape& xs, const pool_window& p) {
        const auto x = in_type<T>(scattered<float>(xs, 1)), y = in_type<T>(scattered<float>(pooled(xs, p), 2));
        const auto pool = here(average_pool(there(x), p)), back = here(average_pool_transpose(there(y), xs, p));
        BOOST_REQUIRE(distance(pool, average_pool(in_type<R>(x), p)) < kernel_rounding<T>());
        const auto expected = average_pool_transpose(in_type<R>(y), xs, p);
        if (inner(expected, expected) > 0) BOOST_REQUIRE(distance(back, expected) < kernel_rounding<T>());
        BOOST_REQUIRE(adjoint_defect(x, pool, y, back) < kernel_rounding<T>());
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_maximum_pool_makes_the_cpus_choices_bit_for_bit, T, kernel_numbers) {
    using R = reference_type<T>;
    for_each_case([](const shape& xs, const pool_window& p) {
        auto x = in_type<T>(scattered<float>(xs, 3));
        for (std::size_t k = 0; k < x.size(); k += 3) x.write()[k] = static_cast<T>(0.5f);             // equal elements: the first of them counts
        if (x.size() > 20) x.write()[17] = std::numeric_limits<T>::quiet_NaN();
        const shape ys = pooled(xs, p);
        const auto choice = max_pool_index(there(x), p);
        const auto expected = max_pool_index(in_type<R>(x), p);
        BOOST_REQUIRE(std::ranges::equal(here(choice.index).values(), expected.index.values()));
        const auto finite = in_type<T>(scattered<float>(xs, 4)), y = in_type<T>(scattered<float>(ys, 5));
        BOOST_REQUIRE(distance(here(gather(there(finite), choice, ys)), gather(in_type<R>(finite), expected, ys)) == 0);
        BOOST_REQUIRE(distance(here(scatter_add(there(y), choice, xs)), scatter_add(in_type<R>(y), expected, xs)) < kernel_rounding<T>());
    });
}

BOOST_AUTO_TEST_CASE(wide_indices_give_the_same_bits) {
    const shape xs{2, 9, 7, 16};
    const auto x = there(scattered<float>(xs, 6));
    const auto narrow = here(average_pool(x, {5, 1, 2}));
    emulated::wide_indices = true;
    const auto wide = here(average_pool(x, {5, 1, 2}));
    emulated::wide_indices = false;
    BOOST_TEST(narrow.values() == wide.values(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(wrong_shapes_are_named) {
    const auto x = there(tensor<float>({1, 4, 4, 2}));
    BOOST_CHECK_THROW(average_pool(x, {5, 1, 0}), error);
    BOOST_CHECK_THROW(average_pool_transpose(x, {1, 10, 10, 2}, {2, 2, 0}), error);
    BOOST_CHECK_THROW(max_pool_index(x, {2, 1, 2}), error);
    BOOST_CHECK_THROW(gather(x, max_pool_index(x, {2, 2, 0}), {1, 4, 4, 2}), error);
}

BOOST_AUTO_TEST_CASE(no_samples_give_no_samples) {
    const auto x = there(tensor<float>({0, 4, 4, 2}));
    BOOST_TEST(average_pool(x, {2, 2, 0}).shape() == (shape{0, 2, 2, 2}));
    BOOST_TEST(scatter_add(gather(x, max_pool_index(x, {2, 2, 0}), {0, 2, 2, 2}), max_pool_index(x, {2, 2, 0}), {0, 4, 4, 2}).size() == 0u);
}
