// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of the probability flow and of the sampler with churn: the exact flow of Gaussian data, and the order of each rule.
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/consistent.hpp>
#include <ncsn/samplers/probability_flow.hpp>
#include <ncsn/statistics/mode_weights.hpp>

#include <boost/test/unit_test.hpp>

#include <support/files.hpp>

using namespace ncsn;
using array = tensor<float, cpu>;
using reals = tensor<double, cpu>;

static_assert(Transition<probability_flow<>, gaussian_mixture<array>, array>);
static_assert(Transition<probability_flow<runge_kutta_rule>, gaussian_mixture<array>, array>);
static_assert(Transition<edm, gaussian_mixture<array>, array>);
static_assert(Sampler<annealed<geometric, edm>, gaussian_mixture<array>, array>);

namespace {

const double S = 0.49;
const gaussian_mixture<reals> gaussian{{{1, {3, -1}}}, 0.7};
const reals m({1, 2}, {3, -1});

double largest_difference(const reals& a, const reals& b) {
    double largest = 0;
    for (const double value : (a - b).values()) largest = std::max(largest, std::abs(value));
    return largest;
}
/// x(σ') - m = √((S + σ'²)/(S + σ²)) (x(σ) - m): the flow of N(m, S I). The error at the last level but the final step.
template <class K> double error_of(const K& transition, std::size_t levels) {
    const geometric schedule{{.first = 10, .last = 0.1, .levels = levels}};
    philox rng{1};
    const reals start = 10.0 * normal<reals>({20, 2}, rng);
    double largest = 0;
    annealed{schedule, transition}(gaussian, start, rng, [&](const noise_level& level, const reals& x) {
        if (level.next > 0) largest = largest_difference(x, m + std::sqrt((S + level.next * level.next) / (S + 100)) * (start - m));
    });
    return largest;
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_rule_follows_the_exact_flow_with_its_order) {
    const double heun20 = error_of(probability_flow{}, 41), heun40 = error_of(probability_flow{}, 81);
    BOOST_TEST_MESSAGE("heun " << heun20 << ", half the step " << heun40);
    BOOST_TEST(heun20 < 0.02);
    BOOST_TEST(std::abs(std::log2(heun20 / heun40) - 2) < 0.2);
    const double fourth20 = error_of(probability_flow{runge_kutta_rule{}}, 41), fourth40 = error_of(probability_flow{runge_kutta_rule{}}, 81);
    BOOST_TEST_MESSAGE("runge-kutta " << fourth20 << ", half the step " << fourth40);
    BOOST_TEST(fourth20 < 1e-4);
    BOOST_TEST(std::abs(std::log2(fourth20 / fourth40) - 4) < 0.4);
}

BOOST_AUTO_TEST_CASE(one_step_is_the_formula_and_the_last_one_denoises) {
    philox rng{2};
    const reals x = normal<reals>({10, 2}, rng);
    const noise_level level{4, 2, 1.5, 0.5}, next{5, 1.5, 0, 0.5};
    const reals d = -2.0 * gaussian(x, level), ahead = x - 0.5 * d, later = -1.5 * gaussian(ahead, next);
    BOOST_TEST(largest_difference(probability_flow{}(gaussian, x, level, rng), x - 0.25 * (d + later)) < 1e-14);
    BOOST_TEST(largest_difference(probability_flow{}(gaussian, x, next, rng), x + 2.25 * gaussian(x, next)) < 1e-14);
    BOOST_TEST(rng.draw == 1u);                                                       // no random number
    std::vector<std::size_t> asked;                                                   // a network that knows levels by index is asked at two of them
    probability_flow{}([&](const reals& at, const noise_levels& z) { return asked.push_back(z.index[0]), at; }, x, level, rng);
    BOOST_TEST(asked == (std::vector<std::size_t>{4, 5}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_deterministic_consistent_step_is_its_euler_rule_in_the_data) {
    // η = 1 - γ: x' = H + γ (x - H) = x + σ (σ - σ') s, Euler's rule for the same flow.
    philox rng{3};
    const reals x = normal<reals>({10, 2}, rng);
    const noise_level level{0, 2, 1.5, 0.5};
    BOOST_TEST(largest_difference(consistent{full_step(0.25 * 0.25)}(gaussian, x, level, rng), x + 2 * 0.5 * gaussian(x, level)) < 1e-7);
}

BOOST_AUTO_TEST_CASE(without_churn_edm_is_heuns_rule_and_with_it_the_formula) {
    philox rng{4};
    const reals x = normal<reals>({10, 2}, rng);
    const noise_level level{4, 2, 1.5, 0.5};
    BOOST_TEST(largest_difference(edm{}(gaussian, x, level, rng), probability_flow{}(gaussian, x, level, rng)) == 0);
    BOOST_TEST(largest_difference(edm{.gamma = 0.2, .highest = 1.9}(gaussian, x, level, rng), probability_flow{}(gaussian, x, level, rng)) == 0);
    philox same = rng;
    const reals z = normal_like(x, same), y = edm{.gamma = 0.2, .noise = 1.01}(gaussian, x, level, rng);
    const noise_level raised{4, 2.4, 1.5, 0.5}, next{5, 1.5, 0, 0.5};
    const reals up = x + 1.01 * std::sqrt(2.4 * 2.4 - 4) * z, d = -2.4 * gaussian(up, raised), ahead = up - 0.9 * d;
    const reals later = -1.5 * gaussian(ahead, next);
    BOOST_TEST(largest_difference(y, up - 0.45 * (d + later)) < 1e-14);
    BOOST_TEST((rng == same));
    BOOST_CHECK_THROW(edm{.gamma = 0.5}(gaussian, x, level, rng), error);
    BOOST_CHECK_THROW(edm{.gamma = -0.1}(gaussian, x, level, rng), error);
}

BOOST_AUTO_TEST_CASE(churn_leaves_the_law_of_gaussian_data_alone) {
    // x + √(σ̂² - σ²) z has the law at σ̂, and the flow carries it to σ'. The rule's own bias is below the bound: 5 standard errors of 40,000
    // numbers.
    const geometric schedule{{.first = 10, .last = 0.1, .levels = 81}};
    philox rng{5};
    const reals start = m + std::sqrt(S + 100) * normal<reals>({20000, 2}, rng);
    annealed{schedule, edm{.gamma = 0.1}}(gaussian, start, rng, [&](const noise_level& level, const reals& x) {
        if (level.next == 0 || level.index % 10 != 9) return;
        const reals difference = x - m;
        const double c = S + level.next * level.next;
        BOOST_TEST(std::abs(mean(difference).item()) < 5 * std::sqrt(c / 40000));
        BOOST_TEST(std::abs(mean(difference * difference).item() / c - 1) < 5 * std::sqrt(2 / 40000.), "level " << level.index);
    });
}

BOOST_AUTO_TEST_CASE(an_ncsn_score_finds_the_weights_of_two_modes) {
    const gaussian_mixture<array> two{{{0.8, {5, 5}}, {0.2, {-5, -5}}}, 0.5};
    const geometric schedule{{.first = 40, .last = 0.05, .levels = 60}};
    philox rng{6};
    const array start = 40.0 * normal<array>({2000, 2}, rng);
    BOOST_TEST(std::abs(mode_weights(two, annealed{schedule, probability_flow{}}(two, start, rng))[0] - 0.8) < 0.045);   // 5 standard errors
    BOOST_TEST(std::abs(mode_weights(two, annealed{schedule, edm{.gamma = 0.2}}(two, start, rng))[0] - 0.8) < 0.045);
}
