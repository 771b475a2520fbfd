// SPDX-License-Identifier: Apache-2.0
/// \file  The fused group normalisation against its definition, its adjoints against differences.
#include <support/scattered.hpp>

#include <boost/test/unit_test.hpp>

#include <ncsn/arrays/cpu/group_norm.hpp>

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

using namespace ncsn;
using numbers = std::tuple<float, double>;

namespace {

/// y = z, and an activation with a third derivative: y = sin z.
struct straight {
    template <class T> T value(T z) const { return z; }
    template <class T> T slope(T) const { return 1; }
};
struct wave {
    template <class T> T value(T z) const { return std::sin(z); }
    template <class T> T slope(T z) const { return std::cos(z); }
};

/// The definition, in double.
template <class T, class Bend>
std::vector<double> by_definition(const tensor<T>& x, const tensor<T>& gamma, const tensor<T>& beta, std::size_t groups, const Bend& bend) {
    const std::size_t samples = x.shape()[0], channels = x.shape().back(), positions = x.shape().row_size() / channels, each = channels / groups;
    const double count = double(positions * each);
    std::vector<double> y(x.size());
    for (std::size_t n = 0; n < samples; ++n)
        for (std::size_t g = 0; g < groups; ++g) {
            const auto for_each_place = [&](const auto& visit) {
                for (std::size_t p = 0; p < positions; ++p)
                    for (std::size_t c = g * each; c < (g + 1) * each; ++c) visit((n * positions + p) * channels + c, c);
            };
            double mean = 0, variance = 0;
            for_each_place([&](std::size_t k, std::size_t) { mean += double(x[k]) / count; });
            for_each_place([&](std::size_t k, std::size_t) { variance += std::pow(double(x[k]) - mean, 2) / count; });
            for_each_place([&](std::size_t k, std::size_t c) {
                y[k] = bend.value(double(gamma[c]) * (double(x[k]) - mean) / std::sqrt(variance + 1e-6) + double(beta[c]));
            });
        }
    return y;
}

struct case_of { shape x; std::size_t groups; };
const std::vector<case_of> cases{{{2, 4, 3, 6}, 3}, {{1, 7, 7, 1}, 1}, {{3, 5, 5, 32}, 32}, {{2, 2, 2, 64}, 16}, {{4, 9, 33}, 1}, {{2, 12}, 4}};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(the_value_is_the_definition, T, numbers) {
    const auto agrees = [](const auto& bend) {
        for (const auto& [xs, groups] : cases) {
            const auto x = scattered<T>(xs, 1), gamma = scattered<T>({xs.back()}, 2), beta = scattered<T>({xs.back()}, 3);
            group_norm_saved<T> saved;
            const auto y = group_norm_forward(x, gamma, beta, groups, 1e-6, bend, saved);
            const auto expected = by_definition(x, gamma, beta, groups, bend);
            const double rounding = 16 * double(std::numeric_limits<T>::epsilon());
            for (std::size_t k = 0; k < y.size(); ++k) BOOST_REQUIRE_SMALL(double(y[k]) - expected[k], rounding);
        }
    };
    agrees(straight{});
    agrees(wave{});
}

/// Sums are taken about the first position: an outlier there must cost no digits but its own.
BOOST_AUTO_TEST_CASE(an_outlier_at_the_first_position_is_as_one_elsewhere) {
    auto x = scattered<float>({1, 50, 4}, 1);
    for (std::size_t c = 0; c < 4; ++c) x.write()[c] = 1e3f;
    const auto gamma = scattered<float>({4}, 2), beta = scattered<float>({4}, 3);
    group_norm_saved<float> saved;
    const auto y = group_norm_forward(x, gamma, beta, 2, 1e-6, straight{}, saved);
    const auto expected = by_definition(x, gamma, beta, 2, straight{});
    for (std::size_t k = 0; k < y.size(); ++k) BOOST_REQUIRE_SMALL(double(y[k]) - expected[k], 64 * 0x1p-23);
}

BOOST_AUTO_TEST_CASE(what_is_no_number_spoils_its_group_and_no_other) {
    auto x = scattered<float>({1, 6, 4}, 1);
    x.write()[5] = std::numeric_limits<float>::infinity();                          // of the first of two groups
    const auto gamma = scattered<float>({4}, 2), beta = scattered<float>({4}, 3);
    group_norm_saved<float> saved;
    const auto y = group_norm_forward(x, gamma, beta, 2, 1e-6, straight{}, saved);
    for (std::size_t k = 0; k < y.size(); ++k) BOOST_TEST(std::isnan(y[k]) == (k % 4 < 2), "element " << k << ": " << y[k]);
}

BOOST_AUTO_TEST_CASE(the_adjoints_are_central_differences) {
    for (const auto& [xs, groups] : cases) {
        tensor<double> operands[] = {scattered<double>(xs, 1), scattered<double>({xs.back()}, 2), scattered<double>({xs.back()}, 3)};
        const auto weight = scattered<double>(xs, 5);                               // the number differentiated is <weight, y>
        group_norm_saved<double> saved;
        const auto value = [&, groups = groups] {
            const auto y = group_norm_forward(operands[0], operands[1], operands[2], groups, 1e-2, wave{}, saved);
            double sum = 0;
            for (std::size_t k = 0; k < y.size(); ++k) sum += weight[k] * y[k];
            return sum;
        };
        value();
        const auto adjoints = group_norm_backward(weight, operands[0], operands[1], operands[2], groups, wave{}, saved);
        const tensor<double>* found[] = {&adjoints.x, &adjoints.gamma, &adjoints.beta};
        for (std::size_t j = 0; j < 3; ++j) {
            BOOST_REQUIRE_EQUAL(found[j]->shape(), operands[j].shape());
            for (std::size_t k = 0; k < operands[j].size(); k += 1 + operands[j].size() / 24) {
                constexpr double h = 1e-5;                                          // whose square, times a third derivative, a difference errs by
                const double there = operands[j][k];
                operands[j].write()[k] = there + h;
                const double above = value();
                operands[j].write()[k] = there - h;
                const double below = value();
                operands[j].write()[k] = there;
                BOOST_TEST_CONTEXT(xs << ", operand " << j << ", element " << k)
                    BOOST_CHECK_SMALL((*found[j])[k] - (above - below) / (2 * h), 1e-6 * (1 + std::abs((*found[j])[k])));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_large_mean_does_not_spoil_the_variance) {
    auto x = scattered<float>({1, 16, 16, 16}, 1);
    float* values = x.write();
    for (std::size_t k = 0; k < x.size(); ++k) values[k] += 1000;                   // squares of 10^6 against a variance of 1/3
    const tensor<float> one({16}, 1.f), zero({16}, 0.f);
    group_norm_saved<float> saved;
    const auto y = group_norm_forward(x, one, zero, 4, 1e-6, straight{}, saved);
    const auto expected = by_definition(x, one, zero, 4, straight{});
    for (std::size_t k = 0; k < y.size(); ++k) BOOST_REQUIRE_SMALL(double(y[k]) - expected[k], 3e-4);   // μ itself is rounded to 1000 * 6e-8
}

BOOST_AUTO_TEST_CASE(a_sample_does_not_see_its_batch_nor_the_threads) {
    const shape xs{6, 28, 28, 48};
    const auto x = scattered<float>(xs, 1), gamma = scattered<float>({48}, 2), beta = scattered<float>({48}, 3);
    const int threads = omp_get_max_threads();
    const auto run = [&](const tensor<float>& images) {
        group_norm_saved<float> saved;
        const auto y = group_norm_forward(images, gamma, beta, 8, 1e-6, wave{}, saved);
        return std::pair{y, group_norm_backward(images, images, gamma, beta, 8, wave{}, saved)};
    };
    const auto [y, adjoints] = run(x);
    omp_set_num_threads(1);
    const auto [y1, adjoints1] = run(x);
    omp_set_num_threads(threads);
    BOOST_TEST(std::ranges::equal(y.values(), y1.values()));
    BOOST_TEST(std::ranges::equal(adjoints.x.values(), adjoints1.x.values()));
    BOOST_TEST(std::ranges::equal(adjoints.gamma.values(), adjoints1.gamma.values()));
    const std::size_t row = xs.row_size();
    const auto [y2, adjoints2] = run(tensor<float>{xs.with_rows(2), x.values().subspan(2 * row, 2 * row)});
    BOOST_TEST(std::ranges::equal(y2.values(), y.values().subspan(2 * row, 2 * row)));
    BOOST_TEST(std::ranges::equal(adjoints2.x.values(), adjoints.x.values().subspan(2 * row, 2 * row)));
}

BOOST_AUTO_TEST_CASE(wrong_shapes_are_named) {
    const tensor<float> x({2, 4, 4, 6}), good({6}), bad({4});
    group_norm_saved<float> saved;
    BOOST_CHECK_THROW(group_norm_forward(x, good, bad, 3, 1e-6, straight{}, saved), error);
    BOOST_CHECK_THROW(group_norm_forward(x, good, good, 4, 1e-6, straight{}, saved), error);
    BOOST_CHECK_THROW(group_norm_forward(x, good, good, 0, 1e-6, straight{}, saved), error);
    group_norm_forward(x, good, good, 3, 1e-6, straight{}, saved);
    BOOST_CHECK_THROW(group_norm_backward(tensor<float>({2, 4, 4, 3}), x, good, good, 3, straight{}, saved), error);
}
