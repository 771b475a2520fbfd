// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of map, zip, sums and repetition against loops over every index, for random shapes of rank 0 to 5.
#include <ncsn/arrays/cpu/reductions.hpp>
#include <ncsn/arrays/random.hpp>

#include <boost/test/unit_test.hpp>

#include <support/files.hpp>

#include <omp.h>

using namespace ncsn;
using arrays = std::tuple<tensor<float>, tensor<double>>;

namespace {

struct weighted { template <class T> T operator()(T a, T b) const { return a - 3 * b; } };   // not symmetric
struct twice { template <class T> T operator()(T a) const { return 2 * a; } };
struct move_both { template <class T> void operator()(T& a, T& b, const T& c) const { a += c, b *= 2; } };

/// Random shapes: a result, and two operands that lack leading axes or have extent 1 where it has more.
struct choice { shape result, left, right; };
choice draw(philox& rng, std::uint64_t& next) {
    const auto pick = [&](std::uint32_t n) { return rng.word(next++) % n; };
    std::vector<std::size_t> extents(pick(6));
    for (auto& e : extents) e = 1 + pick(5);
    const auto operand = [&] {
        std::vector<std::size_t> s = extents;
        for (auto& e : s)
            if (pick(3) == 0) e = 1;
        s.erase(s.begin(), s.begin() + pick(static_cast<std::uint32_t>(s.size()) + 1));
        return shape{std::span<const std::size_t>{s}};
    };
    const shape left = operand(), right = operand();
    return {broadcast("test", left, right), left, right};
}
/// Where element i of `result` is found in an operand of shape s.
std::size_t place(std::size_t i, const shape& result, const shape& s) {
    std::size_t at = 0, stride = 1;
    for (std::size_t back = 1; back <= result.rank(); ++back) {
        const std::size_t extent = result[result.rank() - back], k = i % extent;
        i /= extent;
        if (back > s.rank()) continue;
        const std::size_t own = s[s.rank() - back];
        at += (own == 1 ? 0 : k) * stride;
        stride *= own;
    }
    return at;
}

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(zip_reduce_and_expand_are_loops_over_every_index, A, arrays) {
    philox rng{1}, shapes{2};
    std::uint64_t next = 0;
    using T = typename A::value_type;
    for (int trial = 0; trial < 600; ++trial) {
        const auto [result, left, right] = draw(shapes, next);
        const A x = normal<A>(left, rng), y = normal<A>(right, rng), full = normal<A>(result, rng);
        const A z = zip("test", x, y, weighted{}), wide = expand_to(x, result), sum = reduce_to(full, left);
        BOOST_TEST_REQUIRE((z.shape() == result && wide.shape() == result && sum.shape() == left));
        std::vector<double> sums(left.size(), 0.0);
        for (std::size_t i = 0; i < result.size(); ++i) {
            BOOST_TEST_REQUIRE(z[i] == static_cast<T>(x[place(i, result, left)] - 3 * y[place(i, result, right)]),
                               left << " and " << right << " at " << i);
            BOOST_TEST_REQUIRE(wide[i] == x[place(i, result, left)]);
            sums[place(i, result, left)] += static_cast<double>(full[i]);
        }
        const double precision = sizeof(T) == 4 ? 1e-6 : 1e-13;                       // sums are double, the result is rounded once
        for (std::size_t i = 0; i < left.size(); ++i) BOOST_TEST_REQUIRE(std::abs(sum[i] - sums[i]) < precision * (1 + std::abs(sums[i])));
    }
}

BOOST_AUTO_TEST_CASE(tensors_without_elements_are_let_through) {
    using array = tensor<float>;
    BOOST_TEST((zip("test", array({3, 0}), array({1, 0}), weighted{}).shape() == shape{3, 0}));
    BOOST_TEST((zip("test", array({0, 3}), array({1, 3}), weighted{}).shape() == shape{0, 3}));
    BOOST_TEST((expand_to(array({1, 0}), {3, 0}).shape() == shape{3, 0}));
    const array zero = reduce_to(array({0, 3}), {1, 3});
    for (const float value : zero.values()) BOOST_TEST(value == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(large_arrays_are_the_same_for_one_thread_and_two, A, arrays) {
    philox rng{3};
    const A x = normal<A>({700, 1, 50}, rng), y = normal<A>({13, 50}, rng);
    const auto work = [&] { return std::array{zip("test", x, y, weighted{}), map(x, twice{}), reduce_to(zip("test", x, y, weighted{}), {13, 1})}; };
    omp_set_num_threads(1);
    const auto one = work();
    omp_set_num_threads(2);
    const auto two = work();
    for (std::size_t k = 0; k < 3; ++k) BOOST_TEST(std::ranges::equal(one[k].values(), two[k].values()));
    for (std::size_t i = 0; i < x.size(); ++i) BOOST_TEST_REQUIRE(one[1][i] == 2 * x[i]);
    const shape all{700, 13, 50};
    for (std::size_t i = 0; i < all.size(); i += 37)
        BOOST_TEST_REQUIRE(one[0][i] == static_cast<typename A::value_type>(x[place(i, all, x.shape())] - 3 * y[place(i, all, y.shape())]));
}

BOOST_AUTO_TEST_CASE(elements_are_updated_in_place_and_copies_are_not) {
    tensor<float> a({3}, {1, 2, 3}), b({3}, {4, 5, 6});
    const tensor<float> c({3}, {10, 20, 30}), kept = a;
    for_each_element(move_both{}, a, b, c);
    BOOST_TEST((a[0] == 11 && a[2] == 33 && b[1] == 10 && kept[0] == 1));
}

BOOST_AUTO_TEST_CASE(sums_of_many_small_floats_keep_their_digits) {
    const tensor<float> x({1000, 1000}, 0.1f);
    BOOST_TEST(std::abs(reduce_to(x, {1, 1}).item() - 1e6 * static_cast<double>(0.1f)) < 0.01);   // rounded once, to a float
}

BOOST_AUTO_TEST_CASE(the_largest_of_each_row_and_whether_all_is_finite) {
    const tensor<float> x({2, 3}, {1, 5, -2, -7, -9, -8});
    BOOST_TEST((row_maximum(x)[0] == 5 && row_maximum(x)[1] == -7));
    BOOST_TEST(all_finite(x));
    for (const float bad :
         {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
        tensor<float> y = x;
        y.write()[4] = bad;
        BOOST_TEST(!all_finite(y));
    }
}

BOOST_AUTO_TEST_CASE(shapes_that_do_not_fit_are_both_named) {
    using array = tensor<float>;
    const auto says = [](const std::string& message) {
        BOOST_TEST((message.find("[2,3]") != std::string::npos && message.find("[4,2]") != std::string::npos), message);
    };
    says(message_of([] { zip("test", array({2, 3}), array({4, 2}), weighted{}); }));
    says(message_of([] { reduce_to(array({2, 3}), {4, 2}); }));
    says(message_of([] { expand_to(array({2, 3}), {4, 2}); }));
    says(message_of([] { array x({2, 3}), y({4, 2}); for_each_element(move_both{}, x, y, y); }));
}
