// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of consistent annealed sampling: the noise stays on schedule, and the special cases are the samplers they should be.
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/consistent.hpp>

#include <boost/test/unit_test.hpp>

#include <support/files.hpp>
#include <support/moments.hpp>

using namespace ncsn;
using array = tensor<double, cpu>;

namespace {

const array y({1, 2}, {3, -1});
const gaussian_mixture<array> atom{{1, {3, -1}}};                                     // s = (y - x)/σ², H = y
double largest_difference(const array& a, const array& b) {
    double largest = 0;
    for (const double value : (a - b).values()) largest = std::max(largest, std::abs(value));
    return largest;
}
consistent with_eta(double eta, double last) { return {full_step(eta * last * last)}; }

}  // namespace

static_assert(Transition<consistent, gaussian_mixture<array>, array>);

BOOST_AUTO_TEST_CASE(the_noise_has_the_scheduled_variance_at_every_level) {
    // Jolicoeur-Martineau et al. (2020), Proposition 2, for any schedule: 100,000 chains from y + σ₁ z.
    const auto stays = [](const auto& schedule, double eta) {
        philox rng{1};
        const double first = level_at(schedule, 0).sigma, last = level_at(schedule, 0).last;
        annealed{schedule, with_eta(eta, last)}(
            atom, array{y + first * normal<array>({50000, 2}, rng)}, rng, [&](const noise_level& level, const array& x) {
                if (level.next > 0) BOOST_TEST(has_moments(x - y, 0, level.next * level.next), "eta " << eta << ", level " << level.index);
                else {  // no noise after the last level: (1 - η) σ_L is left
                    if (eta == 1) BOOST_TEST(largest_difference(expand_to(y, x.shape()), x) < 1e-14);
                    else BOOST_TEST(has_moments(x - y, 0, (1 - eta) * (1 - eta) * level.sigma * level.sigma));
                }
            });
    };
    const geometric ratio{{.first = 10, .last = 0.1, .levels = 20}};                  // γ = 0.785
    const linear difference{{.first = 2, .last = 0.5, .levels = 10}};                 // γ from 0.92 to 0.75
    for (const double eta : {0.3, 0.7, 1.0, 1.6}) stays(ratio, eta), stays(difference, eta);
}

