// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the likelihood under the probability flow against densities in closed form.
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/models/log_density.hpp>
#include <ncsn/statistics/likelihood.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using reals = tensor<double, cpu>;

namespace {

const geometric schedule{{.first = 50, .last = 0.05, .levels = 60}};

/// The largest error in nats over the samples.
double error_in_nats(const auto& likelihood, const gaussian_mixture<reals>& target, const reals& x) {
    philox rng{3};
    const reals found = likelihood(target, x, rng), exact = target.log_density(x, noise_levels{{0}, {0.05}});
    BOOST_TEST_REQUIRE((found.shape() == shape{x.shape()[0], 1}));
    double largest = 0;
    for (std::size_t i = 0; i < found.size(); ++i) largest = std::max(largest, std::abs(found[i] - exact[i]));
    BOOST_TEST_MESSAGE("largest error " << largest << " nats");
    return largest;
}

/// The exact score of N(0, diag(S)): not isotropic, so that the trace is a sum of different terms.
struct anisotropic {
    reals variances{{1, 3}, {0.2, 1, 4}};
    template <Differentiable X> X operator()(const X& x, const noise_levels& z) const {
        const double square = z.sigma[0] * z.sigma[0];
        return -(reciprocal(variances + square) * x);
    }
};
/// Its energy: |x|²/2 Σ 1/(S + σ²).
struct anisotropic_energy {
    reals variances{{1, 3}, {0.2, 1, 4}};
    static constexpr std::tuple<> members{};
    template <Differentiable X> X operator()(const X& x, const noise_levels& z) const {
        return 0.5 * row_sum(reciprocal(variances + z.sigma[0] * z.sigma[0]) * (x * x));
    }
};
double log_normal(const reals& x, std::size_t n, double sigma) {
    const double S[] = {0.2, 1, 4};
    double total = 0;
    for (std::size_t d = 0; d < 3; ++d) {
        const double c = S[d] + sigma * sigma;
        total -= 0.5 * (x[3 * n + d] * x[3 * n + d] / c + std::log(2 * std::numbers::pi * c));
    }
    return total;
}

}  // namespace

BOOST_AUTO_TEST_CASE(on_a_gaussian_it_is_the_density_to_a_thousandth_of_a_nat) {
    const gaussian_mixture<reals> gaussian{{{1, {2, 2}}}, 0.7};
    philox rng{1};
    const reals x = gaussian.sample(30, rng, 0.05);
    BOOST_TEST(error_in_nats(flow_likelihood{schedule, 0, white_noise{2, 0.49}}, gaussian, x) < 1e-3);
    BOOST_TEST(error_in_nats(flow_likelihood{schedule, 1, white_noise{2, 0.49}}, gaussian, x) < 1e-3);   // signs see an isotropic trace exactly
    const geometric wide{{.first = 1e4, .last = 0.05, .levels = 100}};                // the noise alone is enough where it drowns the mean
    BOOST_TEST(error_in_nats(flow_likelihood{wide}, gaussian, x) < 1e-3);
}

BOOST_AUTO_TEST_CASE(heuns_rule_needs_more_levels_for_the_same) {
    const gaussian_mixture<reals> gaussian{{{1, {2, 2}}}, 0.7};
    philox rng{1};
    const reals x = gaussian.sample(10, rng, 0.05);
    const auto with = [&](std::size_t levels) {
        const geometric fine{{.first = 50, .last = 0.05, .levels = levels}};
        return error_in_nats(flow_likelihood{fine, 0, white_noise{2, 0.49}, heun_rule{}}, gaussian, x);
    };
    const double coarse = with(201), fine = with(401);
    BOOST_TEST(fine < 1e-3);
    BOOST_TEST(std::abs(std::log2(coarse / fine) - 2) < 0.2);                         // second order
}

BOOST_AUTO_TEST_CASE(on_a_mixture_with_its_own_density_as_the_prior_it_is_exact) {
    const gaussian_mixture<reals> two{{{0.6, {1, -1}}, {0.4, {0, 2}}}, 0.7};
    philox rng{2};
    const reals x = two.sample(20, rng, 0.05);
    const auto prior = [&](const reals& at, const noise_level& level) { return two.log_density(at, level); };
    BOOST_TEST(error_in_nats(flow_likelihood{schedule, 0, prior}, two, x) < 1e-3);
}

