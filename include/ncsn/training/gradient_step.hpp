// SPDX-License-Identifier: Apache-2.0
/// \file  One step of training: objective, gradient, guard, optimizer, average.
#pragma once

#include <ncsn/arrays/kernels/captured_graph.hpp>
#include <ncsn/autodiff/advance.hpp>
#include <ncsn/training/batches.hpp>
#include <ncsn/training/communicator.hpp>
#include <ncsn/training/gradient.hpp>
#include <ncsn/training/guard.hpp>
#include <ncsn/training/learning_rate.hpp>
#include <ncsn/training/objective.hpp>

#include <limits>

namespace ncsn {

struct gradient_settings {
    std::size_t parts = 1;                                     ///< micro-batches, whose gradients are added up: less memory, the same numbers
    double clip = std::numeric_limits<double>::infinity();     ///< largest norm of the gradient
};

/// θ <- optimizer(θ, ∇ mean loss), θ̄ <- average(θ̄, θ): one step on state.model with state.optimizer and, if there is one,
/// state.average. The batch is split evenly into
/// parts × processes; each part sees the noise that its samples would see in the whole batch, so splitting changes no more than the order of sums.
/// Everything that changes from step to step comes by upload or from state.rng, so a GPU can capture a step (trainer).
/// state.gradient_norm, if it is there, gets |∇| before clipping, [1, 1]. Buffers that move on do so once, or as objective.advance(model) says.
template <class Objective, class Rate = constant_rate, class Processes = alone> struct gradient_step {
    static_assert(LearningRate<Rate>, "gradient_step: a rate is a function of the step: constant_rate, cosine_rate, warm_up");
    Objective objective;
    Rate rate = {};
    gradient_settings settings = {};
    Processes processes = {};

    /// Makes the step that comes after state.step others; the loss, [1], is where the model is.
    template <class State, BatchSource B> auto operator()(State& state, B& batches) const {
        using M = std::remove_cvref_t<decltype(state.model)>;
        const std::size_t parts = settings.parts * processes.size(), batch = batches.size(), count = parts == 0 ? 0 : batch / parts;
        require(settings.clip > 0, "gradient_step: clip = ", settings.clip, "; a norm above 0 was expected, infinity for none");
        require(parts > 0 && batch % parts == 0 && count > 0, "gradient_step: a batch of ", batch, " in ", settings.parts, " parts of ",
                processes.size(), " processes; even parts of at least one sample were expected");
        state.optimizer.settings.rate = rate_of_step(rate, state.step);
        const std::size_t first = processes.rank() * settings.parts;
        philox after = state.rng;
        const auto part = [&](std::size_t k) {
            const sample_range range{(first + k) * count, count};
            philox rng = state.rng.at_sample(state.rng.first_sample + range.first);
            const auto samples = batches(state.step, range, rng);
            auto result = loss_and_grad(objective, state.model, samples, rng);
            after.draw = rng.draw;
            if constexpr (observable_steps<parameter_t<M>>) require_finite(result, state.step + 1);
            return result;
        };
        loss_and_gradient<M> sum = part(0);
        for (std::size_t k = 1; k < settings.parts; ++k) {
            const auto next = part(k);
            sum.loss = sum.loss + next.loss;
            accumulate(sum.gradient, next.gradient);
        }
        state.rng.draw = after.draw;
        if (processes.size() > 1) {
            processes.sum(sum.loss);
            sum_over(processes, sum.gradient);
        }
        if (parts > 1) {
            scale(sum.gradient, 1 / static_cast<double>(parts));
            sum.loss = (1 / static_cast<double>(parts)) * sum.loss;
        }
        if constexpr (requires { state.gradient_norm; }) state.gradient_norm = gradient_norm(sum.gradient);
        if (settings.clip < std::numeric_limits<double>::infinity()) clip(sum.gradient, settings.clip);
        if constexpr (requires { objective.advance(state.model); }) objective.advance(state.model);
        else advance(state.model);
        state.optimizer.step(state.model, sum.gradient);
        if constexpr (requires { state.average.update(state.model); }) state.average.update(state.model);
        return sum.loss;
    }
    /// What the trainer looks at before it keeps a state.
    template <class State> void check(const State& state) const { require_finite_state(state.model, state.optimizer, state.step); }
};
template <class O> gradient_step(O) -> gradient_step<O>;
template <class O, class R> gradient_step(O, R) -> gradient_step<O, R>;
template <class O, class R> gradient_step(O, R, gradient_settings) -> gradient_step<O, R>;
template <class O, class R, class C> gradient_step(O, R, gradient_settings, C) -> gradient_step<O, R, C>;

}  // namespace ncsn