BOOST_AUTO_TEST_CASE(a_step_goes_part_of_the_way_to_what_is_denoised) {
    // The same paper, Proposition 3: x <- (1 - η) x + η H(x, σ) + noise. A network that is told no level, s = f(x)/σ, denoises in units of its own,
    // x + f(x), and its η is linear in σ (Section 4), where that of a conditional score is the same at every level.
    const geometric schedule{{.first = 10, .last = 0.1, .levels = 10}};
    const double eta = 0.6, epsilon = eta * 0.01;
    const array x({1, 2}, {1, 7});
    const auto none = [](const array& at, const auto&) { return 0.0 * at; };
    const auto f = [](const array& at) { return array{y - 0.5 * at}; };
    const auto told_nothing = [&](const array& at, const auto& levels) {
        return array{column(levels, at, [](double sigma) { return 1 / sigma; }) * f(at)};
    };
    for (std::size_t i = 0; i < 10; ++i) {
        const noise_level level = level_at(schedule, i);
        const auto moved = [&](const auto& score) { philox rng{3}; return with_eta(eta, 0.1)(score, x, level, rng); };
        const array noise = moved(none) - x;
        const double linear = epsilon * level.sigma / (level.last * level.last);
        BOOST_TEST(largest_difference(moved(atom), (1 - eta) * x + eta * y + noise) < 1e-12);
        BOOST_TEST(largest_difference(moved(told_nothing), (1 - linear) * x + linear * array{x + f(x)} + noise) < 1e-12 * (1 + linear));
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_initial_variance_is_forgotten_at_the_stated_rate) {
    // The relative error of the variance falls by (1-η)²/γ² = 1 - β² a step.
    const geometric schedule{{.first = 10, .last = 0.1, .levels = 20}};
    const consistent cas = with_eta(0.4, 0.1);
    const double beta = cas.beta(level_at(schedule, 0));
    double excess = 1;                                                                // variance twice the scheduled one
    philox rng{2};
    annealed{schedule, cas}(atom, array{y + 10 * std::sqrt(2.0) * normal<array>({50000, 2}, rng)}, rng,
                            [&](const noise_level& level, const array& x) {
                                excess *= 1 - beta * beta;
                                if (level.next > 0)
                                    BOOST_TEST(has_moments(x - y, 0, level.next * level.next * (1 + excess)), "level " << level.index);
                            });
}

BOOST_AUTO_TEST_CASE(special_steps_are_the_samplers_they_should_be) {
    const noise_level level{3, 2.0, 1.5, 0.1};
    const double gamma = 0.75;
    const gaussian_mixture<array> target{{0.6, {3, -1}}, {0.4, {0, 2}}};
    philox rng{3};
    const array x = 2.0 * normal<array>({100, 2}, rng);
    const array denoised = x + 4.0 * target(x, level);
    philox same_rng = rng;
    const array z = normal_like(x, same_rng);
    const auto step = [&](double eta) {
        philox fresh = rng;
        return with_eta(eta, 0.1)(target, x, level, fresh);
    };
    BOOST_TEST(largest_difference(step(1), denoised + 1.5 * z) < 1e-13);                                    // forget all but H
    BOOST_TEST(largest_difference(step(1 - gamma), denoised + gamma * (x - denoised)) < 1e-7);  // deterministic: β = 0 up to √ of rounding
    const array ancestral = x + (4 - 2.25) * target(x, level) + 1.5 * std::sqrt(4 - 2.25) / 2 * z;          // (σᵢ² - σᵢ₊₁²) s, as DDPM
    BOOST_TEST(largest_difference(step(1 - gamma * gamma), ancestral) < 1e-13);
}

BOOST_AUTO_TEST_CASE(the_share_of_fresh_noise_is_that_of_the_papers_settings) {
    const auto beta = [](double first, std::size_t levels, double epsilon) {
        return consistent{full_step(epsilon)}.beta(level_at(geometric{{.first = first, .last = 0.01, .levels = levels}}, 0));
    };
    BOOST_TEST(std::abs(beta(50, 232, 5.6e-6) - 0.201659) < 1e-6);                    // CIFAR-10
    BOOST_TEST(std::abs(beta(50, 1156, 1.1e-6) - 0.085711) < 1e-6);                   // five times as many levels
    BOOST_TEST(std::abs(beta(140, 788, 2.8e-6) - 0.178925) < 1e-6);                   // LSUN church
}

BOOST_AUTO_TEST_CASE(an_infeasible_step_is_refused_before_the_run_with_the_admissible_interval) {
    const geometric schedule{{.first = 50, .last = 0.01, .levels = 232}};
    philox rng{4};
    const array x0({1, 2});
    const auto run = [&](double epsilon) {
        philox fresh = rng;
        return message_of([&] { annealed{schedule, consistent{full_step(epsilon)}}(atom, x0, fresh); });
    };
    for (const double fits : {3.6201e-6, 5.6e-6, 1.0e-4, 1.9638e-4}) BOOST_TEST(run(fits) == "");  // the interval of CIFAR-10 is 3.620e-6 .. 1.964e-4
    for (const double outside : {3.61e-6, 1.9639e-4}) {
        const std::string said = run(outside);
        for (const char* part : {"admissible interval [3.61995", "0.00019638", "sigma 50", "level 0", "more levels"})
            BOOST_TEST(said.find(part) != std::string::npos, "'" << said << "' does not say " << part);
    }
    const admissible_steps steps{levels_of(schedule)};                              // the same interval for whoever asks
    BOOST_TEST(steps.gamma() == std::pow(0.01 / 50, 1 / 231.), boost::test_tools::tolerance(1e-12));
    BOOST_TEST(steps.least() == 1e-4 * (1 - steps.gamma()), boost::test_tools::tolerance(1e-12));
    BOOST_TEST(steps.most() == 1e-4 * (1 + steps.gamma()), boost::test_tools::tolerance(1e-12));
    BOOST_CHECK_THROW(admissible_steps{levels_of(geometric{{.levels = 1}})}, error);
    // A linear schedule is narrowest at its last step: 1 -> 0.01 in 10 levels, γ = 0.0833, η > 0.9167.
    const linear steep{{.first = 1, .last = 0.01, .levels = 10}};
    BOOST_TEST(message_of([&] { annealed{steep, with_eta(0.91, 0.01)}(atom, x0, rng); }).find("level 8") != std::string::npos);
    BOOST_CHECK_NO_THROW((annealed{steep, with_eta(0.92, 0.01)}(atom, x0, rng)));
}
