// SPDX-License-Identifier: Apache-2.0
/// \file  What the classifier of digits says of images, and of the colours of StackedMNIST.
#pragma once

#include "common.hpp"

#include <ncsn/arrays/indexing.hpp>
#include <ncsn/models/digit_classifier.hpp>
#include <ncsn/statistics/mode_coverage.hpp>
#include <ncsn/training/cross_entropy.hpp>
#include <ncsn/training/weights.hpp>

namespace ncsn {

using classifier = digit_classifier<array>;

/// So many images, other ones for other seeds as far as there are, `shift` further on in the set.
inline host_array images_of_seed(const data_set& data, std::size_t count, std::uint64_t seed, std::size_t shift = 0) {
    std::vector<std::size_t> rows(count);
    for (std::size_t i = 0; i < count; ++i) rows[i] = (seed * count + i + shift) % data.size();
    return data.batch(rows);
}

inline classifier load_classifier(const std::filesystem::path& weights) {
    philox rng;
    classifier model{rng};
    load_weights(weights, model);
    return model;
}

/// What it takes each of n images for, 250 at a time, which bounds the memory. batch_of(rows): those images, [rows,28,28,1] in [0, 1].
inline std::vector<prediction> judged(const classifier& model, std::size_t n, const auto& batch_of) {
    std::vector<prediction> all;
    for (std::size_t first = 0; first < n; first += 250) {
        const auto part = predictions(model(on_device<default_device>(batch_of(consecutive(std::min<std::size_t>(250, n - first), first)))));
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}
inline std::vector<prediction> judged(const classifier& model, const host_array& x) {
    return judged(model, x.shape()[0], [&](const auto& rows) { return clamped(gather_rows(x, std::span<const std::size_t>{rows})); });
}

/// The kinds of images of StackedMNIST, digit by digit of their number: red, green, blue.   x: [N,28,28,3], clamped to [0, 1].
inline mode_coverage stacked_modes(const classifier& model, const host_array& x) {
    require(x.shape().rank() == 4 && x.shape() == shape{x.shape()[0], 28, 28, 3}, "stacked_modes: x is ", x.shape(), "; [N,28,28,3] was expected");
    const std::size_t n = x.shape()[0], pixels = 28 * 28;
    std::vector<label> kinds(n);
    label unit = 100;
    for (std::size_t colour = 0; colour < 3; ++colour, unit /= 10) {
        const auto all = judged(model, n, [&](const auto& rows) {
            auto one = host_array::uninitialized({rows.size(), 28, 28, 1});
            float* to = one.write();
            for (const std::size_t row : rows)
                for (std::size_t i = 0; i < pixels; ++i) *to++ = std::clamp(x[(row * pixels + i) * 3 + colour], 0.f, 1.f);
            return one;
        });
        for (std::size_t i = 0; i < n; ++i) kinds[i] += unit * static_cast<label>(all[i].label);
    }
    return mode_coverage::of(std::span<const label>{kinds});
}

}  // namespace ncsn
