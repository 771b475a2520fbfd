// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of Langevin dynamics at one level: its stationary law, its conventions, and that wrong transitions fail the same law.
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/langevin.hpp>

#include <boost/test/unit_test.hpp>

#include <support/files.hpp>
#include <support/moments.hpp>

#include <limits>

using namespace ncsn;
using array = tensor<float, cpu>;

namespace {

const gaussian_mixture<array> atom{{1, {0, 0}}};                                      // seen at σ it is N(0, σ² I)
const noise_level unit{0, 1, 0, 1}, wide{0, 2, 1, 1};

array run(const auto& transition, const auto& score, const noise_level& level, std::size_t steps, array x, philox rng) {
    for (std::size_t t = 0; t < steps; ++t) x = transition(score, x, level, rng);
    return x;
}

/// On N(0, σ²) a step x + a s + √(2a) z with a = ε σ²/σ_L² multiplies the deviation of the variance by (1 - ε)² and rests at σ²/(1 - ε/2).
/// Checked at σ = σ_L and at σ = 2 σ_L, where σ² and σ differ. 40,000 numbers, 60 steps: (1 - ε)¹²⁰ is forgotten.
template <class K> bool rests_at_the_law_of_langevin(const K& transition, double epsilon) {
    bool holds = true;
    for (const noise_level& level : {unit, wide}) {
        philox rng{1};
        const array x = run(transition, atom, level, 60, normal<array>({20000, 2}, rng), rng);
        holds = holds && has_moments(x, 0, level.sigma * level.sigma / (1 - epsilon / 2));
    }
    return holds;
}

/// Three wrong transitions.
struct without_root_two {
    double epsilon;
    template <Array A> A operator()(const auto& score, const A& x, const noise_level& level, philox& rng) const {
        const double a = epsilon * level.sigma * level.sigma / (level.last * level.last);
        return x + a * score(x, level) + std::sqrt(a) * normal_like(x, rng);
    }
};
struct down_the_density {
    double epsilon;
    template <Array A> A operator()(const auto& score, const A& x, const noise_level& level, philox& rng) const {
        const double a = epsilon * level.sigma * level.sigma / (level.last * level.last);
        return x - a * score(x, level) + std::sqrt(2 * a) * normal_like(x, rng);
    }
};
struct with_sigma_for_its_square {
    double epsilon;
    template <Array A> A operator()(const auto& score, const A& x, const noise_level& level, philox& rng) const {
        const double a = epsilon * level.sigma / level.last;
        return x + a * score(x, level) + std::sqrt(2 * a) * normal_like(x, rng);
    }
};
bool same(const array& a, const array& b) { return a.shape() == b.shape() && std::ranges::equal(a.values(), b.values()); }

}  // namespace

static_assert(Transition<langevin, gaussian_mixture<array>, array>);
static_assert(Transition<repeat<langevin>, gaussian_mixture<array>, array>);

BOOST_AUTO_TEST_CASE(the_published_step_is_the_same_in_units_of_the_last_level) {
    BOOST_TEST(published_step(0.01) == 2e-5, boost::test_tools::tolerance(1e-15));
    BOOST_TEST(published_step(std::nextafter(0.01, 1.0)) == published_step(0.01));   // what a schedule's rounding makes of it
    for (const double times : {0.25, 3.0, 100.0})
        BOOST_TEST(published_step(times * 0.01) == times * times * 2e-5, boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(the_stationary_variance_is_that_of_the_step) {
    for (const double epsilon : {0.1, 0.5, 1.0})
        BOOST_TEST(rests_at_the_law_of_langevin(langevin{full_step(epsilon)}, epsilon), "epsilon " << epsilon);
}

BOOST_AUTO_TEST_CASE(wrong_transitions_fail_the_same_law) {
    BOOST_TEST(!rests_at_the_law_of_langevin(without_root_two{0.5}, 0.5));
    BOOST_TEST(!rests_at_the_law_of_langevin(down_the_density{0.5}, 0.5));
    BOOST_TEST(!rests_at_the_law_of_langevin(with_sigma_for_its_square{0.5}, 0.5));
    BOOST_TEST(!rests_at_the_law_of_langevin(langevin{half_step(0.5)}, 0.5));        // the other convention, too, is another law
}

BOOST_AUTO_TEST_CASE(noise_before_the_drift_contracts_the_noise_as_well) {
    for (const double a : {0.1, 0.5}) {
        philox rng{2};
        const array x = run(langevin{full_step(a), noise_order::before}, atom, unit, 100, normal<array>({20000, 2}, rng), rng);
        BOOST_TEST(has_moments(x, 0, (1 - a) * (1 - a) / (1 - a / 2)));              // V = (1-a)² (V + 2a)
    }
}

BOOST_AUTO_TEST_CASE(half_step_of_twice_a_is_full_step_of_a_bit_for_bit) {
    philox rng{3};
    const array x = normal<array>({100, 2}, rng);
    BOOST_TEST(same(run(langevin{half_step(0.6)}, atom, wide, 10, x, rng), run(langevin{full_step(0.3)}, atom, wide, 10, x, rng)));
}

BOOST_AUTO_TEST_CASE(one_step_is_the_formula_with_the_same_random_numbers) {
    philox rng{4};
    const array x = normal<array>({50, 2}, rng);
    philox same_rng = rng;
    const array z = normal_like(x, same_rng), y = langevin{full_step(0.2)}(atom, x, wide, rng);
    const double a = 0.2 * 4;                                                         // ε σ²/σ_L²
    for (std::size_t i = 0; i < x.size(); ++i)
        BOOST_TEST(std::abs(y[i] - (x[i] - a * x[i] / 4 + std::sqrt(2 * a) * z[i])) <
                   4 * std::numeric_limits<float>::epsilon() * (1 + std::abs(y[i])));
    BOOST_TEST((rng == same_rng));                                                    // one draw
}

BOOST_AUTO_TEST_CASE(a_step_outside_the_stable_interval_is_refused_with_the_interval) {
    const gaussian_mixture<array> target{{{1, {0, 0}}}, 1.0};                         // variance 1 + σ²
    const langevin large{full_step(3)}, small{full_step(1.9)};
    BOOST_CHECK_NO_THROW(small.check(target, std::array{unit}));                                  // 0 < a < 2 (1 + 1)
    BOOST_CHECK_NO_THROW(large.check(target, std::array{unit}));
    const std::string said = message_of([&] { large.check(target, std::array{wide}); });          // a = 12, c = 5
    for (const char* part : {"sigma 2", "a = 12", "(0, 10)", "c = 5", "2.5 (full_step)", "5 (half_step)"})
        BOOST_TEST(said.find(part) != std::string::npos, "'" << said << "' does not say " << part);
    const annealed sampler{std::vector{2.0, 1.0}, repeat{10, large}};                 // the sampler asks before the run
    philox rng{5};
    BOOST_CHECK_THROW(sampler(target, normal<array>({2, 2}, rng), rng), error);
}

BOOST_AUTO_TEST_CASE(a_step_size_is_positive) {
    BOOST_TEST(full_step(0.2).full == 0.2);
    BOOST_TEST(half_step(0.2).full == 0.1);
    BOOST_CHECK_THROW(full_step(0), error);
    BOOST_CHECK_THROW(half_step(-1), error);
    BOOST_CHECK_THROW(half_step(std::numeric_limits<double>::quiet_NaN()), error);
}
