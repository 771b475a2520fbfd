// SPDX-License-Identifier: Apache-2.0
/// \file  Elementwise kernels of a grid give the bits of the CPU's for every shape: odd sizes, repeated axes, nothing at all.
#include <ncsn/arrays/elementwise.hpp>

#include <support/emulated_device.hpp>
#include <support/files.hpp>
#include <support/kernels.hpp>

using namespace ncsn;
using D = emulated;

namespace {

struct weighted { template <class T> NCSN_HD T operator()(T a, T b) const { return a - 3 * b; } };   // not symmetric
struct bent { template <class T> NCSN_HD T operator()(T a) const { return multiply_add(a, a, T(0.5) * a); } };
struct move_both { template <class T> NCSN_HD void operator()(T& a, const T& c, T& b) const { a += c, b = 2 * b - a; } };
const std::vector<shape> shapes{{2, 3, 4, 8}, {3, 2, 5, 7}, {2, 1, 3, 16}, {4, 1, 1, 9}, {33}, {24}, {5, 8}, {8, 5}, {0, 4}, {3, 0, 2}};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(map_is_the_cpus, T, element_types) {
    philox rng{1};
    for_both_index_widths<D>([&] {
        for (const std::size_t n : {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 63, 1000, 1003}) {
            const auto x = numbers<T>({n}, rng);
            BOOST_TEST(same(fetched(map(sent<D, T>(x), bent{})), rounded<T>(map(x, bent{}))), n);
        }
        BOOST_TEST(map(sent<D, T>(numbers<T>({2, 3, 4}, rng)), bent{}).shape() == shape({2, 3, 4}));
        BOOST_TEST(map(sent<D, T>(numbers<T>({}, rng)), bent{}).size() == 1u);
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(zip_is_the_cpus_for_every_repetition, T, element_types) {
    philox rng{2};
    for_both_index_widths<D>([&] {
        for_each_broadcast(shapes, [&](const shape& left, const shape& right) {
            const auto x = numbers<T>(left, rng), y = numbers<T>(right, rng);
            const auto z = zip("test", sent<D, T>(x), sent<D, T>(y), weighted{});
            BOOST_TEST_REQUIRE(same(fetched(z), rounded<T>(zip("test", x, y, weighted{}))), left << " and " << right);
        });
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(elements_are_updated_in_place_and_copies_are_not, T, element_types) {
    philox rng{3};
    for (const std::size_t n : {0, 1, 3, 8, 9, 1001}) {
        auto a = numbers<T>({n}, rng), b = numbers<T>({n}, rng);
        const auto c = numbers<T>({n}, rng);
        auto on_a = sent<D, T>(a), on_b = sent<D, T>(b);
        const auto kept = on_b, on_c = sent<D, T>(c);
        const auto before = b;
        for_each_element(move_both{}, on_a, on_c, on_b);
        for_each_element(move_both{}, a, c, b);
        BOOST_TEST((same(fetched(on_a), rounded<T>(a)) && same(fetched(on_b), rounded<T>(b)) && same(fetched(on_c), c)), n);
        BOOST_TEST(same(fetched(kept), before));
    }
}

BOOST_AUTO_TEST_CASE(types_may_be_mixed_in_an_update) {                              // masters in float, gradients in bfloat16
    philox rng{4};
    for (const std::size_t n : {1, 4, 5, 37}) {
        auto a = numbers<float>({n}, rng), b = numbers<float>({n}, rng);
        const auto c = numbers<bfloat16>({n}, rng);
        auto on_a = sent<D, float>(a), on_b = sent<D, float>(b);
        for_each_element(move_both{}, on_a, std::as_const(*std::make_unique<tensor<bfloat16, D>>(sent<D, bfloat16>(c))), on_b);
        for_each_element(move_both{}, a, c, b);
        BOOST_TEST((same(fetched(on_a), a) && same(fetched(on_b), b)));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(numbers_are_converted_and_rounded, T, element_types) {
    philox rng{5};
    for (const std::size_t n : {0, 1, 7, 8, 9, 100}) {
        const auto x = normal<tensor<float>>({n}, rng);
        std::vector<computing_type<T>> expected;
        for (const float value : x.values()) expected.push_back(static_cast<computing_type<T>>(static_cast<T>(value)));
        const auto y = converted<T>(on_device<D>(x));
        BOOST_TEST(same(fetched(y), reference<T>({n}, std::span<const computing_type<T>>{expected})), n);
        BOOST_TEST(same(fetched(converted<float>(y)), rounded<float>(converted<float>(on_device<D>(fetched(y))).empty() ? x : [&] {
            std::vector<float> back;
            for (const auto value : fetched(y).values()) back.push_back(static_cast<float>(value));
            return tensor<float>({n}, std::span<const float>{back});
        }())));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_filled_tensor_holds_one_value, T, element_types) {
    for (const std::size_t n : {0, 1, 3, 8, 17}) BOOST_TEST(same(fetched(tensor<T, D>({n}, T(3))), reference<T>({n}, 3)), n);
}

BOOST_AUTO_TEST_CASE(shapes_that_do_not_fit_are_told_as_on_the_cpu) {
    const tensor<float> a({2, 3}), b({4, 2});
    const auto on_a = on_device<D>(a), on_b = on_device<D>(b);
    BOOST_TEST(message_of([&] { zip("test", on_a, on_b, weighted{}); }) == message_of([&] { zip("test", a, b, weighted{}); }));
    BOOST_TEST(message_of([&] { auto x = on_a, y = on_b, z = on_a; for_each_element(move_both{}, x, y, z); }) ==
               message_of([&] { auto x = a, y = b, z = a; for_each_element(move_both{}, x, y, z); }));
}
