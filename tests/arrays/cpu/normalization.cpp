// SPDX-License-Identifier: Apache-2.0
/// \file  The fused InstanceNorm++ against its definition, and its adjoints against differences.
#include <support/scattered.hpp>

#include <boost/test/unit_test.hpp>

#include <ncsn/arrays/cpu/normalization.hpp>

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace ncsn;
using numbers = std::tuple<float, double>;

namespace {

/// The definition, in double, step by step.
template <class T>
std::vector<double> by_definition(const tensor<T>& x, const tensor<T>& gamma, const tensor<T>& alpha, const tensor<T>& beta, bool elu) {
    const std::size_t samples = x.shape()[0], channels = x.shape().back(), positions = x.shape().row_size() / channels;
    std::vector<double> y(x.size());
    for (std::size_t n = 0; n < samples; ++n) {
        std::vector<double> mu(channels), variance(channels), r(channels);
        const auto at = [&](std::size_t p, std::size_t c) { return (n * positions + p) * channels + c; };
        double m = 0, v = 0;
        for (std::size_t c = 0; c < channels; ++c) {
            for (std::size_t p = 0; p < positions; ++p) mu[c] += double(x[at(p, c)]) / double(positions);
            for (std::size_t p = 0; p < positions; ++p) variance[c] += std::pow(double(x[at(p, c)]) - mu[c], 2) / double(positions);
            m += mu[c] / double(channels);
        }
        for (std::size_t c = 0; c < channels; ++c) v += std::pow(mu[c] - m, 2) / double(channels - 1);
        for (std::size_t c = 0; c < channels; ++c) {
            r[c] = channels == 1 ? 0 : (mu[c] - m) / std::sqrt(v + 1e-5);
            const auto parameter = [&](const tensor<T>& t) { return double(t.size() == channels ? t[c] : t[n * channels + c]); };
            for (std::size_t p = 0; p < positions; ++p) {
                const double h = (double(x[at(p, c)]) - mu[c]) / std::sqrt(variance[c] + 1e-5);
                const double z = parameter(gamma) * (h + parameter(alpha) * r[c]) + parameter(beta);
                y[at(p, c)] = elu && z < 0 ? std::exp(z) - 1 : z;
            }
        }
    }
    return y;
}

const std::vector<shape> cases{{2, 4, 3, 5}, {1, 7, 7, 1}, {3, 5, 5, 16}, {2, 2, 2, 3}, {4, 1, 9, 33}};

}  // namespace

BOOST_AUTO_TEST_CASE_TEMPLATE(the_value_is_the_definition, T, numbers) {
    for (const shape& xs : cases)
        for (const bool elu : {false, true})
            for (const shape& ps : {shape{xs[0], xs[3]}, shape{1, xs[3]}, shape{xs[3]}}) {
                const auto x = scattered<T>(xs, 1), gamma = scattered<T>(ps, 2), alpha = scattered<T>(ps, 3), beta = scattered<T>(ps, 4);
                instance_norm_plus_saved<tensor<T>> saved;
                const auto y = instance_norm_plus_forward(x, gamma, alpha, beta, elu, saved);
                const auto expected = by_definition(x, gamma, alpha, beta, elu);
                for (std::size_t k = 0; k < y.size(); ++k) BOOST_REQUIRE_SMALL(double(y[k]) - expected[k], sizeof(T) == 4 ? 2e-5 : 1e-12);
            }
}

