// SPDX-License-Identifier: Apache-2.0
/// \file  Training on the GPU gives the parameters it gives on the CPU.
#define BOOST_TEST_NO_MAIN
#define BOOST_TEST_MODULE cuda_training
#include <support/devices.hpp>

#include <ncsn/models/adapters.hpp>
#include <ncsn/models/energy_mlp.hpp>
#include <ncsn/models/mlp.hpp>
#include <ncsn/training/adam.hpp>
#include <ncsn/training/cross_entropy.hpp>
#include <ncsn/training/denoising.hpp>
#include <ncsn/training/ema.hpp>
#include <ncsn/training/recovery_likelihood.hpp>
#include <ncsn/training/score_matching.hpp>
#include <ncsn/training/sliced.hpp>
#include <ncsn/training/trainer.hpp>

using namespace ncsn;

/// One step of Adam on an objective; the running average of the parameters after it, in a row.
template <Array A> tensor<float> parameters_after_step(auto objective, auto model, const A& x, philox rng) {
    const auto result = value_and_grad(objective, model, x, rng);
    require_finite(result, 0);
    adam optimizer{model};
    optimizer.step(model, result.gradient);
    ema average{model, 0.9};
    average.update(model);
    std::vector<float> row;
    for_each_leaf([&row](const auto& p) { append(row, p); }, average.model());
    return in_a_row(row);
}

/// The same network and points for every objective.
template <Array A> tensor<float> trained(auto objective) {
    philox rng{2};
    const unconditional model{mlp<A>{2, 8, 2, rng}};
    return parameters_after_step(objective, model, normal<A>({16, 2}, rng), rng);
}

BOOST_AUTO_TEST_CASE(sliced_score_matching_does) {
    check_same_on_both([]<class A>() { return trained<A>(sliced_score_matching{}); });
}
BOOST_AUTO_TEST_CASE(score_matching_with_its_divergence_does) {
    check_same_on_both([]<class A>() { return trained<A>(score_matching{}); });
}
BOOST_AUTO_TEST_CASE(denoising_score_matching_of_an_energy_does) {
    check_same_on_both([]<class A>() {
        philox rng{3};
        const energy_score<energy_mlp<A>> model{energy_mlp<A>{2, 8, rng}};
        return parameters_after_step(denoising_score_matching{std::array{1.0, 0.3}}, model, normal<A>({16, 2}, rng), rng);
    });
}
BOOST_AUTO_TEST_CASE(recovery_likelihood_does) {
    check_same_on_both([]<class A>() {
        philox rng{4};
        const recovery_process process = recovery_code();
        const energy_mlp<A> energy{2, 8, rng};
        const recovery_likelihood objective{process, 3, recovery_langevin{process}};
        return parameters_after_step(objective, energy, normal<A>({16, 2}, rng), rng);
    });
}
BOOST_AUTO_TEST_CASE(the_cross_entropy_of_a_classifier_does) {
    check_same_on_both([]<class A>() {
        philox rng{5};
        const auto objective = [](const auto& model, const A& x, philox&) {
            return cross_entropy(model(x), std::span<const std::uint8_t>{std::array<std::uint8_t, 3>{2, 0, 1}});
        };
        return parameters_after_step(objective, mlp<A>{2, 8, 4, rng}, normal<A>({3, 2}, rng), rng);
    });
}
