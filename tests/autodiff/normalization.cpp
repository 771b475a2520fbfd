// SPDX-License-Identifier: Apache-2.0
/// \file  The gradient registry: normalisations of images in every mode, and the fused forms against the composition.
#include <ncsn/autodiff/normalization.hpp>

#include <support/check_every_mode.hpp>

using namespace ncsn;

namespace {

/// InstanceNorm++ step by step: γ (h + α r) + β, or as printed γ h + α r + β, for parameters [N, C] or [1, C].
reals defined(const reals& x, const reals& gamma, const reals& alpha, const reals& beta, bool printed = false) {
    const std::size_t N = x.shape()[0], C = x.shape()[3], P = x.size() / (N * C);
    reals y = x;
    for (std::size_t n = 0; n < N; ++n) {
        std::vector<double> mean(C), variance(C);
        for (std::size_t c = 0; c < C; ++c) {
            for (std::size_t p = 0; p < P; ++p) mean[c] += x[(n * P + p) * C + c] / static_cast<double>(P);
            for (std::size_t p = 0; p < P; ++p) variance[c] += std::pow(x[(n * P + p) * C + c] - mean[c], 2) / static_cast<double>(P);
        }
        double middle = 0, spread = 0;
        for (const double m : mean) middle += m / static_cast<double>(C);
        for (const double m : mean) spread += (m - middle) * (m - middle) / static_cast<double>(printed ? C : C - 1);
        const auto of = [&](const reals& parameter, std::size_t c) { return parameter[(parameter.shape()[0] == 1 ? 0 : n) * C + c]; };
        for (std::size_t c = 0; c < C; ++c)
            for (std::size_t p = 0; p < P; ++p) {
                const double epsilon = printed ? 1e-6 : 1e-5, h = (x[(n * P + p) * C + c] - mean[c]) / std::sqrt(variance[c] + epsilon),
                             r = of(alpha, c) * (mean[c] - middle) / std::sqrt(spread + epsilon);
                y.write()[(n * P + p) * C + c] = printed ? of(gamma, c) * h + r + of(beta, c) : of(gamma, c) * (h + r) + of(beta, c);
            }
    }
    return y;
}
const reals image = some({2, 3, 4, 5}) + some({2, 1, 1, 5}, 9);

}  // namespace

BOOST_AUTO_TEST_CASE(standardized_numbers_have_mean_0_and_variance_1) {
    const reals y = standardized(3.0 * image + 7, {2, 1, 1, 5}, 0);
    const reals mean = summed_to(y, {2, 1, 1, 5}) / 12, variance = summed_to(y * y, {2, 1, 1, 5}) / 12;
    for (std::size_t i = 0; i < 10; ++i) {
        BOOST_TEST(std::abs(mean[i]) < 1e-14);
        BOOST_TEST(std::abs(variance[i] - 1) < 1e-13);
    }
    check_every_mode("standardized", [](const auto& x) { return standardized(x, {2, 1, 1, 5}, 1e-5); }, image);
    check_every_mode(
        "instance_norm", [](const auto& x) { return instance_norm(x); }, image,
        [](const reals& x) {
            return standardized(x, {2, 1, 1, 5}, 1e-5);
        });
}

BOOST_AUTO_TEST_CASE(groups_of_channels) {
    const reals x = some({2, 3, 2, 6}), gamma = some({6}, 2), beta = some({6}, 3);
    check_every_mode_of_two(
        "group_norm", [&](const auto& at, const auto& scale) { return group_norm(at, scale, scale, 3, 1e-5); }, x, gamma,
        [](const reals& at, const reals& scale) {
            reals y = at;
            for (std::size_t n = 0; n < 2; ++n)
                for (std::size_t g = 0; g < 3; ++g) {
                    double mean = 0, square = 0;
                    for (std::size_t p = 0; p < 12; ++p) mean += at[n * 36 + p / 2 * 6 + 2 * g + p % 2] / 12;
                    for (std::size_t p = 0; p < 12; ++p) square += std::pow(at[n * 36 + p / 2 * 6 + 2 * g + p % 2] - mean, 2) / 12;
                    for (std::size_t p = 0; p < 12; ++p) {
                        const std::size_t i = n * 36 + p / 2 * 6 + 2 * g + p % 2, c = i % 6;
                        y.write()[i] = scale[c] * (at[i] - mean) / std::sqrt(square + 1e-5) + scale[c];
                    }
                }
            return y;
        });
}

BOOST_AUTO_TEST_CASE(the_fused_group_norm_is_its_composition_with_its_activation_and_adjoints) {
    const reals x = some({2, 3, 2, 6}), gamma = some({6}, 2), beta = some({6}, 3), u = some(x.shape(), 5);
    check_every_mode_of_two(
        "group_norm group_norm_composed", [](const auto& at, const auto& scale) { return group_norm(at, scale, scale, 3, 1e-5, swish); }, x, gamma,
        [](const reals& at, const reals& scale) { return swish(group_norm_composed(at, scale, scale, 3, 1e-5)); });
    const auto adjoints_of = [&](const auto& f) {
        tape<reals> t;
        const var<reals> at = on(t, x), g = on(t, gamma), b = on(t, beta), y = f(at, g, b);
        t.sweep(y.node().index, u);
        return std::array{t.adjoint(0), t.adjoint(1), t.adjoint(2)};
    };
    const auto agree = [&](const auto& activation) {
        const auto fused = adjoints_of([&](const auto& at, const auto& g, const auto& b) { return group_norm(at, g, b, 3, 1e-5, activation); });
        const auto composed = adjoints_of([&](const auto& at, const auto& g, const auto& b) {
            return activation(group_norm_composed(at, g, b, 3, 1e-5));
        });
        for (std::size_t k = 0; k < 3; ++k) BOOST_TEST(distance(fused[k], composed[k]) < 1e-12, "operand " << k);
    };
    agree(identity{});
    agree(swish);
    agree(elu);
    agree(leaky_relu{});                                                            // no function alone: behind the norm
}

