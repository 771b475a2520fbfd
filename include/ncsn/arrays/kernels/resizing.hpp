// SPDX-License-Identifier: Apache-2.0
/// \file  Resizing of NHWC images on a device that runs kernels, each kind with its transpose.
#pragma once

#include <ncsn/arrays/kernels/pooling.hpp>

#include <type_traits>

namespace ncsn {

/// Corners on corners along one axis: output o lies at o (inputs - 1) / (outputs - 1), between two inputs.
struct corner_places {
    std::uint32_t inputs, outputs;

    NCSN_HD std::uint32_t gaps() const { return outputs > 1 ? outputs - 1 : 1; }
    /// The place of an output, in units of 1 / gaps().
    NCSN_HD std::uint64_t place(std::uint32_t o) const { return std::uint64_t{o} * (inputs - 1); }
    /// Outputs that look at input i: those strictly between its neighbours.
    NCSN_HD index_range seen_by(std::uint32_t i) const {
        if (inputs == 1) return {0, outputs};
        const std::uint64_t before = i == 0 ? 0 : std::uint64_t{i - 1} * gaps() / (inputs - 1) + 1;
        const std::uint64_t after = (std::uint64_t{i + 1} * gaps() + inputs - 2) / (inputs - 1);
        return {static_cast<std::uint32_t>(before), static_cast<std::uint32_t>(after < outputs ? after : outputs)};
    }
};
/// Area on area: output o lies at (o + ½) inputs / outputs - ½, not below 0.
struct edge_places {
    std::uint32_t inputs, outputs;

