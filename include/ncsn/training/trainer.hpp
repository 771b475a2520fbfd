// SPDX-License-Identifier: Apache-2.0
/// \file  The loop around a step of training.
#pragma once

#include <ncsn/arrays/async_readback.hpp>
#include <ncsn/arrays/graph_capture.hpp>
#include <ncsn/training/gradient_step.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <limits>
#include <stop_token>
#include <type_traits>

namespace ncsn {

/// What the loop tells of a step, in turn: its number from 1, its loss, the rate it took (no number where neither step nor state says it), and how
/// long the run had gone on when the device had been asked for all of it.
struct training_report {
    std::size_t step = 0;
    double loss = 0, rate = 0, seconds = 0;
};

/// The observer of a training that nobody watches.
struct unwatched {
    void operator()(const training_report&) const {}
};

/// What the loop says to its observer after each step.
template <class Observer> void tell_step(Observer& observer, const training_report& report) {
    constexpr bool callable = std::invocable<Observer&, const training_report&>;
    static_assert(callable, "the observer of a training is called as observer(report), a const training_report&");
    if constexpr (callable) {
        using result = std::invoke_result_t<Observer&, const training_report&>;
        static_assert(std::is_void_v<result>, "the observer of a training returns nothing; it is ended by a std::stop_token");
        observer(report);
    }
}

/// Who also wants to look at the state between two steps: due(state) says after which, visit(state) looks. All losses up to there have been told by
/// then, and the state has been checked.
template <class O, class State>
concept Visits = requires(O& observer, State& state) {
    { observer.due(state) } -> std::convertible_to<bool>;
    observer.visit(state);
};

/// One half of that, where it is neither a template nor overloaded.
template <class O>
concept LooksBetweenSteps = requires { &O::due; } || requires { &O::visit; };

struct training_limits {
    std::size_t steps = 0;                                     ///< in all, those included that a resumed state has made
    double seconds = std::numeric_limits<double>::infinity();  ///< of this call, after which no step is begun
};

/// Repeats step(state, batches), which returns the loss [1], until the limits are met or a stop is asked for. A state has .rng, .step (how many were
/// made) and .seconds (spent on them). On a device that can, a step is captured and replayed, and the host reads each loss while the next step is
/// under way; elsewhere each loss is read at once. A loss that is no number ends the training; the step it names is the right one.
///
///     const trainer train{gradient_step{denoising_score_matching{schedule}, cosine_rate{1e-3, 14'000}}, {.steps = 14'000}};
///     train(state, batches, observer, stop);
template <class Step> struct trainer {
    Step step;
    training_limits limits;

    template <class State, BatchSource B, class Observer = unwatched>
    void operator()(State& state, B& batches, Observer&& observer = {}, std::stop_token stop = {}) const {
        using O = std::remove_reference_t<Observer>;
        static_assert(Visits<O, State> || !LooksBetweenSteps<O>, "an observer that looks at the state between two "
                      "steps has bool due(const State&), which says after which, and void visit(State&)");
        using A = std::remove_cvref_t<decltype(step(state, batches))>;
        using D = typename A::device_type;
        using T = typename A::value_type;
        require(state.step <= limits.steps, "trainer: the state has made ", state.step, " steps, and ", limits.steps, " in all were asked for; ask "
                "for "
                "more");
        using clock = std::chrono::steady_clock;
        const auto began = clock::now();
        const double before = state.seconds;
        const auto elapsed = [&began] { return std::chrono::duration<double>(clock::now() - began).count(); };

        replayed<D> work;
        A loss{shape{1}};
        struct pending_report {
            training_report told;
            async_readback<T, D> loss;
        };
        std::array<pending_report, 2> made;                                         // of even and odd steps
        std::size_t read = state.step;
        const auto tell = [&](std::size_t unread) {
            while (read + unread < state.step) {
                auto& [told, number] = made[++read % 2];
                told.loss = static_cast<double>(number.get());
                require_finite(told.loss, told.step);
                tell_step(observer, told);
            }
        };
        while (state.step < limits.steps && !stop.stop_requested() && elapsed() < limits.seconds) {
            work(state.rng, [&] {
                const A found = step(state, batches);
                D::copy(loss.write(), found.data(), sizeof(T));
            });
            const std::size_t number = ++state.step;
            state.seconds = before + elapsed();
            auto& next = made[number % 2];
            next.told = {.step = number, .loss = 0, .rate = rate_of(state), .seconds = state.seconds};
            next.loss.start(loss);
            tell(D::is_host ? 0 : 1);                                               // a GPU goes on while the host reads
            if constexpr (Visits<O, State>)
                if (observer.due(state)) {
                    tell(0);
                    check(state);
                    observer.visit(state);
                }
        }
        tell(0);
        check(state);
    }

private:
    /// What step.rate_of(state) says of the step that was made last, where a step of one's own has it; of one network, what its optimizer took.
    template <class State> double rate_of(const State& state) const {
        if constexpr (requires { { step.rate_of(state) } -> std::convertible_to<double>; }) return step.rate_of(state);
        else if constexpr (requires { state.optimizer.settings.rate; }) return state.optimizer.settings.rate;
        else return std::numeric_limits<double>::quiet_NaN();
    }
    /// Before anybody keeps the state: the loss of a step says nothing of what the step itself made.
    template <class State> void check(const State& state) const {
        if constexpr (requires { step.check(state); }) step.check(state);
    }
};
template <class S> trainer(S, training_limits) -> trainer<S>;

}  // namespace ncsn
