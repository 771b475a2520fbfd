// SPDX-License-Identifier: Apache-2.0
/// \file  The convolution, its transpose in the image and its transpose in the filter, on the host.
///
/// y[n,p,o] = b[o] + Σ_{t,i} w[o,t,i] x[n, s p + d t - padding, i], zero outside the image. All three are bilinear in (x, w) and adjoint to each
/// other: <ȳ, y> = <x̄, x> = <w̄, w>. Single precision runs through oneDNN's direct kernels, or through Winograd's algorithm where that is quicker
/// (a rule on shapes alone: runs repeat); other types through gathered windows. No result depends on the number of threads.
#pragma once

#include <ncsn/arrays/cpu/winograd.hpp>

#include <algorithm>
#include <concepts>

namespace ncsn {

/// c += a b, c and b row by row, a(r, k) = a[r a_row + k a_depth]; four rows of c at a time.
template <class T> void add_product(std::size_t rows, std::size_t depth, std::size_t columns, const T* a, std::size_t a_row, std::size_t a_depth,
                                    const T* b, T* c) {
    std::size_t r = 0;
    for (; r + 4 <= rows; r += 4)
        for (std::size_t k = 0; k < depth; ++k) {
            const T *right = b + k * columns, *left = a + r * a_row + k * a_depth;
            const T p = left[0], q = left[a_row], s = left[2 * a_row], t = left[3 * a_row];
            T *first = c + r * columns, *second = first + columns, *third = second + columns, *fourth = third + columns;
            for (std::size_t j = 0; j < columns; ++j) {
                first[j] += p * right[j];
                second[j] += q * right[j];
                third[j] += s * right[j];
                fourth[j] += t * right[j];
            }
        }
    for (; r < rows; ++r)
        for (std::size_t k = 0; k < depth; ++k)
            for (std::size_t j = 0; j < columns; ++j) c[r * columns + j] += a[r * a_row + k * a_depth] * b[k * columns + j];
}

/// [rows, columns] to [columns, rows], in squares that fit the first-level cache.
template <class T> void transpose(const T* from, std::size_t rows, std::size_t columns, T* to) {
    constexpr std::size_t square = 16;
#pragma omp parallel for schedule(static) if (rows * columns > 65536)
    for (std::size_t c = 0; c < columns; c += square)
        for (std::size_t r = 0; r < rows; r += square)
            for (std::size_t k = c; k < std::min(columns, c + square); ++k)
                for (std::size_t l = r; l < std::min(rows, r + square); ++l) to[k * rows + l] = from[l * columns + k];
}

/// Visits every tap of every output position that falls inside an image: visit(row of [H' W' kh kw], position in [H W]).
template <class F> void for_each_tap(const shape& x, const shape& w, const shape& y, const conv_window& c, F visit) {
    std::size_t row = 0;
    for (std::size_t oy = 0; oy < y[1]; ++oy)
        for (std::size_t ox = 0; ox < y[2]; ++ox)
            for (std::size_t ky = 0; ky < w[1]; ++ky) {
                const std::size_t iy = oy * c.stride + ky * c.dilation - c.padding;             // wraps around when it is outside
                for (std::size_t kx = 0; kx < w[2]; ++kx, ++row) {
                    const std::size_t ix = ox * c.stride + kx * c.dilation - c.padding;
                    if (iy < x[1] && ix < x[2]) visit(row, iy * x[2] + ix);
                }
            }
}

/// Convolution as a matrix product over gathered windows, [H' W', kh kw I] a sample: short, and right for every type.
template <class T> struct window_product {
    shape x, w, y;
    conv_window window;
    std::size_t positions = y[1] * y[2], columns = w[1] * w[2] * w[3];

    void gather(const T* image, T* windows) const {
        std::fill_n(windows, positions * columns, T(0));
        for_each_tap(x, w, y, window, [&](std::size_t row, std::size_t p) { std::copy_n(image + p * x[3], x[3], windows + row * x[3]); });
    }
    void forward(const T* image, const T* filter_transposed, T* windows, T* out) const {
        gather(image, windows);
        std::fill_n(out, positions * y[3], T(0));
        add_product(positions, columns, y[3], windows, columns, 1, filter_transposed, out);
    }
    void input_gradient(const T* adjoint, const T* filter, T* windows, T* out) const {
        std::fill_n(windows, positions * columns, T(0));
        add_product(positions, y[3], columns, adjoint, y[3], 1, filter, windows);
        std::fill_n(out, x.row_size(), T(0));
        for_each_tap(x, w, y, window, [&](std::size_t row, std::size_t p) {
            for (std::size_t i = 0; i < x[3]; ++i) out[p * x[3] + i] += windows[row * x[3] + i];
        });
    }
    void filter_gradient(const T* adjoint, const T* image, T* windows, T* sum) const {
        gather(image, windows);
        add_product(y[3], positions, columns, adjoint, 1, y[3], windows, sum);
    }
    /// work(sample, windows) for every sample, on several threads when there is much to do.
    template <class F> void for_each_sample(F work) const {
#pragma omp parallel if (x[0] > 1 && y.size() * columns > 65536)
        {
            const scratch windows{positions * columns * sizeof(T)};
#pragma omp for schedule(static)
            for (std::size_t n = 0; n < x[0]; ++n) work(n, static_cast<T*>(windows.data()));
        }
    }
};

/// y += b, along the last axis.
template <class T> void add_bias(T* y, std::size_t rows, const tensor<T, cpu>& bias) {
    if (bias.empty()) return;
    const std::size_t channels = bias.size();
    const T* b = bias.data();
#pragma omp parallel for schedule(static) if (rows * channels > 65536)
    for (std::size_t row = 0; row < rows; ++row)
        for (std::size_t c = 0; c < channels; ++c) y[row * channels + c] += b[c];
}

/// The sum over samples and positions, [N,H,W,O] -> [O]: blocks of 256 positions in T, these in double.
template <class T> tensor<T, cpu> convolve_bias_gradient(const tensor<T, cpu>& y_adjoint) {
    constexpr std::size_t block = 256;
    const std::size_t channels = y_adjoint.shape().back(), rows = channels ? y_adjoint.size() / channels : 0, blocks = (rows + block - 1) / block;
    std::vector<T> partial(blocks * channels);
    const T* y = y_adjoint.data();
#pragma omp parallel for schedule(static) if (rows * channels > 65536)
    for (std::size_t b = 0; b < blocks; ++b) {
        T* sum = partial.data() + b * channels;
        const std::size_t last = std::min(rows, (b + 1) * block);
        std::size_t row = b * block;
        for (; row + 4 <= last; row += 4) {                                         // four rows a visit: the sums stay longer out of memory
            const T* r = y + row * channels;
            for (std::size_t c = 0; c < channels; ++c)
                sum[c] += (r[c] + r[c + channels]) + (r[c + 2 * channels] + r[c + 3 * channels]);
        }
        for (; row < last; ++row)
            for (std::size_t c = 0; c < channels; ++c) sum[c] += y[row * channels + c];
    }
    auto result = tensor<T, cpu>::uninitialized({channels});
    T* out = result.write();
    for (std::size_t c = 0; c < channels; ++c) {
        double sum = 0;
        for (std::size_t b = 0; b < blocks; ++b) sum += partial[b * channels + c];
        out[c] = static_cast<T>(sum);
    }
    return result;
}

/// Few channels at the outside of a wide convolution (the ends of a network). oneDNN would fill them up to 16; instead each position gives the
/// products with all taps at once, a 1x1 convolution, and these are summed where they belong.
struct thin_ends {
    static constexpr std::size_t most = 4, least = 16;
    static bool output(const shape& w, const conv_window& c) { return w[0] <= most && w[3] >= least && w[1] * w[2] > 1 && c.stride == 1; }
    static bool input(const shape& w) { return w[3] <= most && w[0] >= least && w[1] * w[2] > 1; }

