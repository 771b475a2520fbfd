// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of predictor-corrector sampling: its formula, its order, and that it finds the weights of two modes.
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/samplers/predictor_corrector.hpp>
#include <ncsn/statistics/mode_weights.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;
using reals = tensor<double, cpu>;
using song = predictor_corrector<ancestral, repeat<langevin_corrector>>;

static_assert(Transition<langevin_corrector, gaussian_mixture<array>, array>);
static_assert(Transition<song, gaussian_mixture<array>, array>);
static_assert(Sampler<annealed<geometric, song>, gaussian_mixture<array>, array>);

BOOST_AUTO_TEST_CASE(the_corrector_is_its_formula_sample_by_sample) {
    philox rng{1};
    const reals x = normal<reals>({5, 2, 2, 3}, rng);
    philox same = rng;
    const reals z = normal_like(x, same);
    const auto score = [](const reals& at, const noise_levels&) { return -0.3 * at; };
    const double r = 0.2;
    const reals y = langevin_corrector{r}(score, x, noise_level{}, rng);
    for (std::size_t n = 0; n < 5; ++n) {
        double noise = 0, norm = 0;
        for (std::size_t i = 12 * n; i < 12 * n + 12; ++i) noise += z[i] * z[i], norm += 0.09 * x[i] * x[i];
        const double a = 2 * r * r * noise / norm;
        for (std::size_t i = 12 * n; i < 12 * n + 12; ++i) BOOST_TEST(std::abs(y[i] - (x[i] - 0.3 * a * x[i] + std::sqrt(2 * a) * z[i])) < 1e-13);
    }
}

BOOST_AUTO_TEST_CASE(over_the_batch_the_norms_are_means) {
    philox rng{2};
    const reals x = normal<reals>({8, 5}, rng);
    philox same = rng;
    const reals z = normal_like(x, same);
    const auto score = [](const reals& at, const noise_levels&) { return at * at + 1.0; };
    const reals y = langevin_corrector{0.1, norms::of_the_batch}(score, x, noise_level{}, rng), s = score(x, no_noise);
    double noise = 0, norm = 0;
    for (std::size_t n = 0; n < 8; ++n) {
        double zz = 0, ss = 0;
        for (std::size_t i = 5 * n; i < 5 * n + 5; ++i) zz += z[i] * z[i], ss += s[i] * s[i];
        noise += std::sqrt(zz), norm += std::sqrt(ss);
    }
    const double a = 2 * 0.01 * noise * noise / (norm * norm);
    for (std::size_t i = 0; i < x.size(); ++i) BOOST_TEST(std::abs(y[i] - (x[i] + a * s[i] + std::sqrt(2 * a) * z[i])) < 1e-13);
}

BOOST_AUTO_TEST_CASE(a_level_is_corrected_first_and_then_left) {
    std::vector<double> asked;
    const auto score = [&](const reals& at, const noise_levels& z) {
        asked.push_back(z.sigma[0]);
        return -1.0 * at;
    };
    philox rng{3};
    const predictor_corrector transition{reverse_diffusion, repeat{2, langevin_corrector{0.1}}};
    annealed{std::vector{3.0, 1.0}, transition}(score, normal<reals>({3, 2}, rng), rng);
    BOOST_TEST(asked == (std::vector<double>{3, 3, 3, 1, 1, 1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_exact_corrector_repairs_a_coarse_predictor) {
    // One point, 6 levels, the forward predictor leaves too much noise: V' = (σ'²/σ²)² V + d > σ'². Langevin steps at the level then take it to their
    // own law σ²/(1 - ε/2), which the next prediction starts from.
    const gaussian_mixture<reals> atom{{1, {0, 0}}};
    const geometric schedule{{.first = 10, .last = 0.5, .levels = 6}};
    philox rng{4};
    const auto run = [&](const auto& transition, double variance) {
        annealed{schedule, transition}(atom, 10.0 * normal<reals>({20000, 2}, rng), rng, [&](const noise_level& level, const reals& x) {
            if (level.next == 0) return;
            const double ratio = level.next * level.next / (level.sigma * level.sigma), d = level.sigma * level.sigma * (1 - ratio);
            const double expected = ratio * ratio * (variance < 0 ? level.sigma * level.sigma / (1 - 0.05) : variance) + d;
            const double found = mean(x * x).item();
            BOOST_TEST(std::abs(found / expected - 1) < 5 * std::sqrt(2 / 40000.), "level " << level.index);
            if (variance >= 0) variance = expected;
        });
    };
    run(reverse_diffusion, 100);
    run(predictor_corrector{reverse_diffusion, repeat{40, langevin{full_step(0.1 * 0.25)}}}, -1);   // η = ε/σ_L² = 0.1, forgotten in 40 steps
}

BOOST_AUTO_TEST_CASE(an_ncsn_score_finds_the_weights_of_two_modes) {
    const gaussian_mixture<array> two{{{0.8, {5, 5}}, {0.2, {-5, -5}}}, 0.5};
    philox rng{5};
    const annealed sampler{geometric{{.first = 20, .last = 0.05, .levels = 100}},
                           predictor_corrector{reverse_diffusion, repeat{1, langevin_corrector{0.16, norms::of_the_batch}}}};
    const array x = sampler(two, 20.0 * normal<array>({2000, 2}, rng), rng);
    BOOST_TEST(std::abs(mode_weights(two, x)[0] - 0.8) < 0.045);                      // 5 standard errors
}
