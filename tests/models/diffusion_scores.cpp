// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the relations between scores, noise predictions and denoisers, and between processes: identities on data with known scores.
#include <ncsn/autodiff/derivatives.hpp>
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/diffusion_scores.hpp>
#include <ncsn/models/gaussian_mixture.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using reals = tensor<double, cpu>;

namespace {

double largest_difference(const reals& a, const reals& b) {
    BOOST_TEST_REQUIRE(a.shape() == b.shape());
    double largest = 0;
    for (const double value : (a - b).values()) largest = std::max(largest, std::abs(value));
    return largest;
}
const gaussian_mixture<reals> data{{{0.6, {1, -1}}, {0.4, {0, 2}}}, 0.7};
const noise_levels levels{{0, 1, 2, 0}, {3, 0.8, 0.1, 3}};

struct points {
    philox rng{1};
    reals x = normal<reals>({4, 2}, rng);
};

/// The density of x_t = ā x₀ + σ̄ n for data N(m, S I) is N(ā m, (ā² S + σ̄²) I): its score, written down.
template <DiffusionProcess P> reals score_of_gaussian(const reals& x, const reals& m, double S, double sigma) {
    const double signal = P::signal(sigma), noise = signal * sigma;
    return (signal * m - x) / (signal * signal * S + noise * noise);
}
template <DiffusionProcess P> void check_process(const points& p) {
    const gaussian_mixture<reals> gaussian{{{1, {3, -1}}}, 0.7};
    const reals m({1, 2}, {3, -1});
    for (const double sigma : {0.1, 1.0, 20.0}) {
        const noise_levels level{{0}, {sigma}};
        BOOST_TEST(largest_difference(as_process<P>(gaussian)(p.x, level), score_of_gaussian<P>(p.x, m, 0.49, sigma)) < 1e-12);
        const auto theirs = [&](const reals& at, const noise_levels& z) { return score_of_gaussian<P>(at, m, 0.49, z.sigma[0]); };
        BOOST_TEST(largest_difference(from_process<P>(theirs)(p.x, level), gaussian(p.x, level)) < 1e-12);
    }
    BOOST_TEST(largest_difference(from_process<P>(as_process<P>(data))(p.x, levels), data(p.x, levels)) < 1e-12);
}

}  // namespace

static_assert(ScoreModel<from_noise<gaussian_mixture<reals>>, reals>);
static_assert(DifferentiableScore<exploded<variance_preserving, gaussian_mixture<reals>>, reals>);
static_assert(DifferentiableScore<processed<sub_variance_preserving, gaussian_mixture<reals>>, reals>);

BOOST_FIXTURE_TEST_CASE(a_score_of_a_process_and_its_exploding_form_are_one_density, points) {
    check_process<variance_exploding>(*this);
    check_process<variance_preserving>(*this);
    check_process<sub_variance_preserving>(*this);
}

BOOST_FIXTURE_TEST_CASE(the_score_is_minus_the_expected_noise_over_its_deviation, points) {
    const auto noise = [](const reals& at, const noise_levels& z) { return predict_noise(data, at, z); };
    BOOST_TEST(largest_difference(from_noise{noise}(x, levels), data(x, levels)) < 1e-13);
    // In the preserving process: ∇ log q(x_t|x₀) = -n/√(1-ā²), and the noise is the same number.
    const auto preserving = as_process<variance_preserving>(data);
    for (std::size_t i = 0; i < 4; ++i) {
        const double sigma = levels.sigma[i], signal = variance_preserving::signal(sigma), deviation = std::sqrt(1 - signal * signal);
        for (std::size_t d = 0; d < 2; ++d)
            BOOST_TEST(std::abs(-deviation * preserving(reals{column(levels, x, variance_preserving::signal) * x}, levels)[2 * i + d] -
                                noise(x, levels)[2 * i + d]) < 1e-12);
    }
}

BOOST_FIXTURE_TEST_CASE(data_and_noise_are_what_a_noisy_sample_is_made_of, points) {
    // x = H + σ ε for every score: denoise and predict_noise split x.
    const reals sigma = column(levels, x);
    BOOST_TEST(largest_difference(denoise(data, x, levels) + sigma * predict_noise(data, x, levels), x) < 1e-14);
}

BOOST_FIXTURE_TEST_CASE(a_network_of_another_process_predicts_the_same_noise_and_the_same_data, points) {
    // What a DDPM network would have learnt: E[n | x_t] with x_t = ā x.
    const auto network = [](const reals& at, const noise_levels& z) {
        return column(z, at, [](double s) { return -s * variance_preserving::signal(s); }) * as_process<variance_preserving>(data)(at, z);
    };
    BOOST_TEST(largest_difference(from_noise{seen_through<variance_preserving>(network)}(x, levels), data(x, levels)) < 1e-12);
    const auto denoiser = [](const reals& at, const noise_levels& z) {
        return denoise(data, column(z, at, [](double s) { return 1 / variance_preserving::signal(s); }) * at, z);
    };
    BOOST_TEST(largest_difference(from_denoiser{seen_through<variance_preserving>(denoiser)}(x, levels), data(x, levels)) < 1e-11);
}

BOOST_FIXTURE_TEST_CASE(the_adapters_can_be_pushed_forward, points) {
    // J of s_P(x) = s(x/ā)/ā is J_s/ā².
    const noise_levels level{{0}, {1.5}};
    const reals v = normal_like(x, rng);
    const double signal = variance_preserving::signal(1.5);
    const auto preserving = as_process<variance_preserving>(data);
    const reals along = jvp([&](const auto& at) { return preserving(at, level); }, x, v).derivative,
                expected = jvp([&](const auto& at) { return data(at, level); }, reals{x / signal}, v).derivative / (signal * signal);
    BOOST_TEST(largest_difference(along, expected) < 1e-13);
}
