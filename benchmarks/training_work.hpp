// SPDX-License-Identifier: Apache-2.0
/// \file  Steps of training as `trainer` makes them, without its loop.
#pragma once

#include <ncsn/training/adam.hpp>
#include <ncsn/training/gradient_step.hpp>

#include <utility>

/// One batch, again and again.
template <ncsn::Array A> struct same_batch {
    A images;
    std::size_t size() const { return images.shape()[0]; }
    A operator()(std::size_t, const ncsn::sample_range&, ncsn::philox&) const { return images; }
};
template <ncsn::Array A> same_batch(A) -> same_batch<A>;

/// A model that learns by Adam with the rate 1e-3, without an average, as the peers' does.
template <ncsn::Module M> struct learner {
    M model;
    ncsn::adam<M> optimizer{model, {.rate = rate}};
    ncsn::philox rng{0};
    std::size_t step = 0;
    static constexpr double rate = 1e-3;

    explicit learner(M m) : model{std::move(m)} {}
    auto step_on(const auto& objective, ncsn::BatchSource auto batches) {
        auto loss = ncsn::gradient_step{objective, ncsn::constant_rate{rate}}(*this, batches);
        ++step;
        return loss;
    }
};
