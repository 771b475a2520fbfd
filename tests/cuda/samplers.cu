// SPDX-License-Identifier: Apache-2.0
/// \file  Samplers on the GPU give the samples they give on the CPU.
#include <support/devices.hpp>

#include <ncsn/models/energy_mlp.hpp>
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/samplers/ancestral.hpp>
#include <ncsn/samplers/consistent.hpp>
#include <ncsn/samplers/denoised.hpp>
#include <ncsn/samplers/hamiltonian.hpp>
#include <ncsn/samplers/inpainting.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/samplers/mala.hpp>
#include <ncsn/samplers/predictor_corrector.hpp>
#include <ncsn/samplers/probability_flow.hpp>
#include <ncsn/samplers/progressive.hpp>
#include <ncsn/statistics/mode_weights.hpp>
#include <ncsn/statistics/moments.hpp>

using namespace ncsn;

/// 32 points of a mixture moved by a sampler.
template <Array A> A moved(const auto& sampler) {
    philox rng{4};
    const gaussian_mixture<A> mixture({{0.8, {5, 5}}, {0.2, {-5, -5}}}, 1);
    return sampler(mixture, mixture.sample(32, rng), rng);
}
const geometric schedule{{.first = 2, .last = 0.5, .levels = 4}};

BOOST_AUTO_TEST_CASE(annealed_langevin_dynamics_does) {
    check_same_on_both([]<class A>() { return moved<A>(annealed{schedule, repeat{3, langevin{half_step(0.1)}}}); });
}
BOOST_AUTO_TEST_CASE(the_expected_denoised_sample_does) {
    check_same_on_both([]<class A>() {
        return moved<A>(denoised{annealed{schedule, repeat{3, langevin{full_step(0.05), noise_order::before}}}});
    });
}
BOOST_AUTO_TEST_CASE(consistent_annealed_sampling_does) {
    check_same_on_both([]<class A>() { return moved<A>(annealed{schedule, consistent{full_step(0.125)}}); });
}
BOOST_AUTO_TEST_CASE(the_samplers_of_diffusions_do) {
    check_same_on_both([]<class A>() { return moved<A>(annealed{schedule, ancestral{}}); });
    check_same_on_both([]<class A>() { return moved<A>(annealed{schedule, predictor_corrector{ancestral{}, repeat{2, langevin_corrector{0.16}}}}); });
    check_same_on_both([]<class A>() { return moved<A>(annealed{schedule, probability_flow{}}); });
    check_same_on_both([]<class A>() { return moved<A>(annealed{schedule, edm{}}); });
}
BOOST_AUTO_TEST_CASE(samplers_that_accept_and_reject_do) {
    check_same_on_both([]<class A>() { return moved<A>(annealed{schedule, repeat{2, mala{full_step(0.2)}}}); });
    check_same_on_both([]<class A>() { return moved<A>(annealed{schedule, repeat{2, hamiltonian{0.3, 3}}}); });
}
BOOST_AUTO_TEST_CASE(progressive_sampling_of_an_energy_does) {
    check_same_on_both([]<class A>() {
        philox rng{5};
        const recovery_process process = recovery_code();
        const energy_mlp<A> energy{2, 8, rng};
        return progressive{process, repeat{3, recovery_langevin{process}}}(energy, normal<A>({32, 2}, rng), rng);
    });
}
BOOST_AUTO_TEST_CASE(inpainting_does) {
    check_same_on_both([]<class A>() {
        const A mask({1, 2}, {1, 0}), known({1, 2}, {5, 0});
        return moved<A>(annealed{schedule, inpainting{mask, known, 3, langevin{half_step(0.1)}}});
    });
}
BOOST_AUTO_TEST_CASE(statistics_of_samples_do) {
    check_same_on_both([]<class A>() {
        philox rng{4};
        const gaussian_mixture<A> mixture({{0.8, {5, 5}}, {0.2, {-5, -5}}}, 1);
        const A x = mixture.sample(32, rng);
        return tensor<double>({2}, {mode_weights(mixture, x)[0], moments_of(x).covariance[0]});
    });
}
