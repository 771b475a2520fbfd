// SPDX-License-Identifier: Apache-2.0
/// \file  Every model but the RefineNet (networks.cu) gives on the GPU the numbers it gives on the CPU.
#include <support/devices.hpp>

#include <ncsn/autodiff/derivatives.hpp>
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/biggan_discriminator.hpp>
#include <ncsn/models/diffusion_scores.hpp>
#include <ncsn/models/digit_classifier.hpp>
#include <ncsn/models/energy_mlp.hpp>
#include <ncsn/models/energy_score.hpp>
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/models/mlp.hpp>
#include <ncsn/models/ncsnv2.hpp>
#include <ncsn/models/recovery_conditional.hpp>
#include <ncsn/models/report_refinenet.hpp>
#include <ncsn/models/report_resnet.hpp>
#include <ncsn/models/res_score.hpp>
#include <ncsn/models/toy_resnet.hpp>
#include <ncsn/models/unet.hpp>
#include <ncsn/statistics/likelihood.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(scores_of_points_do) {
    check_same_on_both([]<class A>() {
        philox rng{1};
        const gaussian_mixture<A> mixture({{0.8, {5, 5}}, {0.2, {-5, -5}}}, 1);
        const A x = mixture.sample(9, rng);
        const noise_levels z{{0, 1, 2, 0, 1, 2, 0, 1, 2}, {3, 1, 0.3, 3, 1, 0.3, 3, 1, 0.3}};
        const mlp<A> network{2, 8, 2, rng};
        std::vector<float> row;
        append(row, mixture(x, z));
        append(row, mixture.log_density(x, z));
        append(row, unconditional{network}(x, z));
        append(row, scaled_by_noise{unconditional{network}}(x, z));
        append(row, from_denoiser{unconditional{network}}(x, z));
        append(row, from_noise{unconditional{network}}(x, z));
        append(row, from_process<variance_preserving>(unconditional{network})(x, z));
        append(row, divergence([&](const auto& at) { return mixture(at, z); }, x).divergence);
        return in_a_row(row);
    });
}
BOOST_AUTO_TEST_CASE(scores_of_energies_do) {
    check_same_on_both([]<class A>() {
        philox rng{2};
        const recovery_process process = recovery_code();
        const energy_mlp<A> energy{2, 8, rng};
        const A x = normal<A>({9, 2}, rng), v = normal<A>({9, 2}, rng);
        const noise_levels z{{3}, {0.5}};
        std::vector<float> row;
        append(row, energy_score<energy_mlp<A>>{energy}(x, z));
        append(row, jvp([&](const auto& at) { return energy_score<energy_mlp<A>>{energy}(at, z); }, x, v).derivative);
        const recovery_conditional conditional{process, energy, v};
        append(row, conditional(x, z));
        append(row, conditional.log_density(x, z));
        return in_a_row(row);
    });
}
BOOST_AUTO_TEST_CASE(networks_of_images_do) {
    check_same_on_both([]<class A>() {
        philox rng{3};
        const A x = uniform<A>({2, 8, 8, 1}, 0, 1, rng);
        std::vector<float> row;
        append(row, res_score<A>{{.channels = 1, .features = 8}, rng}(x));
        append(row, toy_resnet<A>{{.channels = 1, .features = 4}, rng}(x));
        append(row, digit_classifier<A>{rng}(uniform<A>({1, 28, 28, 1}, 0, 1, rng)));
        return in_a_row(row);
    });
}
BOOST_AUTO_TEST_CASE(networks_of_the_report_and_of_adversarial_score_matching_do) {
    check_same_on_both([]<class A>() {
        philox rng{5};
        const A x = uniform<A>({2, 8, 8, 1}, 0, 1, rng);
        const noise_levels z{{1, 0}, {0.5, 1}};
        std::vector<float> row;
        append(row, report_refinenet<A>{{.channels = 1, .features = 4, .levels = 2}, rng}(x, z));
        append(row, report_resnet<A>{{.channels = 1, .features = 4, .levels = 2}, rng}(x, z));
        append(row, ncsnv2<A>{{.channels = 1, .features = 4}, rng}(x));
        append(row, unet<A>{{.channels = 1, .features = 8, .conditional = true, .groups = 4}, rng}(x, z));
        biggan_discriminator<A> discriminator{{.channels = 1, .features = 4, .attention = {16}}, rng};
        advance(discriminator);
        append(row, discriminator(x));
        return in_a_row(row);
    });
}
BOOST_AUTO_TEST_CASE(likelihoods_along_the_flow_do) {
    check_same_on_both([]<class A>() {
        philox rng{4};
        const gaussian_mixture<A> mixture({{0.8, {5, 5}}, {0.2, {-5, -5}}}, 1);
        return flow_likelihood{geometric{{.first = 10, .last = 0.5, .levels = 6}}}(mixture, mixture.sample(5, rng), rng);
    });
}