BOOST_AUTO_TEST_CASE(channels_over_the_whole_batch) {
    check_every_mode_of_two(
        "batch_norm", [](const auto& at, const auto& scale) { return batch_norm(at, scale, scale, 1e-3); }, image, some({5}, 2),
        [](const reals& at, const reals& scale) {
            reals y = at;
            for (std::size_t c = 0; c < 5; ++c) {
                double mean = 0, square = 0;
                for (std::size_t p = 0; p < 24; ++p) mean += at[p * 5 + c] / 24;
                for (std::size_t p = 0; p < 24; ++p) square += std::pow(at[p * 5 + c] - mean, 2) / 24;
                for (std::size_t p = 0; p < 24; ++p) y.write()[p * 5 + c] = scale[c] * (at[p * 5 + c] - mean) / std::sqrt(square + 1e-3) + scale[c];
            }
            return y;
        });
}

BOOST_AUTO_TEST_CASE(instance_norm_plus_is_its_definition_fused_and_composed) {
    for (const shape& s : {shape{2, 5}, shape{1, 5}}) {
        const reals gamma = some(s, 2), alpha = some(s, 3), beta = some(s, 4);
        check_every_mode_of_two("instance_norm_plus", [&](const auto& x, const auto& p) { return instance_norm_plus(x, p, p, p); }, image, gamma,
                                [](const reals& x, const reals& p) { return defined(x, p, p, p); });
        check_every_mode_of_two(
            "instance_norm_plus_composed", [&](const auto& x, const auto& p) { return instance_norm_plus_composed(x, p, p, p); }, image, gamma,
            [](const reals& x, const reals& p) { return defined(x, p, p, p); });
        const auto row = concatenated(concatenated(gamma, alpha), beta);
        check_every_mode_of_two(
            "instance_norm_plus_of_rows", [&](const auto& x, const auto& p) { return instance_norm_plus_of_rows(x, p); }, image, row,
            [](const reals& x, const reals& p) { return defined(x, columns(p, 0, 5), columns(p, 5, 5), columns(p, 10, 5)); });
        check_every_mode_of_two("instance_norm_plus_as_printed",
                                [&](const auto& x, const auto& p) { return instance_norm_plus_as_printed(x, p, p, p); }, image, gamma,
                                [](const reals& x, const reals& p) { return defined(x, p, p, p, true); });
        BOOST_TEST(distance(instance_norm_plus_as_printed(image, gamma, alpha, beta, elu), elu(defined(image, gamma, alpha, beta, true))) < 1e-13);
        BOOST_TEST(distance(instance_norm_plus_of_rows(image, row, elu), elu(defined(image, gamma, alpha, beta))) < 1e-13);
        BOOST_TEST(distance(instance_norm_plus(image, gamma, alpha, beta), defined(image, gamma, alpha, beta)) < 1e-13);
        BOOST_TEST(distance(instance_norm_plus(image, gamma, alpha, beta, elu), elu(defined(image, gamma, alpha, beta))) < 1e-13);
    }
}

BOOST_AUTO_TEST_CASE(where_all_channels_are_alike_the_printed_form_is_finite) {
    const reals x({1, 2, 2, 1}, {0, 1, 2, 3}), one({1, 1}, 1);                        // one channel: r = 0
    BOOST_TEST(distance(instance_norm_plus_as_printed(x, one, one, one), 1.0 + standardized(x, {1, 1, 1, 1}, 1e-6)) < 1e-14);
    const reals ones({3}, 1), grey({1, 2, 2, 3}, 0.5);
    BOOST_TEST(distance(instance_norm_plus_as_printed(grey, ones, ones, 2.0 * ones), 4.0 * grey) < 1e-14);
    BOOST_CHECK_THROW(instance_norm_plus_as_printed(reals({2, 3}, 1), reals({3}, 1), reals({3}, 1), reals({3}, 1)), error);
}

BOOST_AUTO_TEST_CASE(the_fused_adjoints_are_those_of_the_composition) {
    const reals gamma = some({2, 5}, 2), alpha = some({2, 5}, 3), beta = some({2, 5}, 4), u = some(image.shape(), 5);
    const auto adjoints_of = [&](const auto& f) {
        tape<reals> t;
        const var<reals> x = on(t, image), g = on(t, gamma), a = on(t, alpha), b = on(t, beta), y = f(x, g, a, b);
        t.sweep(y.node().index, u);
        return std::array{t.adjoint(0), t.adjoint(1), t.adjoint(2), t.adjoint(3)};
    };
    const auto fused = adjoints_of([](const auto& x, const auto& g, const auto& a, const auto& b) { return instance_norm_plus(x, g, a, b, elu); });
    const auto composed =
        adjoints_of([](const auto& x, const auto& g, const auto& a, const auto& b) { return elu(instance_norm_plus_composed(x, g, a, b)); });
    for (std::size_t k = 0; k < 4; ++k) BOOST_TEST(distance(fused[k], composed[k]) < 1e-12, "operand " << k);
}
