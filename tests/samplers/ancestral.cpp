// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of ancestral sampling and reverse diffusion: their law on Gaussian data, and that both coordinates give one chain.
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/diffusion_scores.hpp>
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/samplers/ancestral.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/statistics/mode_weights.hpp>

#include <boost/test/unit_test.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;
using reals = tensor<double, cpu>;

static_assert(Transition<ancestral, gaussian_mixture<array>, array>);
static_assert(Transition<ddpm_step, gaussian_mixture<array>, array>);
static_assert(Sampler<annealed<geometric, ancestral>, gaussian_mixture<array>, array>);

namespace {

const geometric schedule{{.first = 10, .last = 0.1, .levels = 12}};

/// Mean and unbiased variance of all coordinates of x - m within 5 standard errors.
bool has_law(const reals& x, const reals& m, double variance) {
    const reals difference = x - m;
    const double n = static_cast<double>(x.size()), mean = sum(difference).item() / n, square = sum(difference * difference).item() / n;
    return std::abs(mean) < 5 * std::sqrt(variance / n) && std::abs(square / variance - 1) < 5 * std::sqrt(2 / n);
}
const reals m({1, 2}, {3, -1});

}  // namespace

BOOST_AUTO_TEST_CASE(the_variance_on_gaussian_data_follows_its_recursion) {
    // Score of N(m, (S + σ²) I): V <- (1 - d/(S + σᵢ²))² V + b², d = σᵢ² - σᵢ₊₁².
    const double S = 0.49;
    const gaussian_mixture<reals> target{{{1, {3, -1}}}, 0.7};
    for (const reverse_variance kind : {reverse_variance::posterior, reverse_variance::forward}) {
        philox rng{1};
        double variance = 100;
        annealed{schedule, ancestral{kind}}(target, m + 10.0 * normal<reals>({20000, 2}, rng), rng, [&](const noise_level& level, const reals& x) {
            const double d = level.sigma * level.sigma - level.next * level.next, kept = 1 - d / (S + level.sigma * level.sigma),
                         share = kind == reverse_variance::posterior ? level.next * level.next / (level.sigma * level.sigma) : level.next > 0;
            variance = kept * kept * variance + d * share;
            BOOST_TEST(has_law(x, m, variance), "level " << level.index);
        });
    }
}

BOOST_AUTO_TEST_CASE(on_one_point_the_noise_stays_as_scheduled) {
    // With the exact score of one point the posterior is exact: V = σᵢ² at every level, and the last step finds the point.
    const gaussian_mixture<reals> atom{{1, {3, -1}}};
    philox rng{2};
    const reals start = m + 10.0 * normal<reals>({20000, 2}, rng);
    const reals x = annealed{schedule, ancestral{}}(atom, start, rng, [](const noise_level& level, const reals& at) {
        if (level.next > 0) BOOST_TEST(has_law(at, m, level.next * level.next), "level " << level.index);
    });
    for (std::size_t i = 0; i < x.size(); ++i) BOOST_TEST_REQUIRE(std::abs(x[i] - m[i % 2]) < 1e-12);
}

BOOST_AUTO_TEST_CASE(ddpm_is_the_same_chain_in_other_coordinates) {
    // x_P = ā x at every level, with the same noise. For the forward variance the two add β and d, and d ā'² = β ā'²/ā² is larger: another sampler.
    const gaussian_mixture<reals> data{{{0.6, {1, -1}}, {0.4, {0, 2}}}, 0.3};
    philox rng{3};
    const reals start = 10.0 * normal<reals>({50, 2}, rng);
    philox again = rng;
    std::vector<reals> path;
    annealed{schedule, ancestral{}}(data, start, rng, [&](const noise_level&, const reals& x) { path.push_back(x); });
    const double first = variance_preserving::signal(10);
    const reals end = annealed{schedule, ddpm_step{}}(as_process<variance_preserving>(data), reals{first * start}, again,
                                                      [&](const noise_level& level, const reals& x) {
        const reals other = variance_preserving::signal(level.next) * path[level.index];
        for (std::size_t i = 0; i < x.size(); ++i) BOOST_TEST_REQUIRE(std::abs(x[i] - other[i]) < 1e-11);
    });
    BOOST_TEST(end.size() == 100u);
}

BOOST_AUTO_TEST_CASE(one_ddpm_step_is_the_published_formula) {
    // (x + β s)/√(1-β) + √β z between steps k and k - 1 of the thousand.
    const diffusion process = ddpm_diffusion();
    const std::vector<double> sigmas = process.schedule();
    const std::size_t k = 700, i = process.size() - 1 - k;
    const double beta = process.sigma(k) * process.sigma(k);
    philox rng{4};
    const reals x = normal<reals>({10, 3}, rng);
    philox same = rng;
    const reals z = normal_like(x, same);
    const auto score = [](const reals& at, const noise_levels&) { return -0.7 * at; };
    for (const reverse_variance kind : {reverse_variance::posterior, reverse_variance::forward}) {
        philox used = rng;
        const reals y = ddpm_step{kind}(score, x, level_at(sigmas, i), used);
        const double kept = process.total_signal(k), before = process.total_signal(k - 1);
        const double b = std::sqrt(kind == reverse_variance::forward ? beta : beta * (1 - before * before) / (1 - kept * kept));
        for (std::size_t j = 0; j < x.size(); ++j)
            BOOST_TEST(std::abs(y[j] - ((x[j] - 0.7 * beta * x[j]) / std::sqrt(1 - beta) + b * z[j])) < 1e-12);
    }
}

BOOST_AUTO_TEST_CASE(an_ncsn_score_finds_the_weights_of_two_modes) {
    // 0.8 and 0.2; 2000 chains: 5 standard errors are 0.045.
    const gaussian_mixture<array> two{{{0.8, {5, 5}}, {0.2, {-5, -5}}}, 0.5};
    const geometric fine{{.first = 20, .last = 0.05, .levels = 120}};
    philox rng{5};
    const array x = annealed{fine, ancestral{}}(two, 20.0 * normal<array>({2000, 2}, rng), rng);
    BOOST_TEST(std::abs(mode_weights(two, x)[0] - 0.8) < 0.045);
    const array y = annealed{fine, ddpm_step{reverse_variance::forward}}(as_process<variance_preserving>(two), normal<array>({2000, 2}, rng), rng);
    BOOST_TEST(std::abs(mode_weights(two, y)[0] - 0.8) < 0.045);
}
