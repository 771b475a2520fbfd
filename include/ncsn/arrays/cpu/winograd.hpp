// SPDX-License-Identifier: Apache-2.0
/// \file  Winograd's F(4x4, 3x3): a 3x3 convolution of stride 1 with a quarter of the multiplications.
///
/// In one dimension 4 outputs of a filter with 3 taps are y = Aᵀ((G w) ∘ (Bᵀ x)), x six inputs: polynomials are multiplied by their values at the
/// points 0, ±a, ±b, ∞ (Winograd 1980; Lavin & Gray 2016, arXiv:1509.09308). With M(t) = Π(t - p), over the finite points:
///     Bᵀ  coefficients of M(t)/(t - p), last M(t);    G  (1, p, p²) / M'(p), last (0, 0, 1);    Aᵀ  p^k, last (0, 0, 0, 1).
/// A tile's 36 values in two dimensions are independent of each other until the end, so the sum over channels is 36 matrix products. Images stay
/// NHWC: the lanes of a vector are channels. A tile's bits depend on nothing but its own pixels, in whatever batch and on whatever thread.
#pragma once

#include <ncsn/arrays/cpu/onednn.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace ncsn {

#ifdef __AVX512F__
inline constexpr std::size_t lanes = 16, product_rows = 12;                         // 12 x 2 sums fill the 32 registers
#elif defined(__AVX__)
inline constexpr std::size_t lanes = 8, product_rows = 6;
#else
inline constexpr std::size_t lanes = 4, product_rows = 6;
#endif
/// One register of channels.
typedef float channel_vector __attribute__((vector_size(lanes * sizeof(float))));

inline constexpr std::size_t rounded_to_lanes(std::size_t n) { return (n + lanes - 1) / lanes * lanes; }

/// c[r, :] (+)= Σ_k a[r, k] b[k, :] for R rows of C registers; b and c are packed, row after row. a[r, k] is at a[r stride + k], or at
/// a[r + k stride] if Across.
template <std::size_t R, std::size_t C, bool Across>
void register_product(const float* a, std::size_t stride, const float* b, std::size_t depth, float* c, bool add) {
    channel_vector sum[R * C];
    const auto each = [&]<std::size_t... K>(std::index_sequence<K...>, auto visit) { (visit(std::integral_constant<std::size_t, K>{}), ...); };
    constexpr auto all = std::make_index_sequence<R * C>{};
    each(all, [&](auto k) {
        if (add) std::memcpy(&sum[k], c + k.value * lanes, sizeof sum[k]);
        else sum[k] = channel_vector{};
    });
    for (std::size_t d = 0; d < depth; ++d, a += Across ? stride : 1, b += C * lanes) {
        channel_vector right[C];
        std::memcpy(right, b, sizeof right);
        each(all, [&](auto k) { sum[k] += a[Across ? k / C : k / C * stride] * right[k % C]; });
    }
    each(all, [&](auto k) { std::memcpy(c + k.value * lanes, &sum[k], sizeof sum[k]); });
}

/// The same for any number of rows, in parts as equal as can be.
template <std::size_t C, bool Across>
void panel_product(std::size_t rows, const float* a, std::size_t stride, const float* b, std::size_t depth, float* c, bool add) {
    using kernel = void (*)(const float*, std::size_t, const float*, std::size_t, float*, bool);
    static constexpr auto kernels = []<std::size_t... R>(std::index_sequence<R...>) {
        return std::array<kernel, sizeof...(R)>{&register_product<R + 1, C, Across>...};
    }(std::make_index_sequence<product_rows>{});
    const std::size_t parts = (rows + product_rows - 1) / product_rows, short_part = rows / parts, longer = rows % parts;
    for (std::size_t part = 0; part < parts; ++part) {
        const std::size_t count = short_part + (part < longer);
        kernels[count - 1](a, stride, b, depth, c, add);
        a += Across ? count : count * stride;
        c += count * C * lanes;
    }
}

