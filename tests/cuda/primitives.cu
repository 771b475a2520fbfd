// SPDX-License-Identifier: Apache-2.0
/// \file  Every primitive of a grid on the GPU beside the CPU's. Without a GPU it is compiled and linked, and skipped.
#include <ncsn/arrays/elementwise.hpp>
#include <ncsn/arrays/indexing.hpp>
#include <ncsn/arrays/mixture.hpp>
#include <ncsn/arrays/random.hpp>
#include <ncsn/arrays/reductions.hpp>

#include <support/kernels.hpp>
#include <support/on_gpu.hpp>

#include <numeric>

using namespace ncsn;
using D = cuda;

namespace {

struct weighted { template <class T> NCSN_HD T operator()(T a, T b) const { return a - 3 * b; } };
struct bent { template <class T> NCSN_HD T operator()(T a) const { return multiply_add(a, a, T(0.5) * a); } };
struct move_both { template <class T> NCSN_HD void operator()(T& a, const T& c, T& b) const { a += c, b = 2 * b - a; } };
const std::vector<shape> shapes{{2, 3, 4, 8}, {3, 2, 5, 7}, {4, 1, 1, 9}, {33}, {24}, {5, 8}, {0, 4}, {70, 300, 16}, {65, 3001}};

}  // namespace

