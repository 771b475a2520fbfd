// SPDX-License-Identifier: Apache-2.0
/// \file  The convolution and its two transposes as plain sums, on a device that runs kernels: what is left where a library has no kernel.
///
/// y[n,p,o] = Σ_{t,i} w[o,t,i] x[n, s p + d t - padding, i], zero outside the image. Any extents, strides, dilations and types; every transpose
/// gathers, so results repeat bit for bit. Far from the speed of tensor cores.
#pragma once

#include <ncsn/arithmetic/elementary.hpp>
#include <ncsn/arrays/kernels/channel_sums.hpp>
#include <ncsn/arrays/windows.hpp>

namespace ncsn {

/// Which inputs belong to which outputs of a convolution.
struct convolution_geometry {
    image_extents x, y;
    std::uint32_t kernel_height, kernel_width, stride, padding, dilation;

    convolution_geometry(const shape& xs, const shape& ws, const shape& ys, const conv_window& c)
        : x{xs}, y{ys}, kernel_height{static_cast<std::uint32_t>(ws[1])}, kernel_width{static_cast<std::uint32_t>(ws[2])},
          stride{static_cast<std::uint32_t>(c.stride)}, padding{static_cast<std::uint32_t>(c.padding)},
          dilation{static_cast<std::uint32_t>(c.dilation)} {}
    /// The input under tap t of output p; beyond the image, also above it, it is not less than the extent.
    NCSN_HD std::uint32_t input(std::uint32_t p, std::uint32_t t) const { return p * stride + t * dilation - padding; }
    /// The output that has input i under tap t, or `none`.
    NCSN_HD std::uint32_t output(std::uint32_t i, std::uint32_t t, std::uint32_t outputs) const {
        const std::uint32_t start = i + padding - t * dilation;                     // wraps where there is none
        if (i + padding < t * dilation || start % stride != 0) return none;
        return start / stride < outputs ? start / stride : none;
    }
    static constexpr std::uint32_t none = 0xffffffffu;
};

/// One output: the sum over taps and packs of input channels.
template <class T, std::size_t W> struct gathered_output {
    const T *x, *w;
    T* y;
    convolution_geometry g;
    image_walk walk;

    template <class Index> NCSN_HD void operator()(Index index) const {
        const auto [n, a, b, o] = walk(index);
        const std::uint32_t channels = g.x.channels;
        computing_type<T> sum[W] = {};
        for (std::uint32_t ky = 0; ky < g.kernel_height; ++ky)
            for (std::uint32_t kx = 0; kx < g.kernel_width; ++kx) {
                const std::uint32_t iy = g.input(a, ky), ix = g.input(b, kx);
                if (iy >= g.x.height || ix >= g.x.width) continue;
                const T* from = x + g.x.at(n, iy, ix, 0);
                const T* filter = w + ((std::size_t{o} * g.kernel_height + ky) * g.kernel_width + kx) * channels;
                for (std::uint32_t i = 0; i < channels; i += W) {
                    const auto v = channel_pack<T, W>::load(from + i), f = channel_pack<T, W>::load(filter + i);
                    for (std::size_t k = 0; k < W; ++k) sum[k] = multiply_add(v.value[k], f.value[k], sum[k]);
                }
            }
        computing_type<T> total = sum[0];
        for (std::size_t k = 1; k < W; ++k) total += sum[k];
        y[index] = static_cast<T>(total);
    }
};
/// x [N,H,W,I], w [O,kh,kw,I], bias [O] or empty -> [N,H',W',O].
template <class T, KernelDevice D>
tensor<T, D> gathered_convolve(const tensor<T, D>& x, const tensor<T, D>& w, const tensor<T, D>& bias, conv_window c) {
    const shape ys = convolved(x.shape(), w.shape(), c);
    require_bias("conv2d", bias, w.shape(), ys[3]);
    auto y = tensor<T, D>::uninitialized(ys);
    T* to = y.write();
    with_pack_width<T>(x.shape()[3], [&](auto width) {
        const image_walk walk{ys, 1};
        D::launch(walk.size(), gathered_output<T, width()>{x.data(), w.data(), to, {x.shape(), w.shape(), ys, c}, walk});
    });
    add_bias(y, bias);
    return y;
}

/// The adjoint of one pack of input channels, from the outputs that saw it.
template <class T, std::size_t W> struct gathered_input {
    const T *y, *w;
    T* x;
    convolution_geometry g;
    image_walk walk;

    template <class Index> NCSN_HD void operator()(Index index) const {
        const auto [n, a, b, i] = walk(index);
        auto sum = channel_pack<T, W>::zero();
        for (std::uint32_t ky = 0; ky < g.kernel_height; ++ky)
            for (std::uint32_t kx = 0; kx < g.kernel_width; ++kx) {
                const std::uint32_t oy = g.output(a, ky, g.y.height), ox = g.output(b, kx, g.y.width);
                if (oy == g.none || ox == g.none) continue;
                const T* from = y + g.y.at(n, oy, ox, 0);
                const T* filter = w + (std::size_t{ky} * g.kernel_width + kx) * g.x.channels + i;
                const std::size_t step = std::size_t{g.kernel_height} * g.kernel_width * g.x.channels;
                for (std::uint32_t o = 0; o < g.y.channels; ++o)
                    sum.add(static_cast<computing_type<T>>(from[o]), channel_pack<T, W>::load(filter + o * step));
            }
        sum.store(x + g.x.at(n, a, b, i));
    }
};
/// ȳ [N,H',W',O], w [O,kh,kw,I], bias [I] or empty -> x_shape [N,H,W,I].
template <class T, KernelDevice D> tensor<T, D> gathered_input_gradient(const tensor<T, D>& y_adjoint, const tensor<T, D>& w, const shape& xs,
                                                                      conv_window c, const tensor<T, D>& bias = {}) {
    const shape& ys = y_adjoint.shape();
    require_convolved("conv2d transposed", xs, w.shape(), ys, c);
    require_bias("conv2d transposed", bias, w.shape(), xs[3]);
    auto x = tensor<T, D>::uninitialized(xs);
    T* to = x.write();
    with_pack_width<T>(xs[3], [&](auto width) {
        const image_walk walk{xs, width()};
        D::launch(walk.size(), gathered_input<T, width()>{y_adjoint.data(), w.data(), to, {xs, w.shape(), ys, c}, walk});
    });
    add_bias(x, bias);
    return x;
}

/// The adjoint of one pack of a filter, by a group over all samples and positions.
template <class T, std::size_t W> struct gathered_filter {
    const T *y, *x;
    T* w;
    convolution_geometry g;
    std::size_t samples;

    template <class Group> NCSN_HD void operator()(std::size_t row, const Group& group) const {
        using S = computing_type<T>;
        const std::uint32_t packs = g.x.channels / W, i = static_cast<std::uint32_t>(row % packs) * W;
        const std::size_t tap = row / packs;
        const auto kx = static_cast<std::uint32_t>(tap % g.kernel_width), ky = static_cast<std::uint32_t>(tap / g.kernel_width % g.kernel_height),
                   o = static_cast<std::uint32_t>(tap / g.kernel_width / g.kernel_height);
        sums<W, S> total{};
        for (std::size_t n = 0; n < samples; ++n) {
            total += group.sum(std::size_t{g.y.height} * g.y.width, [&, this](std::uint32_t position) {
                sums<W, S> share{};
                const std::uint32_t a = position / g.y.width, b = position % g.y.width, iy = g.input(a, ky), ix = g.input(b, kx);
                if (iy < g.x.height && ix < g.x.width) {
                    const auto adjoint = static_cast<S>(y[g.y.at(n, a, b, o)]);
                    const auto v = channel_pack<T, W>::load(x + g.x.at(n, iy, ix, i));
                    for (std::size_t k = 0; k < W; ++k) share[k] = adjoint * v.value[k];
                }
                return share;
            });
        }
        group.each(W, [&, this](std::uint32_t k) { w[row * W + k] = static_cast<T>(total[k]); });
    }
};
/// ȳ [N,H',W',O], x [N,H,W,I] -> w_shape [O,kh,kw,I].
template <class T, KernelDevice D>
tensor<T, D> gathered_filter_gradient(const tensor<T, D>& y_adjoint, const tensor<T, D>& x, const shape& ws, conv_window c) {
    const shape &ys = y_adjoint.shape(), &xs = x.shape();
    require_convolved("conv2d filter gradient", xs, ws, ys, c);
    auto w = tensor<T, D>::uninitialized(ws);
    T* to = w.write();
    with_pack_width<T>(xs[3], [&](auto width) {
        D::launch_rows(ws.size() / width(), ys[1] * ys[2], gathered_filter<T, width()>{y_adjoint.data(), x.data(), to, {xs, ws, ys, c}, xs[0]});
    });
    return w;
}

/// [R, C] as [rows, columns]: cut, or with zeros after the last row and column.
template <class T> struct fitted_rows {
    const T* from;
    T* to;
    fast_divmod columns;
    std::size_t rows_given, columns_given;
    template <class Index> NCSN_HD void operator()(Index index) const {
        const Index row = columns.quotient(index), column = index - row * static_cast<Index>(columns.divisor());
        to[index] = row < rows_given && column < columns_given ? from[std::size_t{row} * columns_given + column] : T(0);
    }
};
/// x with other extents of the first and the last axis: cut, or filled up with zeros.
template <class T, KernelDevice D> tensor<T, D> with_ends(const tensor<T, D>& x, std::size_t first, std::size_t last) {
    shape s = x.shape();
    if (s[0] == first && s.back() == last) return x;
    const std::size_t given = s.back(), rows = given == 0 ? 0 : x.size() / given;
    s[0] = first;
    s[s.rank() - 1] = last;
    auto y = tensor<T, D>::uninitialized(s);
    if (y.size() > 0) D::launch(y.size(), fitted_rows<T>{x.data(), y.write(), fast_divmod{last}, rows, given});
    return y;
}

}  // namespace ncsn
