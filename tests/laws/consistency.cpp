// SPDX-License-Identifier: Apache-2.0
/// \file  Propositions 1 to 3 of Jolicoeur-Martineau et al. (2020), as identities and by counting, on their schedule of 232 levels.
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/consistent.hpp>
#include <ncsn/samplers/langevin.hpp>

#include <boost/test/unit_test.hpp>

#include <support/moments.hpp>

using namespace ncsn;
using reals = tensor<double, cpu>;

namespace {

const geometric cifar{{.first = 50, .last = 0.01, .levels = 232}}, five_times{{.first = 50, .last = 0.01, .levels = 1156}};
const linear straight{{.first = 2, .last = 0.5, .levels = 10}};
const hybrid mixed{{.first = 3, .last = 0.3, .levels = 30}};

consistent with_eta(double eta, const auto& schedule) {
    const double last = level_at(schedule, 0).last;
    return {full_step(eta * last * last)};
}
double smallest_ratio(const auto& schedule) {
    double gamma = 1;
    for (std::size_t i = 0; i + 1 < schedule.size(); ++i) gamma = std::min(gamma, level_at(schedule, i).next / level_at(schedule, i).sigma);
    return gamma;
}
/// The exact score of one point y.
const reals y({1, 4}, {0.5, -1, 2, 0});
const auto of_a_point = [](const reals& x, const noise_levels& z) { return (y - x) / (z.sigma[0] * z.sigma[0]); };

}  // namespace

BOOST_AUTO_TEST_CASE(first_proposition_the_noise_of_langevin_dynamics_always_exceeds_the_schedule) {
    // V <- (1 - η)² V + 2η σᵢ² from V = σ₁²: V >= σᵢ² implies V' >= σᵢ² (1 + η²), for 0 < η < 2, any schedule and any number of steps.
    const auto exceeds = [](const auto& schedule) {
        for (double eta = 0.001; eta < 2; eta += 0.037)
            for (const std::size_t steps : {1, 2, 5}) {
                double variance = std::pow(level_at(schedule, 0).sigma, 2);
                for (std::size_t i = 0; i < schedule.size(); ++i) {
                    const double square = std::pow(level_at(schedule, i).sigma, 2);
                    for (std::size_t t = 0; t < steps; ++t) {
                        variance = (1 - eta) * (1 - eta) * variance + 2 * eta * square;
                        BOOST_TEST_REQUIRE(variance >= square * (1 + eta * eta) * (1 - 1e-12), "eta " << eta << ", level " << i);
                    }
                }
            }
    };
    exceeds(cifar), exceeds(straight), exceeds(mixed);
    for (const double eta : {0.1, 0.9, 1.7}) {                                        // where it comes to rest
        double variance = 5;
        for (int t = 0; t < 2000; ++t) variance = (1 - eta) * (1 - eta) * variance + 2 * eta;
        BOOST_TEST(std::abs(variance - 1 / (1 - eta / 2)) < 1e-12 * variance);
    }
}

BOOST_AUTO_TEST_CASE(second_proposition_the_variance_of_a_consistent_step_is_the_next_levels_identically) {
    // (1 - η)² σᵢ² + β² σᵢ₊₁² = σᵢ₊₁² for every admissible η, every level, every schedule.
    const auto holds = [](const auto& schedule) {
        const double gamma = smallest_ratio(schedule);
        for (const double share : {0.0, 0.01, 0.3, 0.5, 0.8, 1.0}) {
            const double eta = 1 - gamma + 2 * gamma * share;                         // from 1 - γ to 1 + γ
            const consistent cas = with_eta(eta, schedule);
            for (std::size_t i = 0; i + 1 < schedule.size(); ++i) {
                const noise_level level = level_at(schedule, i);
                BOOST_TEST_REQUIRE(std::abs(cas.eta(level) - eta) < 1e-14);
                const double next = level.next * level.next, beta = cas.beta(level);
                BOOST_TEST_REQUIRE(std::abs((1 - eta) * (1 - eta) * level.sigma * level.sigma + beta * beta * next - next) < 1e-12 * next);
            }
        }
    };
    holds(cifar), holds(five_times), holds(straight), holds(mixed);
    for (std::size_t i = 1; i + 1 < cifar.size(); ++i)                                // a geometric schedule has one β
        BOOST_TEST_REQUIRE(std::abs(consistent{full_step(5.6e-6)}.beta(level_at(cifar, i)) - 0.201659) < 1e-6);
}

