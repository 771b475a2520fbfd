// SPDX-License-Identifier: Apache-2.0
/// \file  Winograd's F(4x4, 3x3): a 3x3 convolution of stride 1 with a quarter of the multiplications.
///
/// A tile's 36 values (winograd_transforms.hpp) are independent of each other until the end, so the sum over channels is 36 matrix products. Images
/// stay NHWC: the lanes of a vector are channels. A tile's bits depend on nothing but its own pixels, in whatever batch and on whatever thread.
#pragma once

#include <ncsn/arrays/cpu/parallel.hpp>
#include <ncsn/arrays/cpu/scratch.hpp>
#include <ncsn/arrays/cpu/winograd_tiles.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <algorithm>

namespace ncsn {

/// Two registers of output channels; the last panel of a filter may be one.
inline constexpr std::size_t panel_lanes = 2 * lanes;

/// Distance between the matrices of two points: not a multiple of 4 KiB, for which all would meet in one set of the first-level cache.
inline constexpr std::size_t winograd_spread(std::size_t matrix) { return matrix + lanes; }

/// G W Gᵀ for all pairs of channels of w [O,3,3,I], [output panel][point][input][output in the panel].
/// transposed: for the convolution with the filter turned by half a turn and inputs and outputs exchanged, which is the transpose in the image.
inline tensor<float, cpu> winograd_filter(const tensor<float, cpu>& w, bool transposed) {
    constexpr std::size_t block = 8, taps = 9;                                      // inputs; 36 runs of 1 KiB each instead of single registers
    const shape& s = w.shape();
    const std::size_t inputs = transposed ? s[0] : s[3], outputs = transposed ? s[3] : s[0], width = rounded_to_lanes(outputs);
    const std::size_t blocks = (inputs + block - 1) / block, panels = (width + panel_lanes - 1) / panel_lanes;
    auto packed = tensor<float, cpu>::uninitialized({winograd_tiles::points, inputs, width});
    const float* from = w.data();
    float* out = packed.write();
    for_each_job(panels * blocks, packed.size(), [=](std::size_t job, std::size_t) {
        const std::size_t panel = job / blocks * panel_lanes, panel_width = std::min(panel_lanes, width - panel);
        const std::size_t first = job % blocks * block, count = std::min(block, inputs - first), known = std::min(panel_width, outputs - panel);
        alignas(64) float weights[taps * block * panel_lanes], local[winograd_tiles::points * block * panel_lanes];    // [tap][input][output]
        if (transposed)
            for (std::size_t t = 0; t < taps; ++t)
                for (std::size_t i = 0; i < count; ++i)
                    std::copy_n(from + ((first + i) * taps + 8 - t) * outputs + panel, known, weights + (t * block + i) * panel_lanes);
        else
            for (std::size_t o = 0; o < known; ++o)
                for (std::size_t t = 0; t < taps; ++t)
                    for (std::size_t i = 0; i < count; ++i)
                        weights[(t * block + i) * panel_lanes + o] = from[((panel + o) * taps + t) * inputs + first + i];
        for (std::size_t i = 0; i < count; ++i)
            for (std::size_t o = 0; o < panel_width; o += lanes)
                winograd_transform::both<3, 6, channel_vector>(
                    [&](std::size_t r, std::size_t k) {
                        return winograd_tiles::load(weights + ((r * 3 + k) * block + i) * panel_lanes + o, known > o ? known - o : 0);
                    },
                    [](const channel_vector(&d)[3], channel_vector(&t)[6]) { winograd_transform::filter(d, t); },
                    [&](std::size_t r, std::size_t k, const channel_vector& v) {
                        std::memcpy(local + ((r * 6 + k) * block + i) * panel_width + o, &v, sizeof v);
                    });
        for (std::size_t p = 0; p < winograd_tiles::points; ++p)
            std::copy_n(local + p * block * panel_width, count * panel_width,
                        out + (panel * winograd_tiles::points + p * panel_width) * inputs + first * panel_width);
    });
    return packed;
}

/// y from x and a winograd_filter. A block's transformed tiles stay in the second-level cache while all panels of outputs pass by.
inline void winograd_convolution(const winograd_tiles& tiles, const float* image, const float* filter, const float* bias, float* out) {
    constexpr std::size_t points = winograd_tiles::points, cache = 300000;          // floats of transformed image a block
    const std::size_t inputs = tiles.x[3], outputs = tiles.y[3], depth = rounded_to_lanes(inputs), width = rounded_to_lanes(outputs);
    const std::size_t most = std::clamp<std::size_t>(cache / (points * depth) / product_rows * product_rows, product_rows, 20 * product_rows);
    const std::size_t work = tiles.count * points * inputs, threads = workers_for(tiles.count, work);
    const std::size_t rounds = (tiles.count + most * threads - 1) / (most * threads), wanted = std::min(tiles.count, rounds * threads);
    const std::size_t block = (tiles.count + wanted - 1) / wanted, blocks = (tiles.count + block - 1) / block;
    const std::size_t image_point = winograd_spread(block * depth), product_point = winograd_spread(block * panel_lanes);
    const worker_scratch<float> memory{workers_for(blocks, work), points * (image_point + product_point)};
    for_each_job(blocks, work, [&](std::size_t job, std::size_t worker) {
        float *transformed = memory[worker], *products = transformed + points * image_point;
        const std::size_t first = job * block, count = std::min(block, tiles.count - first);
        for (std::size_t t = 0; t < count; ++t) tiles.transform_image(image, first + t, 0, inputs, transformed + t * depth, image_point);
        for (std::size_t panel = 0; panel < width; panel += panel_lanes) {
            const std::size_t panel_width = std::min(panel_lanes, width - panel);
            for (std::size_t p = 0; p < points; ++p) {
                const float *left = transformed + p * image_point, *right = filter + (panel * points + p * panel_width) * inputs;
                float* to = products + p * product_point;
                if (panel_width == panel_lanes) panel_product<2, false>(count, left, depth, right, inputs, to, false);
                else panel_product<1, false>(count, left, depth, right, inputs, to, false);
            }
            for (std::size_t t = 0; t < count; ++t)
                for (std::size_t o = 0; o < panel_width; o += lanes)
                    if (panel + o < outputs) tiles.transform_result(products + t * panel_width + o, product_point, bias, first + t, panel + o, out);
        }
    });
}

}  // namespace ncsn
