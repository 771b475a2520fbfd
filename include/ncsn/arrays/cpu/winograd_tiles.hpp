// SPDX-License-Identifier: Apache-2.0
/// \file  The 4x4 tiles of an image, to and from Winograd's 36 points.
#pragma once

#include <ncsn/arrays/cpu/panel_product.hpp>
#include <ncsn/arrays/cpu/winograd_transforms.hpp>
#include <ncsn/arrays/shape.hpp>

#include <cstddef>
#include <cstring>

namespace ncsn {

/// The tiles of a convolution from x to y, 4x4 outputs each, the last ones of a row or column filled up with zeros.
struct winograd_tiles {
    static constexpr std::size_t points = 36, side = 4;
    shape x, y;
    std::size_t padding;
    std::size_t down = (y[1] + side - 1) / side, across = (y[2] + side - 1) / side, count = y[0] * down * across;

    struct place { std::size_t sample, row, column; };                              ///< sample and tile coordinates
    place locate(std::size_t tile) const { return {tile / (down * across), tile / across % down, tile % across}; }
    /// A register of channels, zeros beyond the last.
    static channel_vector load(const float* from, std::size_t channels) {
        channel_vector v{};
        if (channels >= lanes) std::memcpy(&v, from, sizeof v);
        else std::memcpy(&v, from, channels * sizeof(float));
        return v;
    }
    static void store(float* to, const channel_vector& v, std::size_t channels) {
        if (channels >= lanes) std::memcpy(to, &v, sizeof v);
        else std::memcpy(to, &v, channels * sizeof(float));
    }

    /// Bᵀ X B of one tile's channels [first, first + channels): point p goes to out + p stride.
    void transform_image(const float* image, std::size_t tile, std::size_t first, std::size_t channels, float* out, std::size_t stride) const {
        const place at = locate(tile);
        const float* sample = image + at.sample * x.row_size() + first;
        const std::size_t top = at.row * side - padding, left = at.column * side - padding;                    // wraps around when negative
        const bool inside = at.row * side >= padding && at.column * side >= padding && top + 6 <= x[1] && left + 6 <= x[2];
        for (std::size_t c = 0; c < channels; c += lanes)
            winograd_transform::both<6, 6, channel_vector>(
                [&](std::size_t r, std::size_t k) {
                    if (!inside && (top + r >= x[1] || left + k >= x[2])) return zero_channels();
                    return load(sample + ((top + r) * x[2] + left + k) * x[3] + c, channels - c);
                },
                [](const channel_vector(&d)[6], channel_vector(&t)[6]) { winograd_transform::image(d, t); },
                [&](std::size_t r, std::size_t k, const channel_vector& v) { std::memcpy(out + (r * 6 + k) * stride + c, &v, sizeof v); });
    }
    /// A Ȳ Aᵀ of one tile of the result's adjoint, likewise.
    void transform_adjoint(const float* adjoint, std::size_t tile, std::size_t first, std::size_t channels, float* out, std::size_t stride) const {
        const place at = locate(tile);
        const std::size_t top = at.row * side, left = at.column * side;
        const float* sample = adjoint + at.sample * y.row_size() + first;
        for (std::size_t c = 0; c < channels; c += lanes)
            winograd_transform::both<4, 6, channel_vector>(
                [&](std::size_t r, std::size_t k) {
                    if (top + r >= y[1] || left + k >= y[2]) return zero_channels();
                    return load(sample + ((top + r) * y[2] + left + k) * y[3] + c, channels - c);
                },
                [](const channel_vector(&d)[4], channel_vector(&t)[6]) { winograd_transform::result_transpose(d, t); },
                [&](std::size_t r, std::size_t k, const channel_vector& v) { std::memcpy(out + (r * 6 + k) * stride + c, &v, sizeof v); });
    }
    /// Aᵀ M A of one tile, a register of channels from `channel` on, and the bias: point p is at products + p stride.
    void transform_result(const float* products, std::size_t stride, const float* bias, std::size_t tile, std::size_t channel, float* out) const {
        const place at = locate(tile);
        const std::size_t top = at.row * side, left = at.column * side, channels = y[3] - channel;
        float* sample = out + at.sample * y.row_size() + channel;
        const channel_vector offset = bias ? load(bias + channel, channels) : zero_channels();
        winograd_transform::both<6, 4, channel_vector>(
            [&](std::size_t r, std::size_t k) { return load(products + (r * 6 + k) * stride, lanes); },
            [](const channel_vector(&d)[6], channel_vector(&t)[4]) { winograd_transform::result(d, t); },
            [&](std::size_t r, std::size_t k, const channel_vector& v) {
                if (top + r < y[1] && left + k < y[2]) store(sample + ((top + r) * y[2] + left + k) * y[3], v + offset, channels);
            });
    }
};

}  // namespace ncsn