    NCSN_HD std::uint32_t gaps() const { return 2 * outputs; }
    NCSN_HD std::uint64_t place(std::uint32_t o) const {
        const std::uint64_t middle = (2 * std::uint64_t{o} + 1) * inputs;
        return middle > outputs ? middle - outputs : 0;
    }
    /// Outputs o with i - 1 < place < i + 1, and at the ends those beyond.
    NCSN_HD index_range seen_by(std::uint32_t i) const {
        const std::uint64_t twice = 2 * std::uint64_t{inputs}, from = (2 * std::uint64_t{i} - (i > 0)) * outputs,
                            to = (2 * std::uint64_t{i} + 3) * outputs;
        const std::uint64_t before = i == 0 || from < inputs ? 0 : (from - inputs) / twice + 1;
        const std::uint64_t after = i + 1 == inputs ? outputs : to <= inputs ? 0 : (to - inputs + twice - 1) / twice;
        return {static_cast<std::uint32_t>(before), static_cast<std::uint32_t>(after < outputs ? after : outputs)};
    }
};
/// What outputs at those places take from inputs.
template <class Places> struct interpolation_of : Places {
    NCSN_HD std::uint32_t first(std::uint32_t o) const {
        const auto at = static_cast<std::uint32_t>(this->place(o) / this->gaps());
        return at < this->inputs ? at : this->inputs - 1;
    }
    NCSN_HD std::uint32_t second(std::uint32_t o) const { return first(o) + 1 < this->inputs ? first(o) + 1 : this->inputs - 1; }
    /// How near the second.
    template <class R> NCSN_HD R weight(std::uint32_t o) const {
        return static_cast<R>(static_cast<std::uint32_t>(this->place(o) % this->gaps())) / static_cast<R>(this->gaps());
    }
    /// The share of input i in output o, one of those that it is seen by.
    template <class R> NCSN_HD R share(std::uint32_t i, std::uint32_t o) const {
        const R near = weight<R>(o);
        return (first(o) == i ? 1 - near : R(0)) + (second(o) == i ? near : R(0));
    }
};

template <class T, std::size_t W, class Places> struct interpolate {
    const T* x;
    T* y;
    image_extents in, out;
    image_walk walk;
    interpolation_of<Places> rows, columns;

    template <class Index> NCSN_HD void operator()(Index index) const {
        using R = computing_type<T>;
        const auto [n, a, b, c] = walk(index);
        const std::uint32_t top = rows.first(a), bottom = rows.second(a), left = columns.first(b), right = columns.second(b);
        const R v = rows.template weight<R>(a), h = columns.template weight<R>(b);
        const auto load = [&, n = n, c = c](std::uint32_t iy, std::uint32_t ix) { return channel_pack<T, W>::load(x + in.at(n, iy, ix, c)); };
        const auto above_left = load(top, left), above_right = load(top, right), below_left = load(bottom, left), below_right = load(bottom, right);
        channel_pack<T, W> result;
        for (std::size_t k = 0; k < W; ++k)
            result.value[k] = (1 - v) * ((1 - h) * above_left.value[k] + h * above_right.value[k]) +
                              v * ((1 - h) * below_left.value[k] + h * below_right.value[k]);
        result.store(y + out.at(n, a, b, c));
    }
};
template <class T, std::size_t W, class Places> struct interpolate_transposed {
    const T* y;
    T* x;
    image_extents in, out;
    image_walk walk;
    interpolation_of<Places> rows, columns;

    template <class Index> NCSN_HD void operator()(Index index) const {
        using R = computing_type<T>;
        const auto [n, a, b, c] = walk(index);
        const index_range down = rows.seen_by(a), across = columns.seen_by(b);
        auto sum = channel_pack<T, W>::zero();
        for (std::uint32_t oy = down.first; oy < down.last; ++oy) {
            const R v = rows.template share<R>(a, oy);
            for (std::uint32_t ox = across.first; ox < across.last; ++ox)
                sum.add(v * columns.template share<R>(b, ox), channel_pack<T, W>::load(y + out.at(n, oy, ox, c)));
        }
        sum.store(x + in.at(n, a, b, c));
    }
};

/// f(Places) for the places that an alignment means.
template <class F> void with_places(alignment on, const F& f) {
    if (on == alignment::corners) f(std::type_identity<corner_places>{});
    else f(std::type_identity<edge_places>{});
}
template <class Places> interpolation_of<Places> placed(std::size_t inputs, std::size_t outputs) {
    return {{static_cast<std::uint32_t>(inputs), static_cast<std::uint32_t>(outputs)}};
}

/// Bilinear interpolation.   x [N,H,W,C] -> [N,h,w,C].
template <class T, KernelDevice D>
tensor<T, D> resize_bilinear(const tensor<T, D>& x, std::size_t height, std::size_t width, alignment on = alignment::corners) {
    const shape& xs = x.shape();
    require_resizable("resize", xs, height, width);
    if (xs[1] == height && xs[2] == width) return x;
    const shape ys{xs[0], height, width, xs[3]};
    auto y = tensor<T, D>::uninitialized(ys);
    const T* from = x.data();
    T* to = y.write();
    with_pack_width<T>(xs[3], [&](auto pack) {
        const image_walk walk{ys, pack()};
        with_places(on, [&]<class Places>(std::type_identity<Places>) {
            const auto rows = placed<Places>(xs[1], height), columns = placed<Places>(xs[2], width);
            D::launch(walk.size(), interpolate<T, pack(), Places>{from, to, xs, ys, walk, rows, columns});
        });
    });
    return y;
}
/// Its transpose.   y [N,h,w,C] -> x_shape.
template <class T, KernelDevice D>
tensor<T, D> resize_bilinear_transpose(const tensor<T, D>& y, const shape& xs, alignment on = alignment::corners) {
    const shape& ys = y.shape();
    require(xs.rank() == 4 && ys.rank() == 4 && xs[0] == ys[0] && xs[3] == ys[3], "resize transposed: ", ys, " to ", xs,
            "; samples or channels differ");
    require_resizable("resize transposed", xs, ys[1], ys[2]);
    if (xs == ys) return y;
    auto x = tensor<T, D>::uninitialized(xs);
    const T* from = y.data();
    T* to = x.write();
    with_pack_width<T>(xs[3], [&](auto pack) {
        const image_walk walk{xs, pack()};
        with_places(on, [&]<class Places>(std::type_identity<Places>) {
            D::launch(walk.size(),
                      interpolate_transposed<T, pack(), Places>{from, to, xs, ys, walk, placed<Places>(xs[1], ys[1]), placed<Places>(xs[2], ys[2])});
        });
    });
    return x;
}

template <class T, std::size_t W> struct repeat_pixels {
    const T* x;
    T* y;
    image_extents in, out;
    image_walk walk;
    std::uint32_t factor;

    template <class Index> NCSN_HD void operator()(Index index) const {
        const auto [n, a, b, c] = walk(index);
        channel_pack<T, W>::load(x + in.at(n, a / factor, b / factor, c)).store(y + out.at(n, a, b, c));
    }
};
/// Every pixel becomes factor² of its kind.   x [N,H,W,C] -> [N, factor H, factor W, C].
template <class T, KernelDevice D> tensor<T, D> resize_nearest(const tensor<T, D>& x, std::size_t factor) {
    const shape& xs = x.shape();
    require(xs.rank() == 4 && factor > 0, "resize: x is ", xs, ", factor ", factor, "; [N,H,W,C] and a positive factor were expected");
    const shape ys{xs[0], extent_of("resize", factor, xs[1], 0), extent_of("resize", factor, xs[2], 0), xs[3]};
    auto y = tensor<T, D>::uninitialized(ys);
    const T* from = x.data();
    T* to = y.write();
    with_pack_width<T>(xs[3], [&](auto pack) {
        const image_walk walk{ys, pack()};
        D::launch(walk.size(), repeat_pixels<T, pack()>{from, to, xs, ys, walk, static_cast<std::uint32_t>(factor)});
    });
    return y;
}
/// Its transpose: the sum of the factor² pixels.
template <class T, KernelDevice D> tensor<T, D> resize_nearest_transpose(const tensor<T, D>& y, std::size_t factor) {
    const shape& ys = y.shape();
    require(ys.rank() == 4 && factor > 0 && ys[1] % factor == 0 && ys[2] % factor == 0, "resize transposed: ", ys, " is no multiple of ", factor);
    auto x = tensor<T, D>::uninitialized({ys[0], ys[1] / factor, ys[2] / factor, ys[3]});
    const pool_window blocks{factor, factor, 0};
    sum_over_rectangles(y, x, window_reach{blocks, ys[1]}, window_reach{blocks, ys[2]}, 1, false);
    return x;
}

}  // namespace ncsn
