// SPDX-License-Identifier: Apache-2.0
/// \file  InstanceNorm++ on a device that runs kernels: the CPU's value and adjoints, means far from zero, samples that know nothing of their batch.
#include <boost/test/unit_test.hpp>

#include <support/emulated_device.hpp>
#include <support/kernels.hpp>
#include <support/scattered.hpp>

#include <ncsn/arrays/cpu/normalization.hpp>
#include <ncsn/arrays/kernels/indexing.hpp>
#include <ncsn/arrays/kernels/normalization.hpp>

using namespace ncsn;
using D = emulated;

namespace {

template <class F> void for_each_case(const F& f) {
    for (const std::size_t channels : {1, 3, 7, 8, 16, 33})
        for (const auto& [height, width] : {std::pair<std::size_t, std::size_t>{1, 2}, {3, 3}, {4, 8}, {5, 7}, {9, 8}})
            for (const std::size_t samples : {1, 2, 3})
                for (const bool elu : {false, true})
                    for (const shape& ps : {shape{samples, channels}, shape{1, channels}, shape{channels}})
                        f(shape{samples, height, width, channels}, ps, elu);
}

/// Value and adjoints, wherever it was computed.
template <Array A> struct norm_results {
    A y, x, gamma, alpha, beta;
};
template <Array A> norm_results<A> norm_of(const A& x, const A& gamma, const A& alpha, const A& beta, const A& adjoint, bool elu) {
    instance_norm_plus_saved<A> saved;
    const A y = instance_norm_plus_forward(x, gamma, alpha, beta, elu, saved, 1e-5);
    const auto adjoints = instance_norm_plus_backward(adjoint, x, y, gamma, alpha, beta, elu, saved);
    return {y, adjoints.x, adjoints.gamma, adjoints.alpha, adjoints.beta};
}

/// Two positions of a channel may nearly agree, and 1/σ lifts rounding: that much more than of a sum.
template <class T> double norm_rounding() { return sizeof(T) == 2 ? 6e-3 : sizeof(T) == 4 ? 4e-6 : 1e-12; }

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(value_and_adjoints_are_those_of_the_cpu_in_double, T, element_types) {
    for_each_case([](const shape& xs, const shape& ps, bool elu) {
        const auto make = [](const shape& s, std::uint32_t seed) { return rounded<T>(scattered<computing_type<T>>(s, seed)); };
        const auto x = make(xs, 1), gamma = make(ps, 2), alpha = make(ps, 3), beta = make(ps, 4), adjoint = make(xs, 5);
        const auto found = norm_of(sent<D, T>(x), sent<D, T>(gamma), sent<D, T>(alpha), sent<D, T>(beta), sent<D, T>(adjoint), elu);
        const auto expected = norm_of(in_double(x), in_double(gamma), in_double(alpha), in_double(beta), in_double(adjoint), elu);
        BOOST_TEST_CONTEXT(xs << " parameters " << ps << " elu " << elu) {
            BOOST_REQUIRE_LT(relative_error(fetched(found.y), expected.y), norm_rounding<T>());
            // with one or two positions x̄ is a difference of nearly equal numbers; it is measured against its terms
            const auto scale = std::sqrt(inner(expected.x, expected.x)) + 0.1 * std::sqrt(inner(adjoint, adjoint));
            auto off = in_double(fetched(found.x));
            for (std::size_t k = 0; k < off.size(); ++k) off.write()[k] -= expected.x[k];
            BOOST_REQUIRE_LT(std::sqrt(inner(off, off)) / scale, (xs[1] * xs[2] == 2 ? 32 : 8) * norm_rounding<T>());
            BOOST_REQUIRE_LT(relative_error(fetched(found.gamma), expected.gamma), 4 * norm_rounding<T>());
            BOOST_REQUIRE_LT(relative_error(fetched(found.beta), expected.beta), 4 * norm_rounding<T>());
            if (xs[3] > 1) BOOST_REQUIRE_LT(relative_error(fetched(found.alpha), expected.alpha), 4 * norm_rounding<T>());
        }
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(rows_of_parameters_give_the_bits_of_their_thirds, T, element_types) {
    for (const std::size_t channels : {1, 3, 8, 33})
        for (const std::size_t own : {1, 3})
            for (const bool elu : {false, true}) {
                const shape xs{3, 5, 7, channels};
                const auto make = [](const shape& s, std::uint32_t seed) { return sent<D, T>(rounded<T>(scattered<computing_type<T>>(s, seed))); };
                const auto x = make(xs, 1), adjoint = make(xs, 5), rows = make({own, 3 * channels}, 2);
                const auto third = [&](std::size_t k) { return columns(rows, k * channels, channels); };
                const auto expected = norm_of(x, third(0), third(1), third(2), adjoint, elu);
                instance_norm_plus_saved<std::remove_const_t<decltype(x)>> saved;
                const auto y = instance_norm_plus_forward(x, rows, elu, saved);
                const auto found = instance_norm_plus_backward(adjoint, x, rows, elu, saved);
                BOOST_TEST_CONTEXT(channels << " channels, " << own << " rows, elu " << elu) {
                    BOOST_REQUIRE(same(fetched(y), fetched(expected.y)));
                    BOOST_REQUIRE(same(fetched(found.x), fetched(expected.x)));
                    BOOST_REQUIRE(same(fetched(columns(found.rows, 0, channels)), fetched(expected.gamma)));
                    BOOST_REQUIRE(same(fetched(columns(found.rows, channels, channels)), fetched(expected.alpha)));
                    BOOST_REQUIRE(same(fetched(columns(found.rows, 2 * channels, channels)), fetched(expected.beta)));
                }
            }
    const auto zeros = [](const shape& s) { return sent<D, T>(scattered<computing_type<T>>(s, 1)); };
    instance_norm_plus_saved<std::remove_const_t<decltype(zeros(shape{1}))>> saved;
    BOOST_CHECK_THROW(instance_norm_plus_forward(zeros({2, 3, 3, 4}), zeros({2, 8}), true, saved), error);
}

BOOST_AUTO_TEST_CASE(a_mean_far_from_zero_costs_no_more_digits_than_the_elements_have) {
    const shape xs{2, 12, 11, 8}, ps{8};
    auto x = scattered<float>(xs, 1);
    for (std::size_t k = 0; k < x.size(); ++k) x.write()[k] += 1000;                 // elements have 13 bits left behind the point: 6e-5 of σ
    const auto one = scattered<float>(ps, 2);
    instance_norm_plus_saved<tensor<float, D>> saved;
    const auto y = on_device<cpu>(instance_norm_plus_forward(on_device<D>(x), on_device<D>(one), on_device<D>(one), on_device<D>(one), false, saved));
    instance_norm_plus_saved<tensor<double>> exact;
    const auto p = in_double(one);
    BOOST_TEST(relative_error(y, instance_norm_plus_forward(in_double(x), p, p, p, false, exact)) < 2e-4);
    BOOST_TEST(relative_error(on_device<cpu>(saved.inverse_deviation), exact.inverse_deviation) < 1e-5);
}

BOOST_AUTO_TEST_CASE(a_constant_channel_becomes_its_offset) {
    const shape xs{1, 6, 6, 8};
    const auto x = tensor<float, D>(xs, 0.3f), gamma = tensor<float, D>({8}, 2.f), beta = tensor<float, D>({8}, 0.25f);
    instance_norm_plus_saved<tensor<float, D>> saved;
    for (const float v : on_device<cpu>(instance_norm_plus_forward(x, gamma, gamma, beta, false, saved)).values()) BOOST_TEST(v == 0.25f);
}

BOOST_AUTO_TEST_CASE(a_samples_bits_do_not_depend_on_its_batch) {
    const shape xs{3, 7, 9, 24}, ps{3, 24};
    const auto x = scattered<float>(xs, 1), p = scattered<float>(ps, 2), adjoint = scattered<float>(xs, 3);
    const auto sample = [](const tensor<float>& t, std::size_t n) {
        const std::size_t size = t.shape().row_size();
        return on_device<D>(tensor<float>(t.shape().with_rows(1), t.values().subspan(n * size, size)));
    };
    const auto all = norm_of(on_device<D>(x), on_device<D>(p), on_device<D>(p), on_device<D>(p), on_device<D>(adjoint), true);
    const auto last = norm_of(sample(x, 2), sample(p, 2), sample(p, 2), sample(p, 2), sample(adjoint, 2), true);
    const std::size_t size = xs.row_size();
    BOOST_TEST(on_device<cpu>(last.y).values() == on_device<cpu>(all.y).values().subspan(2 * size, size), boost::test_tools::per_element());
    BOOST_TEST(on_device<cpu>(last.x).values() == on_device<cpu>(all.x).values().subspan(2 * size, size), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_saved_of_bfloat16_images_is_float) {
    static_assert(std::is_same_v<decltype(instance_norm_plus_saved<tensor<bfloat16, D>>::mean), tensor<float, D>>);
    static_assert(std::is_same_v<decltype(instance_norm_plus_saved<tensor<double>>::mean), tensor<double>>);
}

BOOST_AUTO_TEST_CASE(wrong_shapes_are_named) {
    const auto x = tensor<float, D>({2, 3, 3, 4}), p = tensor<float, D>({3});
    instance_norm_plus_saved<tensor<float, D>> saved;
    BOOST_CHECK_THROW(instance_norm_plus_forward(x, p, p, p, false, saved), error);
}