BOOST_AUTO_TEST_CASE(third_proposition_both_steps_share_what_they_keep_and_where_they_go) {
    // H = x + σᵢ² s:  Langevin (1 - η) x + η H + √(2η) σᵢ z,  consistent (1 - η) x + η H + β σᵢ₊₁ z, for any score.
    const gaussian_mixture<reals> target{{{0.6, {3, -1}}, {0.4, {0, 2}}}, 0.7};
    for (const double eta : {0.06, 0.5, 1.0, 1.9}) {
        const consistent cas = with_eta(eta, cifar);
        const langevin als{cas.epsilon};
        for (const std::size_t i : {0, 100, 230, 231}) {
            const noise_level level = level_at(cifar, i);
            philox rng{4};
            const reals x = level.sigma * normal<reals>({50, 2}, rng), H = x + level.sigma * level.sigma * target(x, level);
            philox one = rng, two = rng, three = rng;
            const reals z = normal_like(x, one), langevin_step = als(target, x, level, two), consistent_step = cas(target, x, level, three);
            for (std::size_t k = 0; k < x.size(); ++k) {
                const double kept = (1 - eta) * x[k] + eta * H[k], scale = std::abs(x[k]) + std::abs(H[k]) + level.sigma;
                BOOST_TEST_REQUIRE(std::abs(langevin_step[k] - (kept + std::sqrt(2 * eta) * level.sigma * z[k])) < 1e-14 * scale);
                const double added = level.next == 0 ? 0 : cas.beta(level) * level.next;
                BOOST_TEST_REQUIRE(std::abs(consistent_step[k] - (kept + added * z[k])) < 1e-14 * scale);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(of_a_network_that_is_not_told_the_level_a_step_keeps_a_share_that_is_linear_in_it) {
    // H = x + f(x) and s = f/σ (scaled_by_noise):  (1 - η σ) x + η σ H + noise,  η = ε/σ_L², where the share of one that is told is η at all levels.
    const auto toward = [](const auto& x) { return 3.0 - 0.5 * x; };
    const scaled_by_noise score{toward};
    const consistent cas = with_eta(0.5, cifar);
    const langevin als{cas.epsilon};
    for (const std::size_t i : {0, 100, 231}) {
        const noise_level level = level_at(cifar, i);
        philox rng{4};
        const reals x = level.sigma * normal<reals>({50, 2}, rng), H = x + toward(x);
        philox one = rng, two = rng, three = rng;
        const reals z = normal_like(x, one), langevin_step = als(score, x, level, two), consistent_step = cas(score, x, level, three);
        for (std::size_t k = 0; k < x.size(); ++k) {
            const double share = 0.5 * level.sigma, kept = (1 - share) * x[k] + share * H[k], scale = std::abs(x[k]) + std::abs(H[k]) + level.sigma;
            BOOST_TEST_REQUIRE(std::abs(langevin_step[k] - (kept + std::sqrt(2 * 0.5) * level.sigma * z[k])) < 1e-13 * scale);
            const double added = level.next == 0 ? 0 : cas.beta(level) * level.next;
            BOOST_TEST_REQUIRE(std::abs(consistent_step[k] - (kept + added * z[k])) < 1e-13 * scale);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_residual_noise_is_within_one_per_cent_of_the_schedule_after_each_of_232_levels) {
    // 200,000 numbers: a standard error is 0.16 %, so 1 % are 6. From η just above 1 - γ = 0.0362 to just below 1 + γ.
    for (const double epsilon : {3.63e-6, 5.6e-6, 1.96e-4}) {
        philox rng{5};
        const consistent cas{full_step(epsilon)};
        double worst = 0;
        annealed{cifar, cas}(of_a_point, y + 50.0 * normal<reals>({50000, 4}, rng), rng, [&](const noise_level& level, const reals& x) {
            const auto found = element_moments_of(x - y);
            const double expected = level.next > 0 ? level.next : std::abs(1 - cas.eta(level)) * level.sigma;
            if (expected < 1e-12) return;                                             // η = 1 finds the point itself
            worst = std::max(worst, std::abs(std::sqrt(found.variance) / expected - 1));
            BOOST_TEST_REQUIRE(std::abs(found.mean) < 5 * expected / std::sqrt(200000.0));
        });
        BOOST_TEST_MESSAGE("epsilon " << epsilon << ": at most " << 100 * worst << " % off");
        BOOST_TEST(worst < 0.01);
    }
}

BOOST_AUTO_TEST_CASE(the_noise_of_annealed_langevin_dynamics_is_above_the_schedule_by_what_its_recursion_says) {
    // One step a level, ε = 5.6e-6: all 232 levels within 1 % of V <- (1 - η)² V + 2η σᵢ², and above the schedule.
    philox rng{6};
    const langevin step{full_step(5.6e-6)};
    const double eta = 5.6e-6 / 1e-4;
    double variance = 2500, worst = 0;
    annealed{cifar, step}(of_a_point, y + 50.0 * normal<reals>({25000, 4}, rng), rng, [&](const noise_level& level, const reals& x) {
        variance = (1 - eta) * (1 - eta) * variance + 2 * eta * level.sigma * level.sigma;
        const double found = std::sqrt(element_moments_of(x - y).variance);
        worst = std::max(worst, std::abs(found / std::sqrt(variance) - 1));
        BOOST_TEST_REQUIRE(found > level.sigma);
    });
    BOOST_TEST(worst < 0.01);
    BOOST_TEST(variance > 1.5 * 1e-4);                                                // at the end: far above σ_L²
}

BOOST_AUTO_TEST_CASE(a_start_without_the_first_levels_noise_is_forgotten_at_the_published_step_and_not_near_the_boundary) {
    // From points of U[0,1] the relative excess of the variance is δ = V₀/σ₁² - 1 times (1 - β²) a step: 7e-5 of it is left after 231 steps
    // at ε = 5.6e-6, and 0.56 at 3.74e-6, where the published figure shows samples that are worthless.
    for (const auto& [epsilon, left] : {std::pair{5.6e-6, 7e-5}, std::pair{3.74e-6, 0.56}}) {
        philox rng{7};
        const consistent cas{full_step(epsilon)};
        const double beta = cas.beta(level_at(cifar, 0));
        double excess = 1.0 / 12 / 2500 - 1;
        BOOST_TEST(std::abs(std::pow(1 - beta * beta, 231) / left - 1) < 0.05);
        const reals start = y - 0.5 + uniform<reals>({25000, 4}, 0, 1, rng);
        annealed{cifar, cas}(of_a_point, start, rng, [&](const noise_level& level, const reals& x) {
            excess *= 1 - beta * beta;
            if (level.next == 0 || level.index % 10 != 0) return;
            const double expected = level.next * std::sqrt(1 + excess);
            BOOST_TEST(std::abs(std::sqrt(element_moments_of(x - y).variance) / expected - 1) < 0.01, "level " << level.index);
        });
    }
}

BOOST_AUTO_TEST_CASE(on_broad_data_a_fixed_eta_leaves_the_variance_short_by_half_of_it_however_many_levels_there_are) {
    // Data N(0, S): V <- (1 - η σ²/(S + σ²))² V + β² σ'², from the exact V = S + σ₁². The step is exact for a point, where the drift takes η of the
    // whole deviation; of broad data it takes less, and β knows nothing of that. V ends at (1 - η/2) S. Only η -> 0 with the levels is exact.
    const double S = 0.36;
    const auto ends_at = [S](double eta, std::size_t levels) {
        const geometric schedule{{.first = 30, .last = 0.005, .levels = levels}};
        const consistent cas = with_eta(eta, schedule);
        double variance = S + 900;
        for (std::size_t i = 0; i < levels; ++i) {
            const noise_level level = level_at(schedule, i);
            cas.check(of_a_point, std::array{level});
            const double kept = 1 - eta * level.sigma * level.sigma / (S + level.sigma * level.sigma);
            const double added = level.next == 0 ? 0 : cas.beta(level) * level.next;
            variance = kept * kept * variance + added * added;
        }
        return variance / S;
    };
    for (const double eta : {0.056, 0.1, 0.5})
        for (const std::size_t levels : {232, 1156, 5000})
            BOOST_TEST(std::abs(ends_at(eta, levels) - (1 - eta / 2)) < 0.006, "eta " << eta << ", " << levels << " levels");
    BOOST_TEST(std::abs(ends_at(0.002, 5000) - 1) < 0.002);
}
