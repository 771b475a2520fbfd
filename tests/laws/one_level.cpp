// SPDX-License-Identifier: Apache-2.0
/// \file  Kernels that stay at one noise level sample what they say, on every target.
#include <ncsn/samplers/hamiltonian.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/samplers/mala.hpp>
#include <ncsn/samplers/predictor_corrector.hpp>

#include <boost/test/unit_test.hpp>

#include <support/laws.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(langevin_dynamics_has_the_law_of_its_steps) {
    // a = 6.76 ε: 0.8 beside variances of 1.9 to 3.8, and 0.0068.
    BOOST_TEST(failures(at_a_level("langevin", langevin{full_step(0.12)}, langevin_law(0.12), langevin{full_step(0.001)}, langevin_law(0.001))) ==
               "");
    BOOST_TEST(failures(at_a_level("half steps", langevin{half_step(0.24)}, langevin_law(0.12), langevin{half_step(0.002)}, langevin_law(0.001))) ==
               "");
}

BOOST_AUTO_TEST_CASE(langevin_dynamics_with_the_noise_first_has_the_law_of_its_steps) {
    BOOST_TEST(failures(at_a_level("noise first", langevin{full_step(0.12), noise_order::before}, noise_first_law(0.12),
                                   langevin{full_step(0.001), noise_order::before}, noise_first_law(0.001))) == "");
}

BOOST_AUTO_TEST_CASE(the_metropolis_adjusted_langevin_algorithm_has_the_law_of_the_target_at_any_step) {
    for (const double epsilon : {0.08, 0.15}) BOOST_TEST(failures(stationary_at_a_level("mala", mala{full_step(epsilon)}, 80, 40)) == "");
}

BOOST_AUTO_TEST_CASE(hamiltonian_monte_carlo_has_the_law_of_the_target_at_any_step) {
    for (const double step : {0.5, 0.9}) BOOST_TEST(failures(stationary_at_a_level("hamiltonian", hamiltonian{step, 3}, 30, 20)) == "");
}

BOOST_AUTO_TEST_CASE(a_corrector_with_the_norms_of_the_batch_has_the_law_of_the_target_for_a_small_ratio) {
    // On N(0, c) its variance rests at c (1 + r²): a third of a standard error. r² = 0.0036 forgets the start at a rate of 2r² a move.
    BOOST_TEST(failures(stationary_at_a_level("corrector", langevin_corrector{0.06, norms::of_the_batch}, 800, 200)) == "");
}

BOOST_AUTO_TEST_CASE(as_many_runs_were_made_as_share_the_level_of_the_distribution) { BOOST_TEST(runs_counted == true_runs::one_level); }
