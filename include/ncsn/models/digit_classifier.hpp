// SPDX-License-Identifier: Apache-2.0
/// \file  The classifier of digits that counts modes and judges samples.
#pragma once

#include <ncsn/layers/conv2d.hpp>
#include <ncsn/layers/dense.hpp>

namespace ncsn {

/// Two 3x3 convolutions without padding (1 -> 32 -> 64 channels), a 2x2 maximum, two dense layers (9216 -> 128 -> 10): 1,199,882 parameters, the
/// classifier of adversarial score matching's StackedMNIST evaluation, without its dropout.
/// Digits [N, 28, 28, 1] in [0, 1] -> logits [N, 10].
template <class P> struct digit_classifier {
    conv_layer<P> conv1, conv2;
    dense<P> fc1, fc2;
    static constexpr std::tuple members{field{"conv1", &digit_classifier::conv1}, field{"conv2", &digit_classifier::conv2},
                                        field{"fc1", &digit_classifier::fc1}, field{"fc2", &digit_classifier::fc2}};

    digit_classifier() = default;
    explicit digit_classifier(philox& rng) requires Array<P>
        : conv1{1, 32, rng, {.padded = false}}, conv2{32, 64, rng, {.padded = false}}, fc1{12 * 12 * 64, 128, rng}, fc2{128, 10, rng} {}

    auto operator()(const Differentiable auto& x) const { return fc2(features(x)); }
    /// What the last layer sees, [N, 128]: the space in which sets of digits are compared.
    auto features(const Differentiable auto& x) const {
        const double mean = 0.1307, deviation = 0.3081;                             // of the training pixels, as the published classifier has them
        const auto h = relu(conv2(relu(conv1((x - mean) / deviation))));
        return relu(fc1(flattened(max_pool(h, pool_window{2, 2, 0}))));
    }
};

}  // namespace ncsn
