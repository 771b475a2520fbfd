// SPDX-License-Identifier: Apache-2.0
/// \file  Convolution, pooling, resizing and instance norm++ of images [N, H, W, C], differentiable in every mode.
#pragma once

#include <ncsn/arrays/convolution.hpp>
#include <ncsn/arrays/normalization.hpp>
#include <ncsn/arrays/resampling.hpp>
#include <ncsn/autodiff/structure.hpp>

namespace ncsn {

struct conv2d_op {
    conv_window window;
    template <Array A> A apply(const A& x, const A& w) const { return convolve(x, w, A{}, window); }
    template <Array A> A left(const A& adjoint, const A& x, const A& w) const { return convolve_input_gradient(adjoint, w, x.shape(), window); }
    template <Array A> A right(const A& adjoint, const A& x, const A& w) const { return convolve_filter_gradient(adjoint, x, w.shape(), window); }
};
/// The transpose of conv2d in its image, as an operation of its own; `extra` rows and columns settle the size a stride leaves open.
struct conv_transpose2d_op {
    conv_window window;
    std::size_t extra;
    shape result(const shape& x, const shape& w) const {
        const auto grown = [&](std::size_t extent, std::size_t size) {
            const std::size_t reach = (extent - 1) * window.stride + window.dilation * (size - 1) + 1 + extra;
            require(extent > 0 && size > 0 && reach > 2 * window.padding, "conv_transpose2d: x ", x, " under weight ", w,
                    " leaves nothing after padding ", window.padding);
            return reach - 2 * window.padding;
        };
        return {x[0], grown(x[1], w[1]), grown(x[2], w[2]), w[3]};
    }
    template <Array A> A apply(const A& x, const A& w) const { return convolve_input_gradient(x, w, result(x.shape(), w.shape()), window); }
    template <Array A> A left(const A& adjoint, const A&, const A& w) const { return convolve(adjoint, w, A{}, window); }
    template <Array A> A right(const A& adjoint, const A& x, const A& w) const { return convolve_filter_gradient(x, adjoint, w.shape(), window); }
};
struct average_pool_op {
    pool_window window;
    template <Array A> A apply(const A& x) const { return average_pool(x, window); }
    template <Array A> A transpose(const A& y, const shape& s) const { return average_pool_transpose(y, s, window); }
};
/// A choice of elements, fixed beforehand; max_pool makes it from the plain value.
template <Device D> struct gather_op {
    pool_choice<D> choice;
    shape to;
    template <Array A> A apply(const A& x) const { return gather(x, choice, to); }
    template <Array A> A transpose(const A& y, const shape& s) const { return scatter_add(y, choice, s); }
};
template <Device D> gather_op(pool_choice<D>, shape) -> gather_op<D>;
struct resize_bilinear_op {
    std::size_t height, width;
    alignment on = alignment::corners;
    template <Array A> A apply(const A& x) const { return resize_bilinear(x, height, width, on); }
    template <Array A> A transpose(const A& y, const shape& s) const { return resize_bilinear_transpose(y, s, on); }
};
struct resize_nearest_op {
    std::size_t factor;
    template <Array A> A apply(const A& x) const { return resize_nearest(x, factor); }
    template <Array A> A transpose(const A& y, const shape&) const { return resize_nearest_transpose(y, factor); }
};
struct pad_op {
    std::size_t before, after;
    template <Array A> A apply(const A& x) const { return padded(x, before, after); }
    template <Array A> A transpose(const A& y, const shape&) const { return cropped(y, before, after); }
};
struct crop_op {
    std::size_t before, after;
    template <Array A> A apply(const A& x) const { return cropped(x, before, after); }
    template <Array A> A transpose(const A& y, const shape&) const { return padded(y, before, after); }
};

/// Cross-correlation with zero padding:  x [N,H,W,I], w [O,kh,kw,I] -> [N,H',W',O].
template <Differentiable X, Differentiable W> auto conv2d(const X& x, const W& w, conv_window window = {}) {
    return bilinear(conv2d_op{window}, x, w);
}
/// The same with a bias [O], which costs no pass of its own.
template <Differentiable X, Differentiable W, Differentiable B> auto conv2d(const X& x, const W& w, const B& bias, conv_window window = {}) {
    if constexpr (is_dual<W> || is_dual<B>) return conv2d(x, w, window) + bias;
    else if constexpr (is_dual<X>) return dual{conv2d(x.value, w, bias, window), conv2d(x.tangent, w, window)};
    else if constexpr (is_var<X> || is_var<W> || is_var<B>) {
        using A = array_under_t<X>;
        return recorded(
            convolve(plain(x), plain(w), plain(bias), window), tape_of(x, w, bias),
            [op = conv2d_op{window}, to_x = node_of(x), to_w = node_of(w), to_b = node_of(bias), a = plain(x), b = plain(w)](const A& adjoint) {
                if (to_x) to_x.accumulate(op.left(adjoint, a, b));
                if (to_w) to_w.accumulate(op.right(adjoint, a, b));
                if (to_b) to_b.accumulate(convolve_bias_gradient(adjoint));
            });
    } else return convolve(x, w, bias, window);
}
/// Transposed convolution:  x [N,H,W,I], w [I,kh,kw,O] -> [N,H',W',O] with H' = (H-1) stride + dilation (kh-1) + 1 - 2 padding + extra.
template <Differentiable X, Differentiable W> auto conv_transpose2d(const X& x, const W& w, conv_window window = {}, std::size_t extra = 0) {
    require(shape_of(x).rank() == 4 && shape_of(w).rank() == 4 && shape_of(x)[3] == shape_of(w)[0], "conv_transpose2d: x is ", shape_of(x),
            " but weight is ", shape_of(w), "; [N,H,W,in] and [in,kh,kw,out] were expected");
    return bilinear(conv_transpose2d_op{window, extra}, x, w);
}

/// The mean over windows, zeros of the padding counted.
template <Differentiable X>
    requires(!Array<X>)
X average_pool(const X& x, pool_window window) {
    return linear_map(average_pool_op{window}, x);
}
/// The mean over what of each window lies inside the image: TensorFlow's mean pool with "same" padding.
template <Differentiable X> X average_pool_inside(const X& x, pool_window window) {
    const shape& s = shape_of(x);
    require(s.rank() == 4, "pool: x is ", s, "; [N,H,W,C] was expected");
    using A = array_under_t<X>;
    const A ones({1, s[1], s[2], 1}, static_cast<typename A::value_type>(1)), inside = average_pool(ones, window);   // the share of each window
    return average_pool(x, window) * reciprocal(inside);
}
/// The largest element of each window.
template <Differentiable X> X max_pool(const X& x, pool_window window) {
    return linear_map(gather_op{max_pool_index(plain(x), window), pooled(shape_of(x), window)}, x);
}
/// Bilinear interpolation to height x width.
template <Differentiable X>
    requires(!Array<X>)
X resize_bilinear(const X& x, std::size_t height, std::size_t width, alignment on = alignment::corners) {
    if (shape_of(x)[1] == height && shape_of(x)[2] == width) return x;
    return linear_map(resize_bilinear_op{height, width, on}, x);
}
/// Every pixel repeated factor x factor times.
template <Differentiable X>
    requires(!Array<X>)
X resize_nearest(const X& x, std::size_t factor) {
    return linear_map(resize_nearest_op{factor}, x);
}
/// Zero rows and columns round every image: `before` above and left of it, `after` below and right.
template <Differentiable X>
    requires(!Array<X>)
X padded(const X& x, std::size_t before, std::size_t after) {
    return linear_map(pad_op{before, after}, x);
}
/// The image without that many rows and columns.
template <Differentiable X>
    requires(!Array<X>)
X cropped(const X& x, std::size_t before, std::size_t after) {
    return linear_map(crop_op{before, after}, x);
}

}  // namespace ncsn
