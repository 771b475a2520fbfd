// SPDX-License-Identifier: Apache-2.0
/// \file  Convolutions with few channels on one side.
#pragma once

#include <ncsn/arrays/cpu/window_product.hpp>

#include <algorithm>

namespace ncsn {

/// Few channels at the outside of a wide convolution (the ends of a network). oneDNN would fill them up to 16; instead each position gives the
/// products with all taps at once, a 1x1 convolution, and these are summed where they belong.
struct thin_ends {
    static constexpr std::size_t most = 4, least = 16;
    static bool output(const shape& w, const conv_window& c) { return w[0] <= most && w[3] >= least && w[1] * w[2] > 1 && c.stride == 1; }
    static bool input(const shape& w) { return w[3] <= most && w[0] >= least && w[1] * w[2] > 1; }

    /// out[p] = Σ_t in[p + d t - padding, (channel, tap)]: products at every input position to outputs.
    static void collect(const float* products, const shape& x, const shape& w, const shape& y, const conv_window& c, float* out) {
        const std::size_t taps = w[1] * w[2], columns = taps * y[3], channels = y[3];
        for_each_job(y[0], y.size() * taps, [&](std::size_t n, std::size_t) {
            const float* from = products + n * x[1] * x[2] * columns;
            float* to = out + n * y.row_size();
            std::fill_n(to, y.row_size(), 0.0f);
            for_each_tap(x, w, y, c, [&](std::size_t row, std::size_t p) {
                const float* source = from + p * columns + row % taps;
                float* target = to + row / taps * channels;
                for (std::size_t o = 0; o < channels; ++o) target[o] += source[o * taps];
            });
        });
    }
    /// Its transpose: [N,H,W,(channel, tap)] of adjoints.
    static void spread(const float* adjoint, const shape& x, const shape& w, const shape& y, const conv_window& c, float* out) {
        const std::size_t taps = w[1] * w[2], columns = taps * y[3], channels = y[3];
        for_each_job(y[0], y.size() * taps, [&](std::size_t n, std::size_t) {
            const float* from = adjoint + n * y.row_size();
            float* to = out + n * x[1] * x[2] * columns;
            std::fill_n(to, x[1] * x[2] * columns, 0.0f);
            for_each_tap(x, w, y, c, [&](std::size_t row, std::size_t p) {
                for (std::size_t o = 0; o < channels; ++o) to[p * columns + o * taps + row % taps] = from[row / taps * channels + o];
            });
        });
    }
    /// Products at every output position, (tap, channel), to the image.
    static void scatter(const float* products, const shape& x, const shape& w, const shape& y, const conv_window& c, float* out) {
        const std::size_t channels = x[3];
        for_each_job(y[0], y.size() * w[1] * w[2], [&](std::size_t n, std::size_t) {
            const float* from = products + n * y[1] * y[2] * w[1] * w[2] * channels;
            float* to = out + n * x.row_size();
            std::fill_n(to, x.row_size(), 0.0f);
            for_each_tap(x, w, y, c, [&](std::size_t row, std::size_t p) {
                for (std::size_t i = 0; i < channels; ++i) to[p * channels + i] += from[row * channels + i];
            });
        });
    }
};

}  // namespace ncsn