/// More uploads than the page-locked memory holds at a time, one of them larger than all of it, before the device has done any.
BOOST_AUTO_TEST_CASE(uploads_keep_what_the_host_had_when_it_asked) {
    std::vector<float> host(5000001);
    std::vector<tensor<float, D>> sent;
    for (std::size_t k = 0; k < 200; ++k) {
        std::iota(host.begin(), host.begin() + 1000, static_cast<float>(k));
        sent.push_back(tensor<float, D>{{1000}, std::span<const float>{host.data(), 1000}});
    }
    std::iota(host.begin(), host.end(), 1.0f);
    const tensor<float, D> large{{host.size()}, std::span<const float>{host}};
    std::ranges::fill(host, -1.0f);
    for (std::size_t k = 0; k < sent.size(); ++k) {
        const auto here = on_device<cpu>(sent[k]);
        BOOST_TEST((here[0] == static_cast<float>(k) && here[999] == static_cast<float>(k + 999)), "upload " << k);
    }
    const auto here = on_device<cpu>(large);
    for (std::size_t i = 0; i < host.size(); i += 9973) BOOST_TEST(here[i] == static_cast<float>(i + 1));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(elementwise_work, T, element_types) {
    philox rng{1};
    for (const std::size_t n : {0, 1, 7, 8, 9, 1003, 1000000}) {
        auto a = numbers<T>({n}, rng), b = numbers<T>({n}, rng);
        const auto c = numbers<T>({n}, rng);
        auto on_a = sent<D, T>(a), on_b = sent<D, T>(b);
        const auto on_c = sent<D, T>(c);
        BOOST_TEST(distance(fetched(map(on_a, bent{})), rounded<T>(map(a, bent{}))) <= rounding<T>, n);
        for_each_element(move_both{}, on_a, on_c, on_b);
        for_each_element(move_both{}, a, c, b);
        BOOST_TEST((distance(fetched(on_a), rounded<T>(a)) <= rounding<T> && distance(fetched(on_b), rounded<T>(b)) <= rounding<T>), n);
        BOOST_TEST(distance(fetched(converted<float>(on_c)), fetched(converted<float>(on_device<D>(c)))) <= 1e-7);
    }
    for_each_broadcast(shapes, [&](const shape& left, const shape& right) {
        const shape all = broadcast("test", left, right);
        if (all.size() > 1000 && all != left) return;                                 // the large shapes need not go through all cases
        const auto x = numbers<T>(left, rng), y = numbers<T>(right, rng), full = numbers<T>(all, rng);
        const auto on_x = sent<D, T>(x);
        BOOST_TEST_REQUIRE(distance(fetched(zip("test", on_x, sent<D, T>(y), weighted{})), rounded<T>(zip("test", x, y, weighted{}))) <= rounding<T>,
                           left << " and " << right);
        BOOST_TEST_REQUIRE(same(fetched(expand_to(on_x, all)), expand_to(x, all)), left << " to " << all);
        const double scale = std::sqrt(1.0 + static_cast<double>(all.size()));
        BOOST_TEST_REQUIRE(distance(fetched(reduce_to(sent<D, T>(full), right)), reduce_to(full, right), scale) <= rounding<T>,
                           all << " to " << right);
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(sums_repeat_bit_for_bit_and_keep_their_digits, T, element_types) {
    philox rng{2};
    const auto x = sent<D, T>(numbers<T>({300, 40, 24}, rng));
    for (const shape& to : {shape{1}, shape{24}, shape{300, 1, 1}, shape{300, 1, 24}, shape{40, 1}})
        BOOST_TEST(same(fetched(reduce_to(x, to)), fetched(reduce_to(x, to))), to);
    const tensor<float> tenths({1000, 1000}, 0.1f);
    for (const shape& to : {shape{1, 1}, shape{1, 1000}, shape{1000, 1}})
        BOOST_TEST(distance(fetched(reduce_to(on_device<D>(tenths), to)), reduce_to(tenths, to), 0) < 2e-7, to);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(rows_columns_and_borders, T, element_types) {
    philox rng{3};
    const std::vector<std::size_t> rows{2, 4, 3, 0, 1, 2, 2, 2, 0};
    for (const shape& s : {shape{5, 3}, shape{5, 2, 16}, shape{5, 9, 7}}) {
        const auto x = numbers<T>(s, rng), y = numbers<T>(s.with_rows(rows.size()), rng);
        BOOST_TEST(same(fetched(gather_rows(sent<D, T>(x), rows)), gather_rows(x, rows)));
        BOOST_TEST(same(fetched(scatter_rows(sent<D, T>(y), rows, s)), rounded<T>(scatter_rows(y, rows, s))));
    }
    for (const std::size_t n : {24, 29})
        for (const std::size_t first : {8, 3}) {
            const auto x = numbers<T>({6, n}, rng), y = numbers<T>({6, 8}, rng);
            BOOST_TEST(same(fetched(columns(sent<D, T>(x), first, 8)), columns(x, first, 8)));
            BOOST_TEST(same(fetched(place_columns(sent<D, T>(y), first, n)), place_columns(y, first, n)));
            BOOST_TEST(same(fetched(concatenated(sent<D, T>(x), sent<D, T>(y), sent<D, T>(x))), concatenated(x, y, x)));
        }
    for (const shape& s : {shape{3, 5}, shape{64, 128}, shape{2, 3, 40, 24}}) {
        const auto x = numbers<T>(s, rng);
        BOOST_TEST(same(fetched(swap_last_axes(sent<D, T>(x))), swap_last_axes(x)));
    }
    for (const shape& s : {shape{2, 3, 4, 3}, shape{2, 4, 3, 8}}) {
        const auto x = numbers<T>(s, rng);
        BOOST_TEST((same(fetched(padded(sent<D, T>(x), 1, 2)), padded(x, 1, 2)) &&
                    same(fetched(cropped(sent<D, T>(x), 1, 1)), cropped(x, 1, 1))));
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(maxima_and_numbers_that_are_not_finite, T, element_types) {
    philox rng{4};
    for (const shape& s : {shape{3, 1}, shape{5, 33}, shape{2, 2000}}) {
        const auto x = numbers<T>(s, rng);
        BOOST_TEST(same(fetched(row_maximum(sent<D, T>(x))), row_maximum(x)), s);
    }
    auto x = numbers<T>({100001}, rng);
    BOOST_TEST(all_finite(sent<D, T>(x)));
    x.write()[100000] = std::numeric_limits<computing_type<T>>::quiet_NaN();
    BOOST_TEST(!all_finite(sent<D, T>(x)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(random_numbers, T, element_types) {
    for (const shape& s : {shape{1}, shape{5}, shape{6, 3}, shape{7, 4}, shape{1000, 48}})
        for (const std::uint64_t first : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{3}, std::uint64_t{1} << 40}) {
            philox here = philox{7, 3}.at_sample(first), there = here;
            const auto z = rounded<T>(normal<reference<T>>(s, here)), u = rounded<T>(uniform<reference<T>>(s, -3, 5, here));
            // float and bfloat16: the very bits. Logarithm and cosine of double are those of the C library, and not the GPU's.
            BOOST_TEST(distance(fetched(normal<tensor<T, D>>(s, there)), z) <= (sizeof(T) == 8 ? 1e-14 : 0), s << " from sample " << first);
            BOOST_TEST(same(fetched(uniform<tensor<T, D>>(s, -3, 5, there)), u), s << " from sample " << first);
            const auto y = euler_maruyama(z, 0.3, u, 0.7, here);
            BOOST_TEST(distance(fetched(euler_maruyama(sent<D, T>(z), 0.3, sent<D, T>(u), 0.7, there)), y) <= rounding<T>, s << " from " << first);
            BOOST_TEST((here == there));
        }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_counter_on_the_device, T, element_types) {
    const tensor<std::uint32_t, D> five({1}, 5);
    philox rng{9}, later{9};
    later.draw = 5;
    D::state().draws = five.data();
    const auto noise = fetched(normal<tensor<T, D>>({3, 5}, rng));
    D::state().draws = nullptr;
    BOOST_TEST(same(noise, fetched(normal<tensor<T, D>>({3, 5}, later))));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(mixtures, T, element_types) {
    for (const std::size_t d : {1, 2, 3, 40, 1100}) {
        philox rng{d};
        const auto x = numbers<T>({50, d}, rng), means = numbers<T>({7, d}, rng), weights = rounded<T>(uniform<reference<T>>({1, 7}, -2, 0, rng));
        const auto inverse = rounded<T>(uniform<reference<T>>({50, 1}, 0.5, 20.0 / static_cast<double>(d), rng));
        const double tolerance = sizeof(T) == 8 ? 1e-13 : sizeof(T) == 4 ? 1e-4 : 1.0 / 64;
        const auto tx = sent<D, T>(x), tm = sent<D, T>(means), tw = sent<D, T>(weights), ti = sent<D, T>(inverse);
        BOOST_TEST(distance(fetched(mixture_score(tx, tm, tw, ti)), mixture_score(x, means, weights, inverse), 5) < tolerance, d);
        BOOST_TEST(distance(fetched(mixture_exponent(tx, tm, tw, ti)), mixture_exponent(x, means, weights, inverse), 5) < tolerance, d);
    }
}

BOOST_AUTO_TEST_CASE(large_uploads_arrive_and_freed_memory_is_used_again) {
    philox rng{5};
    const auto x = normal<tensor<float>>({30000000}, rng);                            // several times round the ring of staging pieces
    BOOST_TEST(same(on_device<cpu>(on_device<D>(x)), x));
    const std::size_t idle = D::pool().bytes_idle();
    BOOST_TEST(idle >= x.size() * sizeof(float));
    const tensor<float, D> y({30000000}, 1.0f);
    BOOST_TEST(D::pool().bytes_idle() < idle);
    BOOST_TEST(reduce_to(y, {1}).item() == 3e7f);
}

BOOST_AUTO_TEST_CASE(a_tensor_that_does_not_fit_is_named) {
    try {
        const tensor<float, D> x({std::size_t{1} << 20, std::size_t{1} << 20});
        BOOST_TEST(false);
    } catch (const error& e) {
        const std::string said = e.what();
        for (const char* part : {"[1048576,1048576]", "float", "out of memory", "4.00 TiB"}) BOOST_TEST(said.find(part) != std::string::npos, said);
    }
}
