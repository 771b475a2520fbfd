// SPDX-License-Identifier: Apache-2.0
/// \file  The convolutions of networks that are only evaluated, on the host: any zeros round the image, groups of channels, and what follows the sum.
#pragma once

#include <ncsn/arrays/cpu/convolution.hpp>

#include <algorithm>

namespace ncsn {

/// y[n,p,o] = f(b[o] + Σ_{t,i} w[o,t,i] x[n, s p + d t - (top, left), g(o) I/G + i] + a[n,p,o]), zero outside the image; f is the activation, g(o)
/// the group of o, a what is added (empty: nothing).   x [N,H,W,I], w [O,kh,kw,I/G], bias [O] or empty -> [N,H',W',O].
/// Value only. No result depends on the number of threads. Single precision by oneDNN; other types by sums as written, for comparisons.
template <class T> tensor<T, cpu> convolve(const tensor<T, cpu>& x, const tensor<T, cpu>& w, const tensor<T, cpu>& bias, const grouped_window& c,
                                           activation bend, const tensor<T, cpu>& added = {}) {
    const shape ys = convolved(x.shape(), w.shape(), c), &xs = x.shape(), &ws = w.shape();
    require_bias("conv2d", bias, ws, ws[0]);
    require(added.empty() || added.shape() == ys, "conv2d: ", added.shape(), " is to be added to ", ys, "; the same extents were expected");
    auto y = tensor<T, cpu>::uninitialized(ys);
    if (y.size() == 0) return y;
    T* out = y.write();
    if constexpr (std::same_as<T, float>) {
        const bool even = c.groups == 1 && c.top == c.bottom && c.left == c.right && c.top == c.left && added.empty();
        if (even && prefers_winograd(ws, ys, {c.stride, c.top, c.dilation})) {
            winograd_convolution({xs, ys, c.top}, x.data(), packed_winograd_filter(w, false)->data(), bias.empty() ? nullptr : bias.data(), out);
            if (bend == activation::none) return y;
            for_each_block(y.size(), parallel_grain, [=](std::size_t begin, std::size_t end) {
                for (std::size_t k = begin; k < end; ++k) out[k] = activated(out[k], bend);
            });
            return y;
        }
        if (!added.empty()) std::copy_n(added.data(), added.size(), out);
        direct_convolution(x, w, bias, ys, c, out, {bend, !added.empty()});
    } else {
        const std::size_t outputs = ws[0] / c.groups, inputs = ws[3], columns = ws[1] * ws[2] * inputs;
        const T *image = x.data(), *filter = w.data();
        for_each_job(ys[0] * ys[1], ys.size() * columns, [&](std::size_t line, std::size_t) {
            const std::size_t oy = line % ys[1], first = oy * c.stride;
            const T* from = image + line / ys[1] * xs.row_size();
            T* to = out + line * ys[2] * ys[3];
            for (std::size_t p = 0; p < ys[2]; ++p)
                for (std::size_t o = 0; o < ys[3]; ++o) to[p * ys[3] + o] = bias.empty() ? T(0) : bias[o];
            for (std::size_t ky = 0; ky < ws[1]; ++ky) {
                const std::size_t iy = first + ky * c.dilation - c.top;             // wraps around when it is outside
                if (iy >= xs[1]) continue;
                for (std::size_t p = 0; p < ys[2]; ++p)
                    for (std::size_t kx = 0; kx < ws[2]; ++kx) {
                        const std::size_t ix = p * c.stride + kx * c.dilation - c.left;
                        if (ix >= xs[2]) continue;
                        for (std::size_t o = 0; o < ys[3]; ++o) {
                            const T *a = from + (iy * xs[2] + ix) * xs[3] + o / outputs * inputs;
                            const T *b = filter + o * columns + (ky * ws[2] + kx) * inputs;
                            T sum = 0;
                            for (std::size_t i = 0; i < inputs; ++i) sum += a[i] * b[i];
                            to[p * ys[3] + o] += sum;
                        }
                    }
            }
            const T* more = added.empty() ? nullptr : added.data() + line * ys[2] * ys[3];
            for (std::size_t k = 0; k < ys[2] * ys[3]; ++k) to[k] = activated(more ? to[k] + more[k] : to[k], bend);
        });
    }
    return y;
}

}  // namespace ncsn