/// The one-dimensional transforms, of registers or of numbers. `in(k)` reads, `out(k, value)` writes.
struct winograd_transform {
    static constexpr float a = 0.625f, b = 1.5f, a2 = a * a, b2 = b * b, sum2 = a2 + b2, product2 = a2 * b2;    // points chosen for small errors
    static constexpr float at_zero = 1 / product2, at_a = 1 / (2 * a2 * (a2 - b2)), at_b = 1 / (2 * b2 * (b2 - a2));

    /// Bᵀ: 6 -> 6.
    template <class V> static void image(const V (&d)[6], V (&t)[6]) {
        const V even_a = d[4] - b2 * d[2], odd_a = a * (d[3] - b2 * d[1]), even_b = d[4] - a2 * d[2], odd_b = b * (d[3] - a2 * d[1]);
        t[0] = product2 * d[0] - sum2 * d[2] + d[4];
        t[1] = even_a + odd_a;
        t[2] = even_a - odd_a;
        t[3] = even_b + odd_b;
        t[4] = even_b - odd_b;
        t[5] = product2 * d[1] - sum2 * d[3] + d[5];
    }
    /// G: 3 -> 6.
    template <class V> static void filter(const V (&w)[3], V (&t)[6]) {
        const V even_a = at_a * (w[0] + a2 * w[2]), odd_a = at_a * a * w[1], even_b = at_b * (w[0] + b2 * w[2]), odd_b = at_b * b * w[1];
        t[0] = at_zero * w[0];
        t[1] = even_a + odd_a;
        t[2] = even_a - odd_a;
        t[3] = even_b + odd_b;
        t[4] = even_b - odd_b;
        t[5] = w[2];
    }
    /// Gᵀ: 6 -> 3.
    template <class V> static void filter_transpose(const V (&t)[6], V (&w)[3]) {
        const V even_a = at_a * (t[1] + t[2]), even_b = at_b * (t[3] + t[4]);
        w[0] = at_zero * t[0] + even_a + even_b;
        w[1] = at_a * a * (t[1] - t[2]) + at_b * b * (t[3] - t[4]);
        w[2] = a2 * even_a + b2 * even_b + t[5];
    }
    /// Aᵀ: 6 -> 4.
    template <class V> static void result(const V (&m)[6], V (&y)[4]) {
        const V even_a = m[1] + m[2], odd_a = a * (m[1] - m[2]), even_b = m[3] + m[4], odd_b = b * (m[3] - m[4]);
        y[0] = m[0] + even_a + even_b;
        y[1] = odd_a + odd_b;
        y[2] = a2 * even_a + b2 * even_b;
        y[3] = a2 * odd_a + b2 * odd_b + m[5];
    }
    /// A: 4 -> 6.
    template <class V> static void result_transpose(const V (&y)[4], V (&t)[6]) {
        const V even_a = y[0] + a2 * y[2], odd_a = a * (y[1] + a2 * y[3]), even_b = y[0] + b2 * y[2], odd_b = b * (y[1] + b2 * y[3]);
        t[0] = y[0];
        t[1] = even_a + odd_a;
        t[2] = even_a - odd_a;
        t[3] = even_b + odd_b;
        t[4] = even_b - odd_b;
        t[5] = y[3];
    }
    /// transform along both axes: in(row, column) of From x From values, out(row, column, value) of To x To.
    template <std::size_t From, std::size_t To, class V, class In, class Transform, class Out> static void both(In in, Transform transform, Out out) {
        V half[From][To];
        for (std::size_t r = 0; r < From; ++r) {
            V line[From];
            for (std::size_t c = 0; c < From; ++c) line[c] = in(r, c);
            transform(line, half[r]);
        }
        for (std::size_t c = 0; c < To; ++c) {
            V line[From], result[To];
            for (std::size_t r = 0; r < From; ++r) line[r] = half[r][c];
            transform(line, result);
            for (std::size_t r = 0; r < To; ++r) out(r, c, result[r]);
        }
    }
};

/// The tiles of an image and the loops over them. Extents are those of a forward convolution from x to y.
struct winograd_convolution {
    static constexpr std::size_t points = 36, side = 4;
    static constexpr std::size_t square = 64, gradient_block = 64;                  ///< channels and tiles of a filter gradient's job
    shape x, y;
    std::size_t padding;
    std::size_t tiles_down = (y[1] + side - 1) / side, tiles_across = (y[2] + side - 1) / side, tiles = y[0] * tiles_down * tiles_across;

