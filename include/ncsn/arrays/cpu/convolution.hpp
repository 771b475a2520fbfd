// SPDX-License-Identifier: Apache-2.0
/// \file  The convolution, its transpose in the image and its transpose in the filter, on the host.
///
/// y[n,p,o] = b[o] + Σ_{t,i} w[o,t,i] x[n, s p + d t - padding, i], zero outside the image. All three are bilinear in (x, w) and adjoint to each
/// other: <ȳ, y> = <x̄, x> = <w̄, w>. Single precision runs through oneDNN's direct kernels, or through Winograd's algorithm where that is quicker
/// (a rule on shapes alone: runs repeat); other types through gathered windows. No result depends on the number of threads.
#pragma once

#include <ncsn/arrays/cpu/channel_sums.hpp>
#include <ncsn/arrays/cpu/direct_convolution.hpp>
#include <ncsn/arrays/cpu/thin_ends.hpp>
#include <ncsn/arrays/cpu/window_product.hpp>
#include <ncsn/arrays/cpu/winograd_gradient.hpp>

#include <algorithm>
#include <concepts>
#include <memory>
#include <vector>

namespace ncsn {

/// Where Winograd's algorithm is quicker than the direct one (docs/decisions/convolution.md). The number of samples has no say, so that a sample's
/// bits are the same in every batch; the filter gradient needs `least` channels on both sides to pay for its transforms.
inline bool prefers_winograd(const shape& w, const shape& y, const conv_window& c, std::size_t least = 16) {
    constexpr std::size_t least_extent = 5;                                         // four tiles an image
    return cpu::winograd && w[1] == 3 && w[2] == 3 && c.stride == 1 && c.dilation == 1 && c.padding <= 2 && std::min(w[0], w[3]) >= least &&
           std::min(y[1], y[2]) >= least_extent;
}

/// winograd_filter of w, kept beside it for the next call.
inline std::shared_ptr<const tensor<float, cpu>> packed_winograd_filter(const tensor<float, cpu>& w, bool transposed) {
    static const char ways[2]{};
    return packed_weight_cache::get<tensor<float, cpu>>(w, &ways[transposed],
                                                   [&] { return std::make_shared<tensor<float, cpu>>(winograd_filter(w, transposed)); });
}

/// x [N,H,W,I], w [O,kh,kw,I], bias [O] or empty -> [N,H',W',O].
template <class T> tensor<T, cpu> convolve(const tensor<T, cpu>& x, const tensor<T, cpu>& w, const tensor<T, cpu>& bias, conv_window c) {
    const shape ys = convolved(x.shape(), w.shape(), c), &xs = x.shape(), &ws = w.shape();
    require_bias("conv2d", bias, ws, ws[0]);
    auto y = tensor<T, cpu>::uninitialized(ys);
    if (y.size() == 0) return y;
    T* out = y.write();
    if constexpr (std::same_as<T, float>) {
        if (thin_ends::output(ws, c)) {
            const auto products = convolve(x, w.reshaped({ws[0] * ws[1] * ws[2], 1, 1, ws[3]}), {}, {});
            thin_ends::collect(products.data(), xs, ws, ys, c, out);
            add_bias(out, ys.size() / ys[3], bias);
        } else if (prefers_winograd(ws, ys, c))
            winograd_convolution({xs, ys, c.padding}, x.data(), packed_winograd_filter(w, false)->data(),
                                 bias.empty() ? nullptr : bias.data(), out);
        else direct_convolution(x, w, bias, ys, in_full(c), out);
    } else {
        const window_product<T> product{xs, ws, ys, c};
        const std::vector<T> filter = product.transposed(w.data());
        product.for_each_sample([&, image = x.data()](std::size_t n, T* windows) {
            product.forward(image + n * xs.row_size(), filter.data(), windows, out + n * ys.row_size());
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
    require_convolved("conv2d transposed", xs, ws, ys, c);
    require_bias("conv2d transposed", bias, ws, ws[3]);
    auto x = tensor<T, cpu>::uninitialized(xs);
    if (x.size() == 0) return x;
    T* out = x.write();
    if constexpr (std::same_as<T, float>) {
        if (thin_ends::input(ws)) {
            const std::size_t columns = ws[1] * ws[2] * ws[3];
            const auto products = convolve_input_gradient(y_adjoint, w.reshaped({ws[0], 1, 1, columns}), {ys[0], ys[1], ys[2], columns}, {});
            thin_ends::scatter(products.data(), xs, ws, ys, c, out);
        } else if (prefers_winograd(ws, xs, c)) {                                   // the convolution of ȳ with the filter turned by half a turn
            winograd_convolution({ys, xs, 2 - c.padding}, y_adjoint.data(), packed_winograd_filter(w, true)->data(),
                                 bias.empty() ? nullptr : bias.data(), out);
            return x;
        } else direct_input_gradient(y_adjoint, w, xs, c, out);
    } else {
        const window_product<T> product{xs, ws, ys, c};
        product.for_each_sample([&, adjoint = y_adjoint.data(), filter = w.data()](std::size_t n, T* windows) {
            product.input_gradient(adjoint + n * ys.row_size(), filter, windows, out + n * xs.row_size());
        });
    }
    add_bias(out, xs.size() / xs[3], bias);
    return x;
}

/// The transpose of w -> convolve(x, w): ȳ [N,H',W',O], x [N,H,W,I] -> w_shape [O,kh,kw,I].
template <class T> tensor<T, cpu> convolve_filter_gradient(const tensor<T, cpu>& y_adjoint, const tensor<T, cpu>& x, const shape& w_shape,
                                                           conv_window c) {
    const shape &ys = y_adjoint.shape(), &xs = x.shape(), &ws = w_shape;
    require_convolved("conv2d filter gradient", xs, ws, ys, c);
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
        if (prefers_winograd(ws, ys, c, 24)) winograd_filter_gradient{{xs, ys, c.padding}}.run(y_adjoint.data(), x.data(), out);
        else direct_filter_gradient(y_adjoint, x, ws, c, out);
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
