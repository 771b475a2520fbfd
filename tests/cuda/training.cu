// SPDX-License-Identifier: Apache-2.0
/// \file  Training on the GPU gives the parameters it gives on the CPU.
#include <support/devices.hpp>

#include <ncsn/models/adapters.hpp>
#include <ncsn/models/energy_mlp.hpp>
#include <ncsn/models/mlp.hpp>
#include <ncsn/training/cross_entropy.hpp>
#include <ncsn/training/denoising.hpp>
#include <ncsn/training/recovery_likelihood.hpp>
#include <ncsn/training/score_matching.hpp>
#include <ncsn/training/sliced.hpp>
#include <ncsn/training/trainer.hpp>
#include <ncsn/training/training_state.hpp>

using namespace ncsn;

/// One batch, whatever the step.
template <Array A> struct same_points {
    A x;
    std::size_t size() const { return x.shape()[0]; }
    A operator()(std::size_t, const sample_range& part, philox&) const {
        std::vector<std::size_t> rows(part.count);
        for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = part.first + i;
        return part.count == size() ? x : gather_rows(x, std::span<const std::size_t>{rows});
    }
};
/// Some steps on an objective by the loop of training; the running average of the parameters and the losses after it, in a row.
template <Array A>
tensor<float> parameters_after_step(auto objective, auto model, const A& x, philox rng, std::size_t steps = 1, gradient_settings settings = {}) {
    training_state state{std::move(model), {}, 0.9, rng};
    same_points<A> points{x};
    std::vector<float> row;
    trainer{gradient_step{objective, constant_rate{}, settings}, {.steps = steps}}(state, points, [&](const training_report& report) {
        row.push_back(static_cast<float>(report.loss));
    });
    for_each_leaf([&row](const auto& p) { append(row, p); }, state.average.model());
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
BOOST_AUTO_TEST_CASE(captured_steps_in_parts_with_clipping_do) {
    check_same_on_both([]<class A>() {
        philox rng{6};
        const unconditional model{mlp<A>{2, 8, 2, rng}};
        return parameters_after_step(sliced_score_matching{}, model, normal<A>({16, 2}, rng), rng, 8, {.parts = 2, .clip = 0.5});
    });
}