    /// Distance between the matrices of two points: not a multiple of 4 KiB, for which all would meet in one set of the first-level cache.
    static constexpr std::size_t spread(std::size_t matrix) { return matrix + lanes; }

    struct place { std::size_t sample, row, column; };                              ///< sample and tile coordinates
    place locate(std::size_t tile) const {
        return {tile / (tiles_down * tiles_across), tile / tiles_across % tiles_down, tile % tiles_across};
    }
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

    /// Bᵀ X B of one tile's channels [first, first + count): point p goes to out + p stride.
    void transform_image(const float* image, std::size_t tile, std::size_t first, std::size_t count, float* out, std::size_t stride) const {
        const place at = locate(tile);
        const float* sample = image + at.sample * x.row_size() + first;
        const std::size_t top = at.row * side - padding, left = at.column * side - padding;                    // wraps around when negative
        const bool inside = at.row * side >= padding && at.column * side >= padding && top + 6 <= x[1] && left + 6 <= x[2];
        for (std::size_t c = 0; c < count; c += lanes)
            winograd_transform::both<6, 6, channel_vector>(
                [&](std::size_t r, std::size_t k) {
                    if (!inside && (top + r >= x[1] || left + k >= x[2])) return channel_vector{};
                    return load(sample + ((top + r) * x[2] + left + k) * x[3] + c, count - c);
                },
                [](const channel_vector(&d)[6], channel_vector(&t)[6]) { winograd_transform::image(d, t); },
                [&](std::size_t r, std::size_t k, const channel_vector& v) { std::memcpy(out + (r * 6 + k) * stride + c, &v, sizeof v); });
    }
    /// A Ȳ Aᵀ of one tile of the result's adjoint, likewise.
    void transform_adjoint(const float* adjoint, std::size_t tile, std::size_t first, std::size_t count, float* out, std::size_t stride) const {
        const place at = locate(tile);
        const std::size_t top = at.row * side, left = at.column * side;
        const float* sample = adjoint + at.sample * y.row_size() + first;
        for (std::size_t c = 0; c < count; c += lanes)
            winograd_transform::both<4, 6, channel_vector>(
                [&](std::size_t r, std::size_t k) {
                    if (top + r >= y[1] || left + k >= y[2]) return channel_vector{};
                    return load(sample + ((top + r) * y[2] + left + k) * y[3] + c, count - c);
                },
                [](const channel_vector(&d)[4], channel_vector(&t)[6]) { winograd_transform::result_transpose(d, t); },
                [&](std::size_t r, std::size_t k, const channel_vector& v) { std::memcpy(out + (r * 6 + k) * stride + c, &v, sizeof v); });
    }

    /// G W Gᵀ for all pairs of channels, [output panel][point][input][output in the panel]; a panel is two registers, or one at the end.
    /// Tap t of input i to output o, o along the lanes, is at from[t tap + i input + o]; flipped: for the transposed convolution.
    static tensor<float, cpu> transform_filter(const float* from, std::size_t inputs, std::size_t outputs, std::size_t tap, std::size_t input,
                                               bool flipped) {
        constexpr std::size_t block = 8;                                            // inputs; 36 runs of 1 KiB each instead of single registers
        const std::size_t width = rounded_to_lanes(outputs), input_blocks = (inputs + block - 1) / block;
        auto form = tensor<float, cpu>::uninitialized({points, inputs, width});
        float* out = form.write();
#pragma omp parallel for schedule(static) if (inputs * width > 65536)
        for (std::size_t job = 0; job < (width + 2 * lanes - 1) / (2 * lanes) * input_blocks; ++job) {
            const std::size_t panel = job / input_blocks * 2 * lanes, panel_width = std::min(2 * lanes, width - panel);
            const std::size_t first = job % input_blocks * block, count = std::min(block, inputs - first);
            alignas(64) float local[points * block * 2 * lanes];
            for (std::size_t i = 0; i < count; ++i)
                for (std::size_t o = 0; o < panel_width; o += lanes)
                    winograd_transform::both<3, 6, channel_vector>(
                        [&](std::size_t r, std::size_t k) {
                            const std::size_t t = flipped ? 8 - (r * 3 + k) : r * 3 + k;
                            if (panel + o >= outputs) return channel_vector{};
                            return load(from + t * tap + (first + i) * input + panel + o, outputs - panel - o);
                        },
                        [](const channel_vector(&d)[3], channel_vector(&t)[6]) { winograd_transform::filter(d, t); },
                        [&](std::size_t r, std::size_t k, const channel_vector& v) {
                            std::memcpy(local + ((r * 6 + k) * block + i) * panel_width + o, &v, sizeof v);
                        });
            for (std::size_t p = 0; p < points; ++p)
                std::copy_n(local + p * block * panel_width, count * panel_width,
                            out + (panel * points + p * panel_width) * inputs + first * panel_width);
        }
        return form;
    }

