// SPDX-License-Identifier: Apache-2.0
/// \file  How the window of a convolution or a pooling moves over an image, and the extents that come out.
#pragma once

#include <ncsn/arrays/shape.hpp>

namespace ncsn {

/// Throws unless images of the first extents can be brought to others: something has to lie between two corners.
inline void require_resizable(const char* operation, const shape& x, std::size_t height, std::size_t width) {
    require(x.rank() == 4 && x[1] > 0 && x[2] > 0 && height > 0 && width > 0, operation, ": x is ", x, ", to ", height, " x ", width,
            "; [N,H,W,C] and extents above 0 were expected");
}

/// A convolution's window: positions between two windows, zeros added on every side, distance between two taps.
struct conv_window {
    std::size_t stride = 1, padding = 0, dilation = 1;
    friend bool operator==(const conv_window&, const conv_window&) = default;
};

/// The same in full: zeros that differ from side to side, and channels in groups that do not see each other (as many groups as channels: a depthwise
/// convolution). For networks that are only evaluated; nothing is differentiated through it.
struct grouped_window {
    std::size_t stride = 1, dilation = 1, groups = 1;
    std::size_t top = 0, bottom = 0, left = 0, right = 0;  ///< zeros
};
inline grouped_window in_full(const conv_window& c) { return {c.stride, c.dilation, 1, c.padding, c.padding, c.padding, c.padding}; }

/// What is done to every sum of such a convolution: nothing, max(0, y), or min(max(0, y), 6).
enum class activation { none, rectified, rectified_to_6 };
template <class T> T activated(T y, activation by) {
    const T positive = by == activation::none || !(y < 0) ? y : T(0);
    return by == activation::rectified_to_6 && positive > 6 ? T(6) : positive;
}

/// How an image of other extents lies on the one it is interpolated from. `corners`: corner pixel on corner pixel, so that output o of m looks at
/// o (n-1)/(m-1) of n inputs (PyTorch: align_corners = True). `edges`: the whole area on the whole area, at (o + ½) n/m - ½, which beyond the
/// outermost inputs is these (TensorFlow's half-pixel centres, PyTorch's default).
enum class alignment { corners, edges };

/// A square pooling window.
struct pool_window {
    std::size_t size = 2, stride = 2, padding = 0;
    friend bool operator==(const pool_window&, const pool_window&) = default;
};

/// Extent of one axis after a window of `size` taps `dilation` apart.
inline std::size_t windowed(const char* operation, std::size_t extent, std::size_t size, std::size_t stride, std::size_t padding,
                            std::size_t dilation) {
    require(stride > 0 && size > 0 && dilation > 0, operation, ": size ", size, ", stride ", stride, ", dilation ", dilation,
            "; all must be positive");
    const std::size_t reach = extent_of(operation, dilation, size - 1, 1), room = extent_of(operation, 2, padding, extent);
    require(room >= reach, operation, ": a window that reaches over ", reach, " positions does not fit an extent of ", extent,
            " with padding ", padding);
    return (room - reach) / stride + 1;
}

/// x [N,H,W,I] under w [O,kh,kw,I] gives [N,H',W',O].
inline shape convolved(const shape& x, const shape& w, const conv_window& c) {
    require(x.rank() == 4 && w.rank() == 4, "conv2d: x is ", x, " and weight is ", w, "; [N,H,W,in] and [out,kh,kw,in] were expected");
    require(x[3] == w[3], "conv2d: x is ", x, " but weight is ", w, "; input channels differ (", x[3], ", ", w[3], ")",
            x[1] == w[3] ? "; x looks like [N,C,H,W], and images are [N,H,W,C] here" : "");
    return {x[0], windowed("conv2d", x[1], w[1], c.stride, c.padding, c.dilation),
            windowed("conv2d", x[2], w[2], c.stride, c.padding, c.dilation), w[0]};
}

/// x [N,H,W,I] under w [O,kh,kw,I/groups] gives [N,H',W',O].
inline shape convolved(const shape& x, const shape& w, const grouped_window& c) {
    require(x.rank() == 4 && w.rank() == 4, "conv2d: x is ", x, " and weight is ", w, "; [N,H,W,in] and [out,kh,kw,in/groups] were expected");
    require(c.groups > 0 && x[3] % c.groups == 0 && w[0] % c.groups == 0 && x[3] / c.groups == w[3], "conv2d: x is ", x, " but weight is ", w,
            " in ", c.groups, " groups; input channels differ (", x[3], ", ", c.groups, " x ", w[3], ")",
            x[1] == c.groups * w[3] ? "; x looks like [N,C,H,W], and images are [N,H,W,C] here" : "");
    const auto extent = [&](std::size_t axis, std::size_t before, std::size_t after) {
        const std::size_t all = extent_of("conv2d", 1, x[axis], extent_of("conv2d", 1, before, after));
        return windowed("conv2d", all, w[axis], c.stride, 0, c.dilation);
    };
    return {x[0], extent(1, c.top, c.bottom), extent(2, c.left, c.right), w[0]};
}

/// That x under w gives y, for `operation`, which goes back from y.
inline void require_convolved(const char* operation, const shape& x, const shape& w, const shape& y, const conv_window& c) {
    const shape found = convolved(x, w, c);
    require(found == y, operation, ": ", x, " under weight ", w, " gives ", found, " but the operand is ", y);
}
/// That a bias is empty or [channels].
template <class A> void require_bias(const char* operation, const A& bias, const shape& w, std::size_t channels) {
    require(bias.empty() || bias.size() == channels, operation, ": bias is ", bias.shape(), " but weight is ", w, "; [", channels, "] was expected");
}

/// x [N,H,W,C] under a pooling window gives [N,H',W',C].
inline shape pooled(const shape& x, const pool_window& p) {
    require(x.rank() == 4, "pool: x is ", x, "; [N,H,W,C] was expected");
    return {x[0], windowed("pool", x[1], p.size, p.stride, p.padding, 1), windowed("pool", x[2], p.size, p.stride, p.padding, 1), x[3]};
}

}  // namespace ncsn
