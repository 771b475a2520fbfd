// SPDX-License-Identifier: Apache-2.0
/// \file  What a training carries from one step to the next.
#pragma once

#include <ncsn/arithmetic/philox.hpp>
#include <ncsn/training/adam.hpp>
#include <ncsn/training/ema.hpp>

namespace ncsn {

/// A model, its optimizer, its running average, the generator, and how far it is. The data of a step are a function of its number. Another state,
/// with two networks or other averages, is a struct of one's own with a tuple `state` like this one (checkpoint.hpp).
template <Module M, class O = adam<M>> struct training_state {
    M model;
    O optimizer;
    ema<M> average;
    philox rng;
    std::size_t step = 0;  ///< how many were made
    double seconds = 0;    ///< spent on them, over all sessions
    static constexpr std::tuple state{field{"model", &training_state::model}, field{"optimizer", &training_state::optimizer},
                                      field{"ema", &training_state::average}, field{"rng", &training_state::rng},
                                      field{"step", &training_state::step},   field{"seconds", &training_state::seconds}};

    explicit training_state(M m, adam_settings settings = {}, double average_rate = 0.999, philox generator = {})
        : model{std::move(m)}, optimizer{model, settings}, average{model, average_rate}, rng{generator} {}
    training_state(M m, O o, double average_rate, philox generator)
        : model{std::move(m)}, optimizer{std::move(o)}, average{model, average_rate}, rng{generator} {}
};
template <class M> training_state(M) -> training_state<M>;
template <class M> training_state(M, adam_settings) -> training_state<M>;
template <class M> training_state(M, adam_settings, double) -> training_state<M>;
template <class M> training_state(M, adam_settings, double, philox) -> training_state<M>;
template <class M, class O> training_state(M, O, double, philox) -> training_state<M, O>;

}  // namespace ncsn
