// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of denoising score matching: its value for scores that are known, its weights, and an energy trained through it.
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/energy_score.hpp>
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/models/mlp.hpp>
#include <ncsn/training/denoising.hpp>

#include <boost/test/unit_test.hpp>

#include <support/gradient_error.hpp>

using namespace ncsn;
using reals = tensor<double, cpu>;

namespace {

const auto zero = [](const reals& x, const noise_levels&) { return 0.0 * x; };

}  // namespace

static_assert(Objective<denoising_score_matching<geometric>, gaussian_mixture<reals>, reals>);

BOOST_AUTO_TEST_CASE(for_the_zero_score_it_is_half_the_dimension_at_every_level) {
    philox rng{1};
    const reals x = normal<reals>({20000, 6}, rng);
    for (const double sigma : {0.01, 1.0, 30.0}) {
        const double value = denoising_score_matching{std::vector{sigma}}(zero, x, rng).item();
        BOOST_TEST(std::abs(value - 3) < 5 * std::sqrt(6 / 2.0 / 20000));              // ½ χ²₆ has variance 3; 5 standard errors
    }
}

BOOST_AUTO_TEST_CASE(at_the_exact_score_of_a_gaussian_it_is_its_minimum) {
    // Data N(m, S I): (D/2) S/(S + σ²). The summand is ½ |√S-part|², again ½ χ²_D times S/(S + σ²).
    const double S = 0.49, sigma = 0.8;
    const gaussian_mixture<reals> data{{{1, {3, -1, 0, 2}}}, 0.7};
    philox rng{2};
    const reals x = data.sample(40000, rng);
    const double share = S / (S + sigma * sigma), value = denoising_score_matching{std::vector{sigma}}(data, x, rng).item();
    BOOST_TEST(std::abs(value - 2 * share) < 5 * share * std::sqrt(4 / 2.0 / 40000));
    philox again = rng;
    for (const double factor : {0.9, 1.1}) {                                          // any other multiple of the score is worse, on the same noise
        philox one = again, two = again;
        const denoising_score_matching loss{std::vector{sigma}};
        BOOST_TEST(loss([&](const reals& at, const noise_levels& z) { return factor * data(at, z); }, x, one).item() > loss(data, x, two).item());
    }
}

BOOST_AUTO_TEST_CASE(with_given_levels_and_noise_it_is_the_formula_for_every_power) {
    // ½ σᵖ |s(x + σ z, σ) + z/σ|², mean over samples; the score here is s = -2 x̃/(1 + σ).
    const std::vector<double> schedule{3, 1, 0.2};
    philox rng{3};
    const reals x = normal<reals>({4, 2, 3}, rng), z = normal_like(x, rng);
    const noise_levels levels{{2, 0, 1, 0}, {0.2, 3, 1, 3}};
    const auto score = [](const reals& at, const noise_levels& l) { return column(l, at, [](double s) { return -2 / (1 + s); }) * at; };
    for (const double power : {2.0, 0.0, 4.0, 1.0}) {
        double expected = 0;
        for (std::size_t i = 0; i < 24; ++i) {
            const double sigma = levels.sigma[i / 6], s = -2 / (1 + sigma) * (x[i] + sigma * z[i]);
            expected += 0.5 * std::pow(sigma, power) * (s + z[i] / sigma) * (s + z[i] / sigma) / 4;
        }
        const double found = denoising_score_matching{schedule, power}(score, x, levels, z).item();
        BOOST_TEST(std::abs(found - expected) < 1e-13 * expected, "power " << power);
    }
}

BOOST_AUTO_TEST_CASE(levels_are_drawn_uniformly_and_index_and_sigma_belong_together) {
    const std::vector<double> schedule{3, 1, 0.2};
    philox rng{4};
    std::array<double, 3> counts{};
    denoising_score_matching{schedule}([&](const reals& at, const noise_levels& z) {
        for (std::size_t i = 0; i < z.sigma.size(); ++i) {
            BOOST_TEST_REQUIRE(z.sigma[i] == schedule[z.index[i]]);
            counts[z.index[i]] += 1;
        }
        return at;
    }, reals({30000, 1}), rng);
    for (const double count : counts) BOOST_TEST(std::abs(count - 10000) < 5 * std::sqrt(30000 * 2 / 9.0));
}

