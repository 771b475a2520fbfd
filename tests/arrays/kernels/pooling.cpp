// SPDX-License-Identifier: Apache-2.0
/// \file  Pools on a device that runs kernels: the CPU's values, adjoint transposes, and the same choices.
#include <boost/test/unit_test.hpp>

#include <support/emulated_device.hpp>
#include <support/kernels.hpp>
#include <support/scattered.hpp>

#include <ncsn/arrays/cpu/pooling.hpp>
#include <ncsn/arrays/kernels/pooling.hpp>

using namespace ncsn;
using D = emulated;

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

BOOST_AUTO_TEST_CASE_TEMPLATE(the_average_pool_and_its_transpose_are_the_cpus, T, element_types) {
    for_each_case([](const shape& xs, const pool_window& p) {
        const auto x = rounded<T>(scattered<computing_type<T>>(xs, 1)), y = rounded<T>(scattered<computing_type<T>>(pooled(xs, p), 2));
        const auto pool = fetched(average_pool(sent<D, T>(x), p)), back = fetched(average_pool_transpose(sent<D, T>(y), xs, p));
        BOOST_REQUIRE(relative_error(pool, average_pool(x, p)) < rounding<T>);
        const auto expected = average_pool_transpose(y, xs, p);
        if (inner(expected, expected) > 0) BOOST_REQUIRE(relative_error(back, expected) < rounding<T>);
        BOOST_REQUIRE(adjoint_defect(x, pool, y, back) < rounding<T>);
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_maximum_pool_makes_the_cpus_choices_bit_for_bit, T, element_types) {
    for_each_case([](const shape& xs, const pool_window& p) {
        auto x = rounded<T>(scattered<computing_type<T>>(xs, 3));
        for (std::size_t k = 0; k < x.size(); k += 3) x.write()[k] = 0.5f;                       // equal elements: the first of them counts
        if (x.size() > 20) x.write()[17] = std::numeric_limits<computing_type<T>>::quiet_NaN();
        const shape ys = pooled(xs, p);
        const auto choice = max_pool_index(sent<D, T>(x), p);
        const auto expected = max_pool_index(x, p);
        BOOST_REQUIRE(std::ranges::equal(on_device<cpu>(choice.index).values(), expected.index.values()));
        const auto finite = rounded<T>(scattered<computing_type<T>>(xs, 4)), y = rounded<T>(scattered<computing_type<T>>(ys, 5));
        BOOST_REQUIRE(relative_error(fetched(gather(sent<D, T>(finite), choice, ys)), gather(finite, expected, ys)) == 0);
        BOOST_REQUIRE(relative_error(fetched(scatter_add(sent<D, T>(y), choice, xs)), scatter_add(y, expected, xs)) < rounding<T>);
    });
}

BOOST_AUTO_TEST_CASE(wide_indices_give_the_same_bits) {
    const shape xs{2, 9, 7, 16};
    const auto x = on_device<D>(scattered<float>(xs, 6));
    const auto narrow = on_device<cpu>(average_pool(x, {5, 1, 2}));
    D::wide_indices = true;
    const auto wide = on_device<cpu>(average_pool(x, {5, 1, 2}));
    D::wide_indices = false;
    BOOST_TEST(narrow.values() == wide.values(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(wrong_shapes_are_named) {
    const auto x = tensor<float, D>({1, 4, 4, 2});
    BOOST_CHECK_THROW(average_pool(x, {5, 1, 0}), error);
    BOOST_CHECK_THROW(average_pool_transpose(x, {1, 10, 10, 2}, {2, 2, 0}), error);
    BOOST_CHECK_THROW(max_pool_index(x, {2, 1, 2}), error);
    BOOST_CHECK_THROW(gather(x, max_pool_index(x, {2, 2, 0}), {1, 4, 4, 2}), error);
}

BOOST_AUTO_TEST_CASE(no_samples_give_no_samples) {
    const auto x = tensor<float, D>({0, 4, 4, 2});
    BOOST_TEST(average_pool(x, {2, 2, 0}).shape() == (shape{0, 2, 2, 2}));
    BOOST_TEST(scatter_add(gather(x, max_pool_index(x, {2, 2, 0}), {0, 2, 2, 2}), max_pool_index(x, {2, 2, 0}), {0, 4, 4, 2}).size() == 0u);
}