    /// out[p] = Σ_t in[p + d t - padding, (channel, tap)]: products at every input position to outputs.
    static void collect(const float* products, const shape& x, const shape& w, const shape& y, const conv_window& c, float* out) {
        const std::size_t taps = w[1] * w[2], columns = taps * y[3], channels = y[3];
#pragma omp parallel for schedule(static) if (y.size() * taps > 65536)
        for (std::size_t n = 0; n < y[0]; ++n) {
            const float* from = products + n * x[1] * x[2] * columns;
            float* to = out + n * y.row_size();
            std::fill_n(to, y.row_size(), 0.0f);
            for_each_tap(x, w, y, c, [&](std::size_t row, std::size_t p) {
                const float* source = from + p * columns + row % taps;
                float* target = to + row / taps * channels;
                for (std::size_t o = 0; o < channels; ++o) target[o] += source[o * taps];
            });
        }
    }
    /// Its transpose: [N,H,W,(channel, tap)] of adjoints.
    static void spread(const float* adjoint, const shape& x, const shape& w, const shape& y, const conv_window& c, float* out) {
        const std::size_t taps = w[1] * w[2], columns = taps * y[3], channels = y[3];
#pragma omp parallel for schedule(static) if (y.size() * taps > 65536)
        for (std::size_t n = 0; n < y[0]; ++n) {
            const float* from = adjoint + n * y.row_size();
            float* to = out + n * x[1] * x[2] * columns;
            std::fill_n(to, x[1] * x[2] * columns, 0.0f);
            for_each_tap(x, w, y, c, [&](std::size_t row, std::size_t p) {
                for (std::size_t o = 0; o < channels; ++o) to[p * columns + o * taps + row % taps] = from[row / taps * channels + o];
            });
        }
    }
    /// Products at every output position, (tap, channel), to the image.
    static void scatter(const float* products, const shape& x, const shape& w, const shape& y, const conv_window& c, float* out) {
        const std::size_t channels = x[3];
#pragma omp parallel for schedule(static) if (y.row_size() * y[0] > 65536)
        for (std::size_t n = 0; n < y[0]; ++n) {
            const float* from = products + n * y[1] * y[2] * w[1] * w[2] * channels;
            float* to = out + n * x.row_size();
            std::fill_n(to, x.row_size(), 0.0f);
            for_each_tap(x, w, y, c, [&](std::size_t row, std::size_t p) {
                for (std::size_t i = 0; i < channels; ++i) to[p * channels + i] += from[row * channels + i];
            });
        }
    }
};

/// Where Winograd's algorithm is quicker than the direct one (docs/decisions/convolution.md). The number of samples has no say, so that a sample's
/// bits are the same in every batch; the filter gradient needs `least` channels on both sides to pay for its transforms.
inline bool prefers_winograd(const shape& w, const shape& y, const conv_window& c, std::size_t least = 16) {
    constexpr std::size_t least_extent = 5;                                         // four tiles an image
    return cpu::winograd && w[1] == 3 && w[2] == 3 && c.stride == 1 && c.dilation == 1 && c.padding <= 2 && std::min(w[0], w[3]) >= least &&
           std::min(y[1], y[2]) >= least_extent;
}

/// x [N,H,W,I], w [O,kh,kw,I], bias [O] or empty -> [N,H',W',O].
template <class T> tensor<T, cpu> convolve(const tensor<T, cpu>& x, const tensor<T, cpu>& w, const tensor<T, cpu>& bias, conv_window c) {
    const shape ys = convolved(x.shape(), w.shape(), c), &xs = x.shape(), &ws = w.shape();
    require(bias.empty() || bias.size() == ws[0], "conv2d: bias is ", bias.shape(), " but weight is ", ws, "; [", ws[0], "] was expected");
    auto y = tensor<T, cpu>::uninitialized(ys);
    if (y.size() == 0) return y;
    T* out = y.write();
    if constexpr (std::same_as<T, float>) {
        if (thin_ends::output(ws, c)) {
            const auto products = convolve(x, w.reshaped({ws[0] * ws[1] * ws[2], 1, 1, ws[3]}), {}, {});
            thin_ends::collect(products.data(), xs, ws, ys, c, out);
            add_bias(out, ys.size() / ys[3], bias);
            return y;
        }
        if (prefers_winograd(ws, ys, c)) {
            static const char form_name = 0;
            const auto filter = prepared_forms::get<tensor<float, cpu>>(w, &form_name, [&] {
                auto lanes_last = tensor<float, cpu>::uninitialized(ws);            // [3,3,I,O]
                float* turned = lanes_last.write();
                transpose(w.data(), ws[0], ws.row_size(), turned);
                return std::make_shared<tensor<float, cpu>>(
                    winograd_convolution::transform_filter(turned, ws[3], ws[0], ws[3] * ws[0], ws[0], false));
            });
            winograd_convolution{xs, ys, c.padding}.run(x.data(), filter->data(), bias.empty() ? nullptr : bias.data(), out);
            return y;
        }
        const auto kernel = compiled_convolution::get(convolution_direction::forward, xs, ws, ys, c, !bias.empty(), threads_available());
        const auto form = kernel->weights(w);
        const scratch working{kernel->scratch_bytes};
        std::unordered_map<int, dnnl::memory> arguments{{DNNL_ARG_SRC, kernel->over(kernel->x, x.data())}, {DNNL_ARG_WEIGHTS, form->memory},
                                                        {DNNL_ARG_DST, kernel->over(kernel->y, out)},
                                                        {DNNL_ARG_SCRATCHPAD, kernel->working(working)}};
        if (!bias.empty()) arguments.emplace(DNNL_ARG_BIAS, kernel->over(kernel->bias, bias.data()));
        kernel->kernel.execute(onednn_stream(), arguments);
    } else {
        const window_product<T> product{xs, ws, ys, c};
        std::vector<T> transposed(ws.size());
        transpose(w.data(), ws[0], product.columns, transposed.data());
        const T *image = x.data(), *filter = transposed.data();
        product.for_each_sample([&](std::size_t n, T* windows) {
            product.forward(image + n * xs.row_size(), filter, windows, out + n * ys.row_size());
        });
        add_bias(out, ys.size() / ys[3], bias);
    }
    return y;
}

/// The transpose of x -> convolve(x, w): ȳ [N,H',W',O], w [O,kh,kw,I] -> x_shape [N,H,W,I]. Also the transposed convolution, whose bias is [I];
/// x_shape settles which of the extents that lead to H', W' is meant.
template <class T> tensor<T, cpu> convolve_input_gradient(const tensor<T, cpu>& y_adjoint, const tensor<T, cpu>& w, const shape& x_shape,
                                                          conv_window c, const tensor<T, cpu>& bias = {}) {
    const shape &ys = y_adjoint.shape(), &ws = w.shape(), &xs = x_shape;
    require(convolved(xs, ws, c) == ys, "conv2d transposed: ", xs, " under weight ", ws, " gives ", convolved(xs, ws, c), " but the operand is ", ys);
    require(bias.empty() || bias.size() == ws[3], "conv2d transposed: bias is ", bias.shape(), " but weight is ", ws, "; [", ws[3], "] was expected");
    auto x = tensor<T, cpu>::uninitialized(xs);
    if (x.size() == 0) return x;
    T* out = x.write();
    if constexpr (std::same_as<T, float>) {
        if (thin_ends::input(ws)) {
            const std::size_t columns = ws[1] * ws[2] * ws[3];
            const auto products = convolve_input_gradient(y_adjoint, w.reshaped({ws[0], 1, 1, columns}), {ys[0], ys[1], ys[2], columns}, {});
            thin_ends::scatter(products.data(), xs, ws, ys, c, out);
        } else if (prefers_winograd(ws, xs, c)) {                                   // the convolution of ȳ with the filter turned by half a turn
            static const char form_name = 0;
            const auto filter = prepared_forms::get<tensor<float, cpu>>(w, &form_name, [&] {
                return std::make_shared<tensor<float, cpu>>(
                    winograd_convolution::transform_filter(w.data(), ws[0], ws[3], ws[3], ws.row_size(), true));
            });
            winograd_convolution{ys, xs, 2 - c.padding}.run(y_adjoint.data(), filter->data(), bias.empty() ? nullptr : bias.data(), out);
            return x;
        } else {
            const auto kernel = compiled_convolution::get(convolution_direction::input_gradient, xs, ws, ys, c, false, threads_available());
            const auto form = kernel->weights(w);
            const scratch working{kernel->scratch_bytes};
            kernel->kernel.execute(onednn_stream(), {{DNNL_ARG_DIFF_DST, kernel->over(kernel->y, y_adjoint.data())}, {DNNL_ARG_WEIGHTS, form->memory},
                                                     {DNNL_ARG_DIFF_SRC, kernel->over(kernel->x, out)},
                                                     {DNNL_ARG_SCRATCHPAD, kernel->working(working)}});
        }
    } else {
        const window_product<T> product{xs, ws, ys, c};
        const T *adjoint = y_adjoint.data(), *filter = w.data();
        product.for_each_sample([&](std::size_t n, T* windows) {
            product.input_gradient(adjoint + n * ys.row_size(), filter, windows, out + n * xs.row_size());
        });
    }
    add_bias(out, xs.size() / xs[3], bias);
    return x;
}

/// oneDNN's filter gradient. The batch is cut into blocks of a size that the shape alone decides, each summed by one thread, and the blocks are
/// added in order; so the sum is the same for every number of threads. w̄ of as many blocks as threads is held at a time.
inline void onednn_filter_gradient(const float* y_adjoint, const float* x, const shape& xs, const shape& ws, const shape& ys, const conv_window& c,
                                   float* out) {
    constexpr auto direction = convolution_direction::filter_gradient;
    constexpr std::size_t positions_a_block = 1024;
    const std::size_t samples = xs[0], block = std::min(samples, std::max<std::size_t>(1, positions_a_block / (ys[1] * ys[2]))),
                      blocks = (samples + block - 1) / block, rest = samples - (blocks - 1) * block;
    const auto kernel_for = [&](std::size_t n) { return compiled_convolution::get(direction, xs.with_rows(n), ws, ys.with_rows(n), c, false, 1); };
    const auto whole = kernel_for(block), last = kernel_for(rest);
    const auto& whole_w = whole->w;
    const std::size_t size = whole_w.get_size() / sizeof(float);
    require(last->w == whole_w, "conv2d: oneDNN orders the weights ", ws, " differently for ", block, " and ", rest, " samples");
    const std::size_t together = std::min<std::size_t>(blocks, static_cast<std::size_t>(threads_available()));
    const scratch total{size * sizeof(float)}, parts{together * size * sizeof(float)};
    auto *sum = static_cast<float*>(total.data()), *part = static_cast<float*>(parts.data());
    for (std::size_t first = 0; first < blocks; first += together) {
        const std::size_t count = std::min(together, blocks - first);
#pragma omp parallel for schedule(static, 1) if (count > 1)
        for (std::size_t b = 0; b < count; ++b) {
            const auto& kernel = first + b + 1 == blocks ? *last : *whole;
            const std::size_t start = (first + b) * block;
            const scratch working{kernel.scratch_bytes};
            float* target = first == 0 && b == 0 ? sum : part + b * size;
            kernel.kernel.execute(onednn_stream(), {{DNNL_ARG_DIFF_DST, kernel.over(kernel.y, y_adjoint + start * ys.row_size())},
                                                    {DNNL_ARG_SRC, kernel.over(kernel.x, x + start * xs.row_size())},
                                                    {DNNL_ARG_DIFF_WEIGHTS, kernel.over(kernel.w, target)},
                                                    {DNNL_ARG_SCRATCHPAD, kernel.working(working)}});
        }
        for (std::size_t b = first == 0 ? 1 : 0; b < count; ++b)
            for (std::size_t i = 0; i < size; ++i) sum[i] += part[b * size + i];
    }
    dnnl::memory from = whole->over(whole->w, sum), to = whole->over(whole->plain_weights, out);
    whole->reorder.execute(onednn_stream(), from, to);
}

/// The transpose of w -> convolve(x, w): ȳ [N,H',W',O], x [N,H,W,I] -> w_shape [O,kh,kw,I].
template <class T> tensor<T, cpu> convolve_filter_gradient(const tensor<T, cpu>& y_adjoint, const tensor<T, cpu>& x, const shape& w_shape,
                                                           conv_window c) {
    const shape &ys = y_adjoint.shape(), &xs = x.shape(), &ws = w_shape;
    require(convolved(xs, ws, c) == ys, "conv2d filter gradient: ", xs, " under weight ", ws, " gives ", convolved(xs, ws, c),
            " but the operand is ", ys);
    if (ys.size() == 0 || xs.size() == 0) return tensor<T, cpu>(ws);
    auto w = tensor<T, cpu>::uninitialized(ws);
    T* out = w.write();
    if constexpr (std::same_as<T, float>) {
        if (thin_ends::output(ws, c)) {
            const std::size_t columns = ws[0] * ws[1] * ws[2];
            auto windows = tensor<float, cpu>::uninitialized({xs[0], xs[1], xs[2], columns});
            thin_ends::spread(y_adjoint.data(), xs, ws, ys, c, windows.write());
            return convolve_filter_gradient(windows, x, {columns, 1, 1, ws[3]}, {}).reshaped(ws);
        }
        if (prefers_winograd(ws, ys, c, 24)) winograd_convolution{xs, ys, c.padding}.filter_gradient(y_adjoint.data(), x.data(), out);
        else onednn_filter_gradient(y_adjoint.data(), x.data(), xs, ws, ys, c, out);
    } else {
        const window_product<T> product{xs, ws, ys, c};
        const scratch windows{product.positions * product.columns * sizeof(T)};
        std::fill_n(out, ws.size(), T(0));
        for (std::size_t n = 0; n < xs[0]; ++n)
            product.filter_gradient(y_adjoint.data() + n * ys.row_size(), x.data() + n * xs.row_size(), static_cast<T*>(windows.data()), out);
    }
    return w;
}

}  // namespace ncsn
