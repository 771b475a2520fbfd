// SPDX-License-Identifier: Apache-2.0
/// \file  The filter gradient of a 3x3 convolution in Winograd's 36 points.
#pragma once

#include <ncsn/arrays/cpu/winograd.hpp>

namespace ncsn {

/// w̄ [O,3,3,I] = Gᵀ (Σ_tiles (A Ȳ Aᵀ)(Bᵀ X B)ᵀ) G from ȳ and x. A job sums a group of tiles for a square of channels, its 36 matrices in the
/// second-level cache; the groups, whose number the shape alone decides, are added in order.
struct winograd_filter_gradient {
    static constexpr std::size_t points = winograd_tiles::points, square = 64, block = 48;          ///< channels and tiles that a job has at hand
    static constexpr std::size_t sum_point = winograd_spread(square * square), tile_point = winograd_spread(block * square);
    winograd_tiles tiles;
    std::size_t inputs = tiles.x[3], outputs = tiles.y[3], down = (outputs + square - 1) / square, across = (inputs + square - 1) / square;
    std::size_t groups = group_count(tiles.count, down * across);

    void run(const float* adjoint, const float* image, float* out) const {
        const std::size_t jobs = groups * down * across, size = outputs * 9 * inputs, work = tiles.count * points * inputs;
        const scratch rest{(groups - 1) * size * sizeof(float)};
        float* others = static_cast<float*>(rest.data());
        const worker_scratch<float> memory{workers_for(jobs, work), points * (sum_point + 2 * tile_point)};
        for_each_job(jobs, work, [&](std::size_t job, std::size_t worker) {
            const std::size_t group = job / (down * across), o = job / across % down * square, i = job % across * square;
            sum(adjoint, image, group, o, i, memory[worker]);
            transform(memory[worker], o, i, group == 0 ? out : others + (group - 1) * size);
        });
        if (groups > 1)
            for_each_block(size, parallel_grain, [&](std::size_t begin, std::size_t end) {
                for (std::size_t g = 0; g + 1 < groups; ++g)
                    for (std::size_t k = begin; k < end; ++k) out[k] += others[g * size + k];
            });
    }

private:
    /// About eight jobs of at least two blocks, and an even number, so that two threads have as much to do.
    static std::size_t group_count(std::size_t tiles, std::size_t squares) {
        const std::size_t groups = std::clamp<std::size_t>(tiles / (2 * block), 1, std::max<std::size_t>(1, 8 / squares));
        return groups * squares % 2 == 1 && tiles >= block ? groups + 1 : groups;
    }
    /// The 36 sums of a group of tiles, outputs from o on and inputs from i on: [panel of inputs][output][lane], then room for a block's tiles.
    void sum(const float* adjoint, const float* image, std::size_t group, std::size_t o, std::size_t i, float* sums) const {
        float *left = sums + points * sum_point, *right = left + points * tile_point;
        const std::size_t rows = std::min(square, outputs - o), columns = std::min(square, inputs - i), width = rounded_to_lanes(columns);
        const std::size_t begin = tiles.count * group / groups, end = tiles.count * (group + 1) / groups, parts = (end - begin + block - 1) / block;
        for (std::size_t part = 0, first = begin; part < parts; ++part) {
            const std::size_t count = (end - first) / (parts - part);
            for (std::size_t t = 0; t < count; ++t) {
                tiles.transform_adjoint(adjoint, first + t, o, rows, left + t * square, tile_point);
                transform_image_in_panels(image, first + t, i, columns, right + t * panel_lanes, count);
            }
            for (std::size_t p = 0; p < points; ++p)
                for (std::size_t panel = 0; panel < width; panel += panel_lanes)
                    panel_product<2, true>(rows, left + p * tile_point, square, right + p * tile_point + panel * count, count,
                                           sums + p * sum_point + panel * square, part > 0);
            first += count;
        }
    }
    /// transform_image with the channels in panels of two registers, [panel][tile of count][lane], as register_product reads them.
    void transform_image_in_panels(const float* image, std::size_t tile, std::size_t first, std::size_t channels, float* out,
                                   std::size_t count) const {
        for (std::size_t c = 0; c < channels; c += panel_lanes) {
            const std::size_t here = std::min(panel_lanes, channels - c);
            tiles.transform_image(image, tile, first + c, here, out + c * count, tile_point);
            if (here <= lanes)                                                      // the second register of the last panel is summed but not used
                for (std::size_t p = 0; p < points; ++p) std::fill_n(out + c * count + p * tile_point + lanes, lanes, 0.0f);
        }
    }
    /// Gᵀ S G of the sums to their place in w̄.
    void transform(const float* sums, std::size_t o, std::size_t i, float* out) const {
        const std::size_t rows = std::min(square, outputs - o), columns = std::min(square, inputs - i);
        for (std::size_t r = 0; r < rows; ++r)
            for (std::size_t c = 0; c < columns; c += lanes) {
                const float* from = sums + c / panel_lanes * panel_lanes * square + r * panel_lanes + c % panel_lanes;
                float* to = out + (o + r) * 9 * inputs + i + c;
                winograd_transform::both<6, 3, channel_vector>(
                    [&](std::size_t k, std::size_t l) { return winograd_tiles::load(from + (k * 6 + l) * sum_point, lanes); },
                    [](const channel_vector(&d)[6], channel_vector(&t)[3]) { winograd_transform::filter_transpose(d, t); },
                    [&](std::size_t k, std::size_t l, const channel_vector& v) { winograd_tiles::store(to + (k * 3 + l) * inputs, v, columns - c); });
            }
    }
};

}  // namespace ncsn