BOOST_AUTO_TEST_CASE(it_is_the_expected_denoised_distance) {
    // ½ σ² |s + (x̃ - x)/σ²|² = |H - x|²/(2σ²), H = x̃ + σ² s.
    const gaussian_mixture<reals> data{{{0.6, {3, -1}}, {0.4, {0, 2}}}, 0.7};
    philox rng{5};
    const reals x = data.sample(50, rng), z = normal_like(x, rng);
    const noise_levels level{{0}, {0.8}};
    const reals difference = denoise(data, x + 0.8 * z, level) - x;
    BOOST_TEST(std::abs(denoising_score_matching{std::vector{0.8}}(data, x, level, z).item() -
                        mean_over_batch(row_dot(difference, difference)).item() / (2 * 0.64)) < 1e-13);
}

BOOST_AUTO_TEST_CASE(it_trains_an_energy) {
    philox rng{7};
    const auto score = score_of(unconditional{mlp<reals>{2, 6, 1, rng}});
    const reals x = normal<reals>({5, 2}, rng);
    const double error = gradient_error([&](const auto& model) {
        philox noise{11};
        return denoising_score_matching{std::vector{2.0, 0.7, 0.3}}(model, x, noise);
    }, score);
    BOOST_TEST_MESSAGE("gradient against central differences " << error);
    BOOST_TEST(error < 1e-8);                                                         // 5e-10 is measured
}

BOOST_AUTO_TEST_CASE(levels_without_noise_and_empty_batches_have_no_loss) {
    const gaussian_mixture<reals> data{{{1, {0, 0}}}, 1.0};
    philox rng{9};
    const reals x({2, 2}), none({0, 2});
    for (const std::vector<double>& wrong : {std::vector<double>{1, 2}, {1, 0}, {1, -1}, {std::nan("")}})
        BOOST_CHECK_THROW(denoising_score_matching{wrong}(data, x, rng), error);
    for (const double sigma : {0.0, -1.0, std::nan("")})
        BOOST_CHECK_THROW((denoising_score_matching{std::vector{1.0}}(data, x, noise_levels{{0}, {sigma}}, x)), error);
    BOOST_CHECK_THROW(denoising_score_matching{std::vector{1.0}}(data, none, rng), error);
    BOOST_CHECK_NO_THROW((denoising_score_matching{log_uniform{2, 0.1}}(data, x, rng)));
}

BOOST_AUTO_TEST_CASE(a_network_that_knows_its_levels_by_number_learns_at_as_many) {
    struct of_two {
        std::size_t levels() const { return 2; }
        reals operator()(const reals& x, const noise_levels&) const { return -x; }
    };
    philox rng{9};
    const reals x({2, 2});
    BOOST_CHECK_NO_THROW((denoising_score_matching{std::vector{2.0, 1.0}}(of_two{}, x, rng)));
    BOOST_CHECK_THROW(denoising_score_matching{std::vector{2.0}}(of_two{}, x, rng), error);
    BOOST_CHECK_THROW((denoising_score_matching{std::vector{2.0, 1.0, 0.5}}(of_two{}, x, rng)), error);
    BOOST_CHECK_THROW((denoising_score_matching{log_uniform{2, 0.1}}(of_two{}, x, rng)), error);   // index 0 for every noise
}

BOOST_AUTO_TEST_CASE(a_power_by_which_a_level_counts_nothing_or_without_bound_is_refused) {
    const gaussian_mixture<reals> data{{{1, {0, 0}}}, 1.0};
    philox rng{9};
    const reals x({2, 2});
    for (const double power : {2000.0, -2000.0, std::nan(""), std::numeric_limits<double>::infinity()})
        BOOST_CHECK_THROW((denoising_score_matching{std::vector{0.5}, power}(data, x, rng)), error);
    BOOST_TEST(level_weight<float>(0.5, 4) == 0.25);
    BOOST_CHECK_THROW(level_weight<float>(0.5, 200), error);                        // 2^-198, which only double has
    BOOST_CHECK_NO_THROW(level_weight<double>(0.5, 200));
}