    /// y from x and a transformed filter. A block's transformed tiles stay in the second-level cache while all panels of outputs pass by.
    void run(const float* image, const float* filter, const float* bias, float* out) const {
        constexpr std::size_t cache = 300000;                                       // floats of transformed image a block
        const std::size_t inputs = x[3], outputs = y[3], depth = rounded_to_lanes(inputs), width = rounded_to_lanes(outputs);
        const auto threads = static_cast<std::size_t>(threads_available());
        const std::size_t most = std::clamp<std::size_t>(cache / (points * depth) / product_rows * product_rows, product_rows, 20 * product_rows);
        const std::size_t rounds = (tiles + most * threads - 1) / (most * threads), blocks = std::min(tiles, rounds * threads);
        const std::size_t block = (tiles + blocks - 1) / blocks;
#pragma omp parallel if (blocks > 1 && threads > 1 && tiles * points * inputs > 65536)
        {
            const std::size_t image_point = spread(block * depth), product_point = spread(block * 2 * lanes);
            const scratch memory{points * (image_point + product_point) * sizeof(float)};
            float *transformed = static_cast<float*>(memory.data()), *products = transformed + points * image_point;
#pragma omp for schedule(static)
            for (std::size_t first = 0; first < tiles; first += block) {
                const std::size_t count = std::min(block, tiles - first);
                for (std::size_t t = 0; t < count; ++t) transform_image(image, first + t, 0, inputs, transformed + t * depth, image_point);
                for (std::size_t panel = 0; panel < width; panel += 2 * lanes) {
                    const std::size_t panel_width = std::min(2 * lanes, width - panel);
                    for (std::size_t p = 0; p < points; ++p) {
                        const float *left = transformed + p * image_point, *right = filter + (panel * points + p * panel_width) * inputs;
                        float* to = products + p * product_point;
                        if (panel_width == 2 * lanes) panel_product<2, false>(count, left, depth, right, inputs, to, false);
                        else panel_product<1, false>(count, left, depth, right, inputs, to, false);
                    }
                    for (std::size_t t = 0; t < count; ++t)
                        for (std::size_t o = 0; o < panel_width; o += lanes)
                            if (panel + o < outputs)
                                transform_result(products + t * panel_width + o, product_point, bias, first + t, panel + o, out);
                }
            }
        }
    }
    void transform_result(const float* products, std::size_t stride, const float* bias, std::size_t tile, std::size_t channel, float* out) const {
        const place at = locate(tile);
        const std::size_t top = at.row * side, left = at.column * side, channels = y[3] - channel;
        float* sample = out + at.sample * y.row_size() + channel;
        const channel_vector offset = bias ? load(bias + channel, channels) : channel_vector{};
        winograd_transform::both<6, 4, channel_vector>(
            [&](std::size_t r, std::size_t k) { return load(products + (r * 6 + k) * stride, lanes); },
            [](const channel_vector(&d)[6], channel_vector(&t)[4]) { winograd_transform::result(d, t); },
            [&](std::size_t r, std::size_t k, const channel_vector& v) {
                if (top + r < y[1] && left + k < y[2]) store(sample + ((top + r) * y[2] + left + k) * y[3], v + offset, channels);
            });
    }

