// SPDX-License-Identifier: Apache-2.0
/// \file  Mean and maximum pools of NHWC images on a device that runs kernels, each with its transpose. Every transpose gathers: each input collects
/// from the outputs that concern it, in a fixed order, so results repeat bit for bit.
#pragma once

#include <ncsn/arrays/kernels/channel_pack.hpp>
#include <ncsn/arrays/kernels/launch.hpp>
#include <ncsn/arrays/pool_choice.hpp>

namespace ncsn {

/// [first, last) along one axis of an image.
struct index_range { std::uint32_t first, last; };

/// Inputs that a window reaches from output o.
struct window_reach {
    std::uint32_t size, stride, padding, inputs;
    window_reach(const pool_window& p, std::size_t inputs_)
        : size{static_cast<std::uint32_t>(p.size)}, stride{static_cast<std::uint32_t>(p.stride)}, padding{static_cast<std::uint32_t>(p.padding)},
          inputs{static_cast<std::uint32_t>(inputs_)} {}
    NCSN_HD index_range operator()(std::uint32_t o) const {
        const std::uint32_t start = o * stride, end = start + size, open = end > padding ? end - padding : 0;
        return {start > padding ? start - padding : 0, open < inputs ? open : inputs};
    }
};
/// Outputs whose window reaches input i.
struct window_cover {
    std::uint32_t size, stride, padding, outputs;
    window_cover(const pool_window& p, std::size_t outputs_)
        : size{static_cast<std::uint32_t>(p.size)}, stride{static_cast<std::uint32_t>(p.stride)}, padding{static_cast<std::uint32_t>(p.padding)},
          outputs{static_cast<std::uint32_t>(outputs_)} {}
    NCSN_HD index_range operator()(std::uint32_t i) const {
        const std::uint32_t at = i + padding, open = at / stride + 1;
        return {at < size ? 0 : (at - size) / stride + 1, open < outputs ? open : outputs};
    }
};

/// to[n,a,b] = scale Σ from[n,a',b'] over a' in rows(a), b' in columns(b), for Strip outputs below each other: the sum along a row of inputs serves
/// all windows that contain it, so a 5x5 window costs 10 loads an output instead of 25.
template <class T, std::size_t W, std::uint32_t Strip, class Reach> struct rectangle_sums {
    const T* from;
    T* to;
    image_extents in, out;
    image_walk walk;
    Reach rows, columns;
    computing_type<T> scale;

    template <class Index> NCSN_HD void operator()(Index index) const {
        const auto [n, top, b, c] = walk(index);
        const index_range across = columns(b);
        index_range down[Strip];
        channel_pack<T, W> sums[Strip];
        for (std::uint32_t j = 0; j < Strip; ++j) {
            down[j] = rows(top + j < out.height ? top + j : out.height - 1);
            sums[j] = channel_pack<T, W>::zero();
        }
        for (std::uint32_t y = down[0].first; y < down[Strip - 1].last; ++y) {
            auto line = channel_pack<T, W>::zero();
            const T* source = from + in.at(n, y, across.first, c);
            for (std::uint32_t x = across.first; x < across.last; ++x, source += in.channels) line += channel_pack<T, W>::load(source);
            for (std::uint32_t j = 0; j < Strip; ++j)
                if (y >= down[j].first && y < down[j].last) sums[j] += line;
        }
        for (std::uint32_t j = 0; j < Strip; ++j)
            if (top + j < out.height) sums[j].times(scale).store(to + out.at(n, top + j, b, c));
    }
};
template <class Reach, class T, KernelDevice D>
void sum_over_rectangles(const tensor<T, D>& from, tensor<T, D>& to, const Reach& rows, const Reach& columns, double scale, bool overlapping) {
    const T* in = from.data();
    T* out = to.write();
    const shape &is = from.shape(), &os = to.shape();
    with_pack_width<T>(os[3], [&](auto width) {
        const auto start = [&](auto strip) {
            const image_walk walk{os, width(), strip()};
            D::launch(walk.size(), rectangle_sums<T, width(), strip(), Reach>{in, out, is, os, walk, rows, columns,
                                                                              static_cast<computing_type<T>>(scale)});
        };
        if (overlapping) start(std::integral_constant<std::uint32_t, 4>{});
        else start(std::integral_constant<std::uint32_t, 1>{});
    });
}

/// Mean over each window; zeros of the padding count, so the divisor is always size².   x [N,H,W,C] -> [N,H',W',C].
template <class T, KernelDevice D> tensor<T, D> average_pool(const tensor<T, D>& x, const pool_window& p) {
    const shape &xs = x.shape(), ys = pooled(xs, p);
    auto y = tensor<T, D>::uninitialized(ys);
    sum_over_rectangles(x, y, window_reach{p, xs[1]}, window_reach{p, xs[2]}, 1. / static_cast<double>(p.size * p.size), p.stride < p.size);
    return y;
}
/// Its transpose: every input collects from the windows that cover it.
template <class T, KernelDevice D> tensor<T, D> average_pool_transpose(const tensor<T, D>& y, const shape& xs, const pool_window& p) {
    const shape& ys = y.shape();
    require(pooled(xs, p) == ys, "average pool transposed: ", xs, " gives ", pooled(xs, p), " but the operand is ", ys);
    auto x = tensor<T, D>::uninitialized(xs);
    sum_over_rectangles(y, x, window_cover{p, ys[1]}, window_cover{p, ys[2]}, 1. / static_cast<double>(p.size * p.size), p.stride < p.size);
    return x;
}

/// The place of the first maximum of a window, or of its first NaN.
template <class T> struct window_maximum {
    const T* x;
    std::uint32_t* choice;
    image_extents in;
    image_walk walk;
    window_reach rows, columns;

    template <class Index> NCSN_HD void operator()(Index index) const {
        const auto [n, a, b, c] = walk(index);
        const index_range down = rows(a), across = columns(b);
        std::size_t best = in.at(n, down.first, across.first, c);
        auto largest = static_cast<computing_type<T>>(x[best]);
        for (std::uint32_t iy = down.first; iy < down.last; ++iy)
            for (std::uint32_t ix = across.first; ix < across.last; ++ix) {
                const std::size_t at = in.at(n, iy, ix, c);
                const auto value = static_cast<computing_type<T>>(x[at]);
                if (value > largest || (value != value && largest == largest)) {
                    best = at;
                    largest = value;
                }
            }
        choice[index] = static_cast<std::uint32_t>(best);
    }
};
template <class T, KernelDevice D> pool_choice<D> max_pool_index(const tensor<T, D>& x, const pool_window& p) {
    const shape &xs = x.shape(), ys = max_pooled(xs, p);
    pool_choice<D> choice{tensor<std::uint32_t, D>::uninitialized(ys), p};
    D::launch(ys.size(), window_maximum<T>{x.data(), choice.index.write(), xs, {ys, 1}, {p, xs[1]}, {p, xs[2]}});
    return choice;
}

template <class T> struct gather_chosen {
    const T* x;
    const std::uint32_t* choice;
    T* y;
    template <class Index> NCSN_HD void operator()(Index k) const { y[k] = x[choice[k]]; }
};
/// y[k] = x[index[k]].
template <class T, KernelDevice D> tensor<T, D> gather(const tensor<T, D>& x, const pool_choice<D>& choice, const shape& ys) {
    require(choice.index.size() == ys.size(), "gather: ", choice.index.size(), " indices for shape ", ys);
    auto y = tensor<T, D>::uninitialized(ys);
    D::launch(ys.size(), gather_chosen<T>{x.data(), choice.index.data(), y.write()});
    return y;
}

/// Every input asks the windows that cover it whether they chose it.
template <class T> struct collect_chosen {
    const T* y;
    const std::uint32_t* choice;
    T* x;
    image_extents out;
    image_walk walk;
    window_cover rows, columns;

    template <class Index> NCSN_HD void operator()(Index index) const {
        const auto [n, a, b, c] = walk(index);
        const index_range down = rows(a), across = columns(b);
        computing_type<T> sum = 0;
        for (std::uint32_t oy = down.first; oy < down.last; ++oy)
            for (std::uint32_t ox = across.first; ox < across.last; ++ox) {
                const std::size_t at = out.at(n, oy, ox, c);
                if (choice[at] == index) sum += static_cast<computing_type<T>>(y[at]);
            }
        x[index] = static_cast<T>(sum);
    }
};
/// Its transpose: x[index[k]] += y[k].
template <class T, KernelDevice D> tensor<T, D> scatter_add(const tensor<T, D>& y, const pool_choice<D>& choice, const shape& xs) {
    const shape ys = max_pooled(xs, choice.window);
    require(choice.index.size() == y.size() && ys.size() == y.size(), "scatter_add: ", choice.index.size(), " indices for ", y.shape());
    auto x = tensor<T, D>::uninitialized(xs);
    D::launch(xs.size(), collect_chosen<T>{y.data(), choice.index.data(), x.write(), ys, {xs, 1}, {choice.window, ys[1]}, {choice.window, ys[2]}});
    return x;
}

}  // namespace ncsn