BOOST_AUTO_TEST_CASE(the_adjoints_are_central_differences) {
    for (const shape& xs : cases)
        for (const bool elu : {false, true})
            for (const shape& ps : {shape{xs[0], xs[3]}, shape{1, xs[3]}, shape{xs[3]}}) {
                tensor<double> operands[] = {scattered<double>(xs, 1), scattered<double>(ps, 2), scattered<double>(ps, 3), scattered<double>(ps, 4)};
                const auto weight = scattered<double>(xs, 5);                       // the number differentiated is <weight, y>
                const auto value = [&] {
                    instance_norm_plus_saved<tensor<double>> saved;
                    const auto y = instance_norm_plus_forward(operands[0], operands[1], operands[2], operands[3], elu, saved);
                    double sum = 0;
                    for (std::size_t k = 0; k < y.size(); ++k) sum += weight[k] * y[k];
                    return sum;
                };
                instance_norm_plus_saved<tensor<double>> saved;
                const auto& [x, gamma, alpha, beta] = operands;
                const auto y = instance_norm_plus_forward(x, gamma, alpha, beta, elu, saved);
                const auto adjoints = instance_norm_plus_backward(weight, x, y, gamma, alpha, beta, elu, saved);
                const tensor<double>* found[] = {&adjoints.x, &adjoints.gamma, &adjoints.alpha, &adjoints.beta};
                for (std::size_t j = 0; j < 4; ++j) {
                    BOOST_REQUIRE_EQUAL(found[j]->shape(), operands[j].shape());
                    for (std::size_t k = 0; k < operands[j].size(); k += 1 + operands[j].size() / 24) {
                        constexpr double h = 1e-5;
                        const double there = operands[j][k];
                        operands[j].write()[k] = there + h;
                        const double above = value();
                        operands[j].write()[k] = there - h;
                        const double below = value();
                        operands[j].write()[k] = there;
                        // a difference errs by h² times a third derivative, and by a kink of ELU'' that happens to lie within h
                        BOOST_TEST_CONTEXT(xs << ", operand " << j << ", element " << k << ", elu " << elu)
                            BOOST_CHECK_SMALL((*found[j])[k] - (above - below) / (2 * h), 1e-6 * (1 + std::abs((*found[j])[k])));
                    }
                }
            }
}

BOOST_AUTO_TEST_CASE(single_precision_adjoints_follow_double_precision) {
    const shape xs{3, 14, 14, 32}, ps{1, 32};
    const auto run = [&]<class T>(T) {
        const auto x = scattered<T>(xs, 1), gamma = scattered<T>(ps, 2), alpha = scattered<T>(ps, 3), beta = scattered<T>(ps, 4),
                   w = scattered<T>(xs, 5);
        instance_norm_plus_saved<tensor<T>> saved;
        const auto y = instance_norm_plus_forward(x, gamma, alpha, beta, true, saved);
        const auto adjoints = instance_norm_plus_backward(w, x, y, gamma, alpha, beta, true, saved);
        std::vector<double> all;
        for (const auto* t : {&adjoints.x, &adjoints.gamma, &adjoints.alpha, &adjoints.beta})
            all.insert(all.end(), t->values().begin(), t->values().end());
        return all;
    };
    const auto single = run(float{}), twice = run(double{});
    for (std::size_t k = 0; k < single.size(); ++k) BOOST_REQUIRE_SMALL(single[k] - twice[k], 1e-4);
}

BOOST_AUTO_TEST_CASE(a_large_mean_does_not_spoil_the_variance) {
    const shape xs{1, 16, 16, 16};
    auto x = scattered<float>(xs, 1);
    float* values = x.write();
    for (std::size_t k = 0; k < x.size(); ++k) values[k] += 1000;                   // squares of 10^6 against a variance of 1/3
    const tensor<float> one({16}, 1.f), zero({16}, 0.f);
    instance_norm_plus_saved<tensor<float>> saved;
    const auto y = instance_norm_plus_forward(x, one, zero, zero, false, saved);
    const auto expected = by_definition(x, one, zero, zero, false);
    for (std::size_t k = 0; k < y.size(); ++k) BOOST_REQUIRE_SMALL(double(y[k]) - expected[k], 3e-4);   // μ itself is rounded to 1000 * 6e-8
}

BOOST_AUTO_TEST_CASE(a_sample_does_not_see_its_batch_nor_the_threads) {
    const shape xs{6, 28, 28, 48}, ps{1, 48};
    const auto x = scattered<float>(xs, 1), gamma = scattered<float>(ps, 2), alpha = scattered<float>(ps, 3), beta = scattered<float>(ps, 4);
    const int threads = omp_get_max_threads();
    const auto run = [&](const tensor<float>& images) {
        instance_norm_plus_saved<tensor<float>> saved;
        const auto y = instance_norm_plus_forward(images, gamma, alpha, beta, true, saved);
        return std::pair{y, instance_norm_plus_backward(images, images, y, gamma, alpha, beta, true, saved)};
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
    const tensor<float> x({2, 4, 4, 3}), good({3}), bad({4});
    instance_norm_plus_saved<tensor<float>> saved;
    BOOST_CHECK_THROW(instance_norm_plus_forward(x, good, bad, good, true, saved), error);
    BOOST_CHECK_THROW(instance_norm_plus_forward(tensor<float>({2, 3}), good, good, good, true, saved), error);
}
