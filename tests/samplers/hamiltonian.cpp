// SPDX-License-Identifier: Apache-2.0
/// \file  Tests of Hamiltonian Monte Carlo: reversibility, the order of its energy error, its stationary law, and the adapted step.
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/hamiltonian.hpp>

#include <boost/test/unit_test.hpp>

#include <support/files.hpp>
#include <support/moments.hpp>

using namespace ncsn;
using reals = tensor<double, cpu>;

namespace {

const noise_level unit{0, 1, 0, 1}, wide{0, 2, 1, 1};
const gaussian_mixture<reals> two{{{0.6, {1, -1}}, {0.4, {0, 2}}}, 0.7};

double largest_difference(const reals& a, const reals& b) {
    double largest = 0;
    for (const double value : (a - b).values()) largest = std::max(largest, std::abs(value));
    return largest;
}

}  // namespace

static_assert(Transition<hamiltonian, gaussian_mixture<reals>, reals>);
static_assert(Transition<repeat<hamiltonian>, gaussian_mixture<reals>, reals>);

BOOST_AUTO_TEST_CASE(a_trajectory_can_be_walked_back) {
    philox rng{1};
    const reals x = normal<reals>({20, 2}, rng), p = normal_like(x, rng);
    const auto there = leapfrog(two, phase_point<reals>{x, p}, wide, 0.3, 7);
    const auto back = leapfrog(two, phase_point<reals>{there.x, -there.momentum}, wide, 0.3, 7);
    BOOST_TEST(largest_difference(back.x, x) < 1e-12);
    BOOST_TEST(largest_difference(back.momentum, -p) < 1e-12);
    BOOST_TEST(largest_difference(there.x, x) > 0.1);
}

BOOST_AUTO_TEST_CASE(the_energy_errs_by_the_square_of_the_step) {
    philox rng{2};
    const reals x = normal<reals>({20, 2}, rng), p = normal_like(x, rng);
    const auto error = [&](double h, std::size_t steps) {
        const auto [y, q] = leapfrog(two, phase_point<reals>{x, p}, unit, h, steps);
        return reals{0.5 * (row_dot(q, q) - row_dot(p, p)) - log_density(two, y, unit) + log_density(two, x, unit)};
    };
    double coarse = 0, fine = 0;                                                      // the same time, half the step: a quarter of the error
    for (std::size_t i = 0; i < 20; ++i) coarse += std::abs(error(0.1, 5)[i]), fine += std::abs(error(0.05, 10)[i]);
    BOOST_TEST(std::abs(coarse / fine - 4) < 0.15);
}

BOOST_AUTO_TEST_CASE(the_target_is_stationary_at_every_step) {
    const gaussian_mixture<reals> atom{{1, {0, 0}}};
    for (const double step : {0.5, 1.2})
        for (const noise_level& level : {unit, wide}) {
            philox rng{3};
            reals x({20000, 2}, level.sigma);
            x = repeat{60, hamiltonian{step, 2}}(atom, x, level, rng).x;
            BOOST_TEST(has_moments(x, 0, level.sigma * level.sigma), "step " << step << ", sigma " << level.sigma);
        }
}

BOOST_AUTO_TEST_CASE(one_leapfrog_step_is_langevin_dynamics_with_a_metropolis_test) {
    // y = x + h p + h²/2 s: MALA with a = h²/2. Small steps are always taken.
    const gaussian_mixture<reals> atom{{1, {0, 0}}};
    philox rng{4};
    const reals x = normal<reals>({500, 2}, rng);
    philox same = rng;
    const reals p = normal_like(x, same);
    const auto move = hamiltonian{1e-3, 1}(atom, x, wide, rng);
    const double h = 2e-3;
    BOOST_TEST(move.acceptance() == 1.0);
    BOOST_TEST(largest_difference(move.x, x + h * p + (h * h / 2) * atom(x, wide)) < 1e-15);
}

BOOST_AUTO_TEST_CASE(the_step_is_adapted_into_the_interval_from_both_sides) {
    philox rng{5};
    const reals x = normal<reals>({1000, 2}, rng);
    for (const double start : {0.05, 30.0}) {
        const auto chain = adapted(hamiltonian{start, 2}, two, x, unit, rng, {.transitions = 20});
        BOOST_TEST(chain.acceptance >= 0.6);
        BOOST_TEST(chain.acceptance <= 0.9);
        double again = 0;
        for (int t = 0; t < 20; ++t) again += chain.transition(two, chain.x, unit, rng).acceptance() / 20;
        BOOST_TEST(std::abs(again - chain.acceptance) < 0.05);
    }
    const std::string said = message_of([&] { adapted(hamiltonian{1e-6, 2}, two, x, unit, rng, {.transitions = 1, .rounds = 3}); });
    BOOST_TEST(said.find("after 3 rounds the acceptance is 1") != std::string::npos, said);
    BOOST_CHECK_THROW((hamiltonian{0.0, 2}(two, x, unit, rng)), error);
    BOOST_CHECK_THROW((hamiltonian{0.1, 0}(two, x, unit, rng)), error);
}