BOOST_AUTO_TEST_CASE(random_signs_estimate_an_uneven_trace_without_bias) {
    // vᵀJv with signs on a diagonal J is the trace itself; a rotation of the axes makes it random.
    philox rng{4};
    const anisotropic score;
    const reals x = normal<reals>({10, 3}, rng);
    const auto prior = [&](const reals& at, const noise_level& level) {
        reals result({at.shape()[0], 1});
        for (std::size_t n = 0; n < at.shape()[0]; ++n) result.write()[n] = log_normal(at, n, level.sigma);
        return result;
    };
    const reals exact = flow_likelihood{schedule, 0, prior}(score, x, rng);
    const reals of_energy = flow_likelihood{schedule, 0, prior}(score_of(anisotropic_energy{}), x, rng);
    for (std::size_t n = 0; n < 10; ++n) BOOST_TEST(std::abs(of_energy[n] - exact[n]) < 1e-10);
    for (std::size_t n = 0; n < 10; ++n) BOOST_TEST(std::abs(exact[n] - log_normal(x, n, 0.05)) < 1e-3);
    const double c = std::cos(0.7), s = std::sin(0.7);
    const reals turn({3, 3}, {c, -s, 0, s, c, 0, 0, 0, 1}), back = swap_last_axes(turn);
    const auto turned = [&](const auto& at, const noise_levels& z) { return matmul(score(matmul(at, back), z), turn); };
    const reals same = matmul(x, turn);                                               // the same point seen in turned axes
    const auto turned_prior = [&](const reals& at, const noise_level& level) { return prior(matmul(at, back), level); };
    const reals one = flow_likelihood{schedule, 0, turned_prior}(turned, same, rng);
    for (std::size_t n = 0; n < 10; ++n) BOOST_TEST(std::abs(one[n] - exact[n]) < 1e-9);
    double total = 0, square = 0;
    const std::size_t copies = 400;
    reals many({copies, 3});
    for (std::size_t i = 0; i < many.size(); ++i) many.write()[i] = same[i % 3];
    const geometric coarse{{.first = 50, .last = 0.05, .levels = 30}};
    const reals estimates = flow_likelihood{coarse, 2, turned_prior}(turned, many, rng);
    const double truth = flow_likelihood{coarse, 0, turned_prior}(turned, many, rng)[0];
    for (const double value : estimates.values()) total += value / copies;
    for (const double value : estimates.values()) square += (value - total) * (value - total) / (copies - 1);
    BOOST_TEST(square > 1e-4);                                                        // it is random here
    BOOST_TEST(std::abs(total - truth) < 5 * std::sqrt(square / copies));
}

BOOST_AUTO_TEST_CASE(bits_per_dimension_of_known_densities) {
    BOOST_TEST(std::abs(bits_per_dimension(0, 10, 1 / 127.5) - std::log2(127.5)) < 1e-14);
    BOOST_TEST(std::abs(bits_per_dimension(10 * std::log(255.), 10, 1 / 255.)) < 1e-14);     // a density of one gap: no information
    BOOST_CHECK_THROW(bits_per_dimension(0, 0, 1), error);
    BOOST_CHECK_THROW(bits_per_dimension(0, 1, 0), error);
}

BOOST_AUTO_TEST_CASE(images_are_points_too) {
    // A shape [N, 2, 1, 1] has the likelihood of [N, 2].
    const auto score = [](const auto& at, const noise_levels& z) { return (-1 / (1 + z.sigma[0] * z.sigma[0])) * at; };
    philox rng{6}, same = rng;
    const reals x({2, 2, 1, 1}, {0.1, -2, 1, 0.5});
    for (const std::size_t probes : {0, 1}) {
        const reals a = flow_likelihood{schedule, probes}(score, x, rng), b = flow_likelihood{schedule, probes}(score, x.reshaped({2, 2}), same);
        for (std::size_t n = 0; n < 2; ++n) BOOST_TEST(std::abs(a[n] - b[n]) < 1e-12);
    }
}

namespace {

/// The score of N(0, I), as a network that knows three levels by their number.
struct of_three {
    std::size_t levels() const { return 3; }
    template <Differentiable X> X operator()(const X& x, const noise_levels& z) const { return (-1 / (1 + z.sigma[0] * z.sigma[0])) * x; }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_network_of_another_number_of_levels_is_refused) {
    philox rng{7};
    const reals x({2, 2}, {0.1, -2, 1, 0.5});
    const auto with = [](std::size_t levels) { return flow_likelihood{geometric{{.first = 10, .last = 1, .levels = levels}}}; };
    BOOST_CHECK_NO_THROW(with(3)(of_three{}, x, rng));
    BOOST_CHECK_THROW(with(4)(of_three{}, x, rng), error);
}

BOOST_AUTO_TEST_CASE(points_and_densities_are_numbers) {
    using reals = tensor<double, cpu>;
    const gaussian_mixture<reals> atom{{{1, {0, 0}}}, 1.0};
    const flow_likelihood likelihood{geometric{{.first = 10, .last = 0.1, .levels = 5}}};
    philox rng{1};
    BOOST_CHECK_THROW(likelihood(atom, reals({1, 2}, {0, std::nan("")}), rng), error);
    BOOST_CHECK_THROW(likelihood(atom, reals({0, 2}), rng), error);
    BOOST_CHECK_THROW(bits_per_dimension(std::nan(""), 2, 1), error);
    BOOST_CHECK_THROW(bits_per_dimension(1, 2, std::numeric_limits<double>::infinity()), error);
    std::stop_source stop;
    stop.request_stop();
    BOOST_CHECK_THROW(likelihood(atom, reals({1, 2}), rng, stop.get_token()), stopped);
}