    /// w̄ [O,3,3,I] from ȳ and x. A job sums a group of tiles for a square of channels, its 36 matrices in the second-level cache; the groups,
    /// whose number the shape alone decides, are added in order.
    void filter_gradient(const float* adjoint, const float* image, float* out) const {
        constexpr std::size_t block = gradient_block;
        const std::size_t inputs = x[3], outputs = y[3], down = (outputs + square - 1) / square, across = (inputs + square - 1) / square;
        const std::size_t groups = std::clamp<std::size_t>(tiles / (2 * block), 1, std::max<std::size_t>(1, 8 / (down * across)));
        const std::size_t jobs = groups * down * across, size = outputs * 9 * inputs;
        const scratch rest{(groups - 1) * size * sizeof(float)};
        float* others = static_cast<float*>(rest.data());
#pragma omp parallel if (jobs > 1 && tiles * points * inputs > 65536)
        {
            constexpr std::size_t sum_point = spread(square * square), tile_point = spread(block * square);
            const scratch memory{points * (sum_point + 2 * tile_point) * sizeof(float)};
            float *sums = static_cast<float*>(memory.data()), *left = sums + points * sum_point, *right = left + points * tile_point;
#pragma omp for schedule(dynamic)
            for (std::size_t job = 0; job < jobs; ++job) {
                const std::size_t group = job / (down * across), o = job / across % down * square, i = job % across * square;
                const std::size_t rows = std::min(square, outputs - o), columns = std::min(square, inputs - i), width = rounded_to_lanes(columns);
                const std::size_t begin = tiles * group / groups, end = tiles * (group + 1) / groups;
                const std::size_t parts = (end - begin + block - 1) / block;
                for (std::size_t part = 0, first = begin; part < parts; ++part) {
                    const std::size_t count = (end - first) / (parts - part);
                    for (std::size_t t = 0; t < count; ++t) {
                        transform_adjoint(adjoint, first + t, o, rows, left + t * square, tile_point);
                        transform_image_in_panels(image, first + t, i, columns, right + t * 2 * lanes, count);
                    }
                    for (std::size_t p = 0; p < points; ++p)
                        for (std::size_t panel = 0; panel < width; panel += 2 * lanes) {
                            const float *a = left + p * tile_point, *b = right + p * tile_point + panel * count;
                            float* c = sums + p * sum_point + panel * square;                   // [panel][output][lane]
                            panel_product<2, true>(rows, a, square, b, count, c, part > 0);
                        }
                    first += count;
                }
                float* target = group == 0 ? out : others + (group - 1) * size;
                for (std::size_t r = 0; r < rows; ++r)
                    for (std::size_t c = 0; c < columns; c += lanes)
                        winograd_transform::both<6, 3, channel_vector>(
                            [&](std::size_t k, std::size_t l) {
                                const std::size_t panel = c / (2 * lanes) * 2 * lanes;
                                return load(sums + (k * 6 + l) * sum_point + panel * square + r * 2 * lanes + (c - panel), lanes);
                            },
                            [](const channel_vector(&d)[6], channel_vector(&t)[3]) { winograd_transform::filter_transpose(d, t); },
                            [&](std::size_t k, std::size_t l, const channel_vector& v) {
                                store(target + ((o + r) * 9 + k * 3 + l) * inputs + i + c, v, columns - c);
                            });
            }
        }
#pragma omp parallel for schedule(static) if (groups > 1 && size > 65536)
        for (std::size_t k = 0; k < size; ++k)
            for (std::size_t g = 0; g + 1 < groups; ++g) out[k] += others[g * size + k];
    }
    /// transform_image with the channels in panels of two registers, [panel][tile of count][lane], as register_product reads them.
    void transform_image_in_panels(const float* image, std::size_t tile, std::size_t first, std::size_t channels, float* out,
                                   std::size_t count) const {
        constexpr std::size_t panel = 2 * lanes, point = spread(gradient_block * square);
        for (std::size_t c = 0; c < channels; c += panel) {
            const std::size_t here = std::min(panel, channels - c);
            transform_image(image, tile, first + c, here, out + c * count, point);
            if (here <= lanes)                                                      // the second register of the last panel is summed but not used
                for (std::size_t p = 0; p < points; ++p) std::fill_n(out + c * count + p * point + lanes, lanes, 0.0f);
        }
    }
};

}  // namespace ncsn
