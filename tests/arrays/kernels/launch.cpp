// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of what kernels are made of: quotients without division, sums that keep their digits, groups, the emulated device itself.
#include <ncsn/arrays/kernels/launch.hpp>

#include <boost/test/unit_test.hpp>

#include <support/emulated_device.hpp>

using namespace ncsn;

namespace {

struct count_body {
    std::uint32_t *times, *order, *next;
    template <class Index> void operator()(Index i) const { ++times[i], order[(*next)++] = static_cast<std::uint32_t>(i); }
};
struct row_body {
    float* to;
    std::size_t n;
    template <class Group> void operator()(std::size_t row, const Group& group) const {
        const auto total = group.sum(n, [=](std::uint32_t i) { return sums<2>{{1, static_cast<float>(row * i)}}; });
        const double largest = group.maximum(n, [](std::uint32_t i) { return -1.0 - i; });
        const float all = total[0] + 10 * total[1] + static_cast<float>(largest);
        group.each(n, [=, this](std::uint32_t i) { to[row * n + i] += all + static_cast<float>(i); });
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(quotients_are_those_of_a_division) {
    const auto agree = [](std::uint64_t d, std::uint64_t n) {
        const fast_divmod by{d};
        return by.quotient(static_cast<std::uint32_t>(n)) == n / d && by.quotient(n) == n / d && by.divisor() == d;
    };
    for (std::uint64_t d = 1; d <= 400; ++d)
        for (std::uint64_t n = 0; n < 2000; ++n) BOOST_TEST_REQUIRE(agree(d, n), n << " / " << d);
    for (std::uint64_t d = 1; d < narrow_indices; d += 1 + d / 7)                     // around the multiples near the largest index
        for (std::uint64_t k = narrow_indices / d; k > 0; k /= 3)
            for (const std::uint64_t n : {k * d - 1, k * d, k * d + 1, narrow_indices - 1})
                if (n < narrow_indices) BOOST_TEST_REQUIRE(agree(d, n), n << " / " << d);
}

BOOST_AUTO_TEST_CASE(every_index_comes_once_and_not_in_order) {
    for (const std::size_t n : {0, 1, 2, 3, 10, 1000, 1024}) {
        std::vector<std::uint32_t> times(n), order(n);
        std::uint32_t next = 0;
        emulated::launch(n, count_body{times.data(), order.data(), &next});
        for (const std::uint32_t t : times) BOOST_TEST_REQUIRE(t == 1u);
        if (n > 2) BOOST_TEST(!std::ranges::is_sorted(order));
    }
}

BOOST_AUTO_TEST_CASE(members_of_a_group_share_a_row) {
    for (const std::size_t n : {1, 2, 31, 32, 33, 1000, 1025}) {
        std::vector<float> rows(3 * n);
        emulated::launch_rows(3, n, row_body{rows.data(), n});
        for (std::size_t row = 0; row < 3; ++row)
            for (std::size_t i = 0; i < n; ++i) {
                const float expected = static_cast<float>(n + 10 * row * (n * (n - 1) / 2)) - 1 + static_cast<float>(i);
                BOOST_TEST_REQUIRE(rows[row * n + i] == expected, boost::test_tools::tolerance(1e-6f));
            }
    }
}

BOOST_AUTO_TEST_CASE(a_sum_keeps_the_digits_that_each_addition_drops) {
    kahan_sum<float> one;
    kahan_sum<sums<2>> two;
    for (int i = 0; i < 10000000; ++i) one.add(0.1f), two.add({{0.1f, -0.3f}});
    BOOST_TEST(one.total == 1e7f * 0.1f, boost::test_tools::tolerance(1e-7f));
    BOOST_TEST((two.total[0] == one.total && std::abs(two.total[1] / 3 + 1e6f) < 1));
    BOOST_TEST(kahan_sum<double>{}.total == 0);
}

BOOST_AUTO_TEST_CASE(nothing_has_the_sum_nought_and_the_maximum_minus_infinity) {
    const host_group group{small_group};
    BOOST_TEST(group.sum(0, [](std::uint32_t) { return 1.0f; }) == 0);
    BOOST_TEST(group.maximum(0, [](std::uint32_t) { return 1.0f; }) == -std::numeric_limits<float>::infinity());
}

BOOST_AUTO_TEST_CASE(a_pack_is_sixteen_bytes) {
    static_assert(sizeof(pack<float>) == 16 && pack<bfloat16>::size == 8 && alignof(pack<double>) == 16 && alignof(pack<bfloat16, 4>) == 8);
    const std::array<float, 4> from{1, 2, 3, 4};
    std::array<float, 4> to{};
    pack<float>::load(from.data()).store(to.data());
    BOOST_TEST(to == from, boost::test_tools::per_element());
}
