// SPDX-License-Identifier: Apache-2.0
/// \file  Batch normalisation as layers: by the batch alone, by statistics that never left their initial values, and by running statistics.
#pragma once

#include <ncsn/autodiff/module.hpp>
#include <ncsn/autodiff/normalization.hpp>

namespace ncsn {

/// y = γ (x - μ)/√(var + ε) + β with mean and variance of every channel over the batch (Ioffe & Szegedy 2015). There are no running statistics: it
/// trains, and what it gives for a sample depends on the others.   x: [N, H, W, C].   γ = 1, β = 0; Keras's ε.
template <class P> struct batch_norm_layer {
    P weight;  ///< γ, [C]
    P bias;    ///< β, [C]
    static constexpr std::tuple members{field{"weight", &batch_norm_layer::weight}, field{"bias", &batch_norm_layer::bias}};

    batch_norm_layer() = default;
    explicit batch_norm_layer(std::size_t channels) requires Array<P> : weight({channels}, 1), bias{shape{channels}} {}

    auto operator()(const Differentiable auto& x) const { return batch_norm(x, weight, bias, epsilon); }

    static constexpr double epsilon = 1e-3;
};

/// y = γ x/√(1 + ε) + β: what batch normalisation is while its running statistics keep their initial values, mean 0 and variance 1, as in a Keras
/// model that is never called with training = True. No normalisation at all.   x: [N, H, W, C].
template <class P> struct frozen_batch_norm_layer {
    P weight;  ///< γ, [C]
    P bias;    ///< β, [C]
    static constexpr std::tuple members{field{"weight", &frozen_batch_norm_layer::weight}, field{"bias", &frozen_batch_norm_layer::bias}};

    frozen_batch_norm_layer() = default;
    explicit frozen_batch_norm_layer(std::size_t channels) requires Array<P> : weight({channels}, 1), bias{shape{channels}} {}

    auto operator()(const Differentiable auto& x) const { return x * (weight / std::sqrt(1 + batch_norm_layer<P>::epsilon)) + bias; }
};

/// How running statistics follow the batches:  r <- (1 - share) r + share b.  The defaults are PyTorch's, which calls the share momentum and divides
/// b's variance by n - 1. Keras calls 1 - share momentum and divides by n: keras_statistics.
struct running_statistics {
    double share = 0.1, epsilon = 1e-5;
    bool unbiased = true;
};
inline constexpr running_statistics keras_statistics{.share = 0.01, .epsilon = 1e-3, .unbiased = false};

/// Whose statistics a running_batch_norm_layer normalises by: the batch's, as in training, or the running ones, as in validation and sampling.
/// watched_statistics is the batch's too, in the copy of a model by which advance() sees them.
struct statistics_of_batch {};
struct statistics_so_far {};
struct watched_statistics {};

/// Batch normalisation with running statistics, which are buffers. A call changes nothing, in any form: advance(model, x...) takes a batch in,
/// between two steps, and by_running_statistics(model) is the model for validation and sampling, where a sample's result depends on no other.
/// x: [N, H, W, C].   γ = 1, β = 0, running mean 0 and variance 1. Names are PyTorch's.
template <class P, class By = statistics_of_batch> struct running_batch_norm_layer {
    P weight;  ///< γ, [C]
    P bias;    ///< β, [C]
    buffer<array_under_t<P>> running_mean, running_var;  ///< [C]
    running_statistics settings;
    static constexpr std::tuple members{
        field{"weight", &running_batch_norm_layer::weight}, field{"bias", &running_batch_norm_layer::bias},
        field{"running_mean", &running_batch_norm_layer::running_mean}, field{"running_var", &running_batch_norm_layer::running_var},
        field{"settings", &running_batch_norm_layer::settings}};

    running_batch_norm_layer() = default;
    explicit running_batch_norm_layer(std::size_t channels, running_statistics s = {}) requires Array<P>
        : weight({channels}, 1), bias{shape{channels}}, running_mean{P{shape{channels}}}, running_var{P({channels}, 1)}, settings{s} {}

    auto operator()(const Differentiable auto& x) const {
        if constexpr (std::same_as<By, statistics_of_batch>) return batch_norm(x, weight, bias, settings.epsilon);
        else return (x - running_mean.value) * (weight * inverse_sqrt(running_var.value + settings.epsilon)) + bias;
    }
};
template <class P> struct running_batch_norm_layer<P, watched_statistics> {
    P weight, bias;
    mutable buffer<P> running_mean, running_var;                                    // of a copy that nobody but advance() has
    running_statistics settings;
    static constexpr std::tuple members{
        field{"weight", &running_batch_norm_layer::weight}, field{"bias", &running_batch_norm_layer::bias},
        field{"running_mean", &running_batch_norm_layer::running_mean}, field{"running_var", &running_batch_norm_layer::running_var},
        field{"settings", &running_batch_norm_layer::settings}};

    P operator()(const P& x) const {
        const shape channel = weight.shape(), all{1, 1, 1, channel[0]};
        const double n = static_cast<double>(x.size()) / static_cast<double>(channel[0]), divisor = settings.unbiased ? n - 1 : n;
        require(divisor > 0, "running_batch_norm_layer: x is ", x.shape(), "; one number a channel has no unbiased variance");
        const P mean = summed_to(x, all) / n, centred = x - mean;
        const auto follow = [this](P& running, const P& batch) { running = (1 - settings.share) * running + settings.share * batch; };
        follow(running_mean.value, mean.reshaped(channel));
        follow(running_var.value, P{summed_to(centred * centred, all) / divisor}.reshaped(channel));
        return batch_norm(x, weight, bias, settings.epsilon);
    }
};

/// The running statistics of a model take in the batch x, as one training step of PyTorch or Keras with the same parameters does: call it before the
/// optimizer's step. model(x, rest...) by the batch's statistics is computed once more.
template <Module M, Array A, class... Rest> void advance(M& model, const A& x, const Rest&... rest) {
    using watched_model = rebind_t<M, statistics_of_batch, watched_statistics>;
    static_assert(!std::same_as<watched_model, M>, "advance: the model has no running_batch_norm_layer statistics_of_batch");
    const auto watched = converted<watched_model>(model, [](const A& parameter) { return parameter; });
    watched(x, rest...);
    const auto seen = parts_of(watched, false);
    const auto parts = parts_of(model, false);
    for (std::size_t i = 0; i < parts.size(); ++i)
        if (parts[i].buffer != nullptr) *parts[i].buffer = *seen[i].buffer;
}
/// The model with its running_batch_norm_layers by their running statistics: a value of its own, for validation and sampling.
template <Module M> auto by_running_statistics(const M& model) {
    return converted<rebind_t<M, statistics_of_batch, statistics_so_far>>(model, [](const parameter_t<M>& parameter) { return parameter; });
}

}  // namespace ncsn
