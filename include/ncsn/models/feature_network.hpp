// SPDX-License-Identifier: Apache-2.0
/// \file  What networks whose features compare sets of images have in common: how an image comes in, and one image a thread.
#pragma once

#include <ncsn/arrays/grouped_convolution.hpp>
#include <ncsn/data/image_resizing.hpp>
#include <ncsn/layers/dense.hpp>
#include <ncsn/layers/folded_conv.hpp>

#include <array>
#include <limits>
#include <string>

namespace ncsn {

/// How an image in [0, 1] becomes the input: to side x side by the two nearest pixels on each axis, half-pixel centres and no antialias (PyTorch:
/// interpolate(mode = "bilinear", align_corners = False)), then (x - mean)/deviation. Grey is repeated for all three colours.
struct image_input {
    std::size_t side;
    std::array<double, 3> mean, deviation;
    /// For a protocol, in words.
    std::string text() const {
        plain_text s;
        s << "bilinear, half-pixel centres, no antialias, to " << side << " x " << side << "; (x - mean)/deviation with mean";
        for (const double m : mean) s << ' ' << m;
        s << " and deviation";
        for (const double d : deviation) s << ' ' << d;
        return s.str();
    }
};

/// x: [N, H, W, 1 or 3] -> [N, side, side, 3].
template <class T> tensor<T, cpu> prepared(const tensor<T, cpu>& x, const image_input& input) {
    const shape& s = x.shape();
    require(s.rank() == 4 && s[1] > 0 && s[2] > 0 && (s[3] == 1 || s[3] == 3), "image_input: x is ", s, "; images [N,H,W,1] or [N,H,W,3] were "
            "expected", s.rank() == 4 && (s[1] == 1 || s[1] == 3) ? "; x looks like [N,C,H,W], and images are [N,H,W,C] here" : "");
    const auto rows = make_resize_taps(s[1], input.side, resize_filter::bilinear);
    const auto columns = make_resize_taps(s[2], input.side, resize_filter::bilinear);
    const std::size_t channels = s[3], width = s[2] * channels;
    auto y = tensor<T, cpu>::uninitialized({s[0], input.side, input.side, 3});
    const T* in = x.data();
    T* out = y.write();
    std::array<T, 3> scale{}, offset{};
    for (std::size_t c = 0; c < 3; ++c)
        scale[c] = static_cast<T>(1 / input.deviation[c]), offset[c] = static_cast<T>(-input.mean[c] / input.deviation[c]);
    const worker_scratch<T> lines{workers_for(s[0] * input.side, y.size()), width};
    for_each_job(s[0] * input.side, y.size(), [&, channels, width](std::size_t job, std::size_t worker) {
        const resize_taps& down = rows[job % input.side];
        const T* above = in + job / input.side * s.row_size() + down.first * width;
        T* const line = lines[worker];
        if (down.weights.size() == 1) std::copy_n(above, width, line);
        else {
            const T a = static_cast<T>(down.weights[0]), b = static_cast<T>(down.weights[1]);
            for (std::size_t k = 0; k < width; ++k) line[k] = a * above[k] + b * above[k + width];
        }
        T* to = out + job * input.side * 3;
        for (std::size_t p = 0; p < input.side; ++p, to += 3) {
            const resize_taps& across = columns[p];
            const T* from = line + across.first * channels;
            const bool two = across.weights.size() > 1;
            const T a = static_cast<T>(across.weights[0]), b = two ? static_cast<T>(across.weights[1]) : T(0);
            for (std::size_t c = 0; c < 3; ++c) {
                const std::size_t k = channels == 1 ? 0 : c;
                to[c] = (two ? a * from[k] + b * from[k + channels] : a * from[k]) * scale[c] + offset[c];
            }
        }
    });
    return y;
}

/// The mean of every channel.   [N, H, W, C] -> [N, C].
template <class T> tensor<T, cpu> spatial_mean(const tensor<T, cpu>& x) {
    const shape& s = x.shape();
    require(s.rank() == 4 && s[1] > 0 && s[2] > 0, "spatial_mean: x is ", s, "; [N,H,W,C] was expected");
    const std::size_t channels = s[3], positions = s[1] * s[2];
    auto y = tensor<T, cpu>::uninitialized({s[0], channels});
    const T* in = x.data();
    T* out = y.write();
    const worker_scratch<double> sums{workers_for(s[0], x.size()), channels};
    for_each_job(s[0], x.size(), [&, channels, positions](std::size_t n, std::size_t worker) {
        const T* from = in + n * positions * channels;
        double* const sum = sums[worker];
        std::fill_n(sum, channels, 0.0);
        channel_sums<1, T>(positions, channels, sum, [=](std::size_t p, std::size_t c) { return std::array{from[p * channels + c]}; });
        for (std::size_t c = 0; c < channels; ++c) out[n * channels + c] = static_cast<T>(sum[c] / static_cast<double>(positions));
    });
    return y;
}

/// of(image) [1, F] for each image of x [N, ...] -> [N, F]. Each image is one thread's, from end to end while what it needs is in that core's cache;
/// so the features of an image do not depend on the others or on the number of threads.
template <class T, class F> tensor<T, cpu> for_each_image(const tensor<T, cpu>& x, std::size_t features, const F& of) {
    const std::size_t n = x.shape().rank() == 0 ? 0 : x.shape()[0];
    auto y = tensor<T, cpu>::uninitialized({n, features});
    T* out = y.write();
    const T* in = x.data();
    const std::size_t each = n == 0 ? 0 : x.shape().row_size();
    for_each_job(n, std::numeric_limits<std::size_t>::max(), [&](std::size_t i, std::size_t) {
        const tensor<T, cpu> one{x.shape().with_rows(1), std::span<const T>{in + i * each, each}}, found = of(one);
        require(found.size() == features, "for_each_image: ", found.shape(), " came of an image; [1,", features, "] was expected");
        std::copy_n(found.data(), features, out + i * features);
    });
    return y;
}

/// Nobody looks at what layers give.
struct unseen {
    void operator()(const std::string&, const auto&) const {}
};

/// The names of a published convolution's weight and of the normalisation behind it, for the name of ours.
struct published_names {
    std::string weight, normalization;
};

}  // namespace ncsn
