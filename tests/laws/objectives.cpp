// SPDX-License-Identifier: Apache-2.0
/// \file  Objectives are least at the true score, by as much and at the values that they say; and what minimises denoising score matching.
#include <ncsn/models/adapters.hpp>
#include <ncsn/training/denoising.hpp>
#include <ncsn/training/score_matching.hpp>
#include <ncsn/training/sliced.hpp>

#include <boost/test/unit_test.hpp>

#include <support/objective_laws.hpp>

using namespace ncsn;
using reals = tensor<double, cpu>;

namespace {

const std::vector<double> schedule{2, 1, 0.4};

}  // namespace

BOOST_AUTO_TEST_CASE(the_claimed_values_are_the_closed_forms_of_a_gaussian) {
    // -½ tr S⁻¹ for score matching; ½ Σ S/(S + σ²) a level for denoising with p = 2, and D/2 at the score 0.
    const double S[] = {0.3, 1.5};
    philox rng{1};
    const reals x = plane_gaussian().sample(200000, rng), s = plane_gaussian()(x, no_noise);
    const double fisher = mean(row_dot(s, s)).item(), trace = 1 / S[0] + 1 / S[1];
    BOOST_TEST(std::abs(fisher - trace) < 4 * std::sqrt(2 * (1 / (S[0] * S[0]) + 1 / (S[1] * S[1])) / 200000));
    const claim denoising = claims_denoising("", schedule, 2, 2);
    for (std::size_t i = 0; i < schedule.size(); ++i) {
        const double square = schedule[i] * schedule[i], F = 1 / (S[0] + square) + 1 / (S[1] + square);
        BOOST_TEST(std::abs(0.5 * denoising.weights[i] * denoising.constants[i] - 1) < 1e-14);
        const double expected = 0.5 * (S[0] / (S[0] + square) + S[1] / (S[1] + square));
        BOOST_TEST(std::abs(0.5 * denoising.weights[i] * (denoising.constants[i] - F) - expected) < 1e-14);
    }
}

BOOST_AUTO_TEST_CASE(exact_and_sliced_score_matching_are_what_they_say) {
    BOOST_TEST(objective_failures(claims_score_matching("exact"), score_matching{}) == "");
    BOOST_TEST(objective_failures(claims_score_matching("projected"), sliced_score_matching{slicing::projected}) == "");
    BOOST_TEST(objective_failures(claims_score_matching("variance reduced"), sliced_score_matching{slicing::variance_reduced}) == "");
    BOOST_TEST(objective_failures(claims_score_matching("unit sphere", 0.5), sliced_score_matching{slicing::unit_sphere}) == "");
}

BOOST_AUTO_TEST_CASE(annealed_sliced_score_matching_is_what_it_says) {
    BOOST_TEST(objective_failures(claims_annealed_slicing("annealed", schedule), annealed_sliced_score_matching{schedule}) == "");
    BOOST_TEST(objective_failures(claims_annealed_slicing("projected", schedule),
                                  annealed_sliced_score_matching{schedule, slicing::projected}) == "");
    BOOST_TEST(objective_failures(claims_annealed_slicing("sphere", schedule, 0.5),
                                  annealed_sliced_score_matching{schedule, slicing::unit_sphere}) == "");
}

BOOST_AUTO_TEST_CASE(denoising_score_matching_is_what_it_says_for_every_power) {
    for (const double power : {0.0, 2.0, 4.0})
        BOOST_TEST(objective_failures(claims_denoising("denoising", schedule, power, 2), denoising_score_matching{schedule, power}) == "",
                   "power " << power);
    BOOST_TEST(objective_failures(claims_denoising("one level", {0.5}, 0, 2), denoising_score_matching{std::vector{0.5}, 0}) == "");
}

BOOST_AUTO_TEST_CASE(the_denoised_sample_is_the_conditional_mean_of_the_data) {
    // The residual x - H(x̃) has mean 0 among all x̃ in a strip, both coordinates in twenty strips: 40 numbers within 5 standard errors.
    const double sigma = 0.8;
    const auto& data = plane_mixture();
    philox rng{3};
    const std::size_t n = 200000;
    const reals x = data.sample(n, rng), noisy = x + sigma * normal_like(x, rng), left = x - denoise(data, noisy, noise_levels{{0}, {sigma}});
    for (std::size_t strip = 0; strip < 20; ++strip) {
        const double from = -2.5 + 0.25 * static_cast<double>(strip);
        double count = 0, sum[2] = {}, square[2] = {};
        for (std::size_t i = 0; i < n; ++i) {
            if (noisy[2 * i] < from || noisy[2 * i] >= from + 0.25) continue;
            ++count;
            for (std::size_t d = 0; d < 2; ++d) sum[d] += left[2 * i + d], square[d] += left[2 * i + d] * left[2 * i + d];
        }
        for (std::size_t d = 0; d < 2; ++d) {
            const double mean = sum[d] / count, error = std::sqrt((square[d] / count - mean * mean) / count);
            BOOST_TEST(std::abs(mean) < 5 * error, "strip from " << from << ", coordinate " << d);
            BOOST_TEST(error < 0.02);                                                 // the statement is sharp
        }
    }
}

BOOST_AUTO_TEST_CASE(the_best_linear_score_by_denoising_is_the_one_of_the_best_linear_predictor) {
    // Among s = A (x̃ - m) the loss is least where x̃ + σ² A (x̃ - m) predicts x best: A = -(C + σ² I)⁻¹, C the covariance of the data, whatever
    // else they are. With C + σ² I = [[a, b], [b, d]] the loss is flat in each entry of A.
    const double sigma = 0.8, u = 1, v = 0.5, share = 4 * 0.6 * 0.4;                  // covariance 0.49 I + 0.96 (1, ½)(1, ½)ᵀ
    const double a = 0.49 + share * u * u + sigma * sigma, b = share * u * v, d = 0.49 + share * v * v + sigma * sigma, det = a * d - b * b;
    const std::vector<double> best{-d / det, b / det, b / det, -a / det};
    const reals m({1, 2}, {0.2 * u, 0.2 * v});
    const denoising_score_matching loss{std::vector{sigma}};
    for (std::size_t k = 0; k < 4; ++k) {
        std::vector<double> slopes;
        for (std::uint32_t batch = 0; batch < 200; ++batch) {
            const auto value = [&](double delta) {
                philox rng{5, batch};
                const reals x = plane_mixture().sample(300, rng);
                std::vector<double> entries = best;
                entries[k] += delta;
                const reals matrix({2, 2}, std::span<const double>{entries});
                return loss([&](const reals& at, const noise_levels&) { return matmul(at - m, matrix); }, x, rng).item();
            };
            slopes.push_back(value(0.5) - value(-0.5));
        }
        const estimated slope = estimate(slopes);
        BOOST_TEST(std::abs(slope.mean) < 5 * slope.error, "entry " << k);
    }
}
