// SPDX-License-Identifier: Apache-2.0
/// \file  Sums over samples and axes, reshaping, choosing rows and columns, matrix products.
#pragma once

#include <ncsn/arrays/chosen_rows.hpp>
#include <ncsn/arrays/indexing.hpp>
#include <ncsn/arrays/matmul.hpp>
#include <ncsn/autodiff/functions.hpp>

#include <array>

namespace ncsn {

struct reshape_op {
    shape to;
    template <Array A> A apply(const A& x) const { return x.reshaped(to); }
    template <Array A> A transpose(const A& y, const shape& s) const { return y.reshaped(s); }
};
struct columns_op {
    std::size_t first, count;
    template <Array A> A apply(const A& x) const { return columns(x, first, count); }
    template <Array A> A transpose(const A& y, const shape& s) const { return place_columns(y, first, s.back()); }
};
struct gather_rows_op {
    chosen_rows rows;
    template <Array A> A apply(const A& x) const { return gather_rows(x, rows); }
    template <Array A> A transpose(const A& y, const shape& s) const { return scatter_rows(y, rows, s); }
};
struct swap_last_axes_op {
    template <Array A> A apply(const A& x) const { return swap_last_axes(x); }
    template <Array A> A transpose(const A& y, const shape&) const { return swap_last_axes(y); }
};
/// y = x wᵀ.
struct matmul_op {
    template <Array A> A apply(const A& x, const A& w) const { return product(x, w, transposed::right); }
    template <Array A> A left(const A& adjoint, const A&, const A& w) const { return product(adjoint, w, transposed::neither); }
    template <Array A> A right(const A& adjoint, const A& x, const A&) const { return product(adjoint, x, transposed::left); }
};
/// y_b = x_b w_bᵀ for each b.
struct batched_matmul_op {
    template <Array A> A apply(const A& x, const A& w) const { return batched_product(x, w, transposed::right); }
    template <Array A> A left(const A& adjoint, const A&, const A& w) const { return batched_product(adjoint, w, transposed::neither); }
    template <Array A> A right(const A& adjoint, const A& x, const A&) const { return batched_product(adjoint, x, transposed::left); }
};
/// y_b = x_b w_b for each b.
struct batched_weighted_sum_op {
    template <Array A> A apply(const A& x, const A& w) const { return batched_product(x, w, transposed::neither); }
    template <Array A> A left(const A& adjoint, const A&, const A& w) const { return batched_product(adjoint, w, transposed::right); }
    template <Array A> A right(const A& adjoint, const A& x, const A&) const { return batched_product(x, adjoint, transposed::left); }
};

/// The same elements with other extents.
template <Differentiable X> X reshaped(const X& x, const shape& s) { return linear_map(reshape_op{s}, x); }
/// [N, ...] as a matrix [N, everything else].
template <Differentiable X> X flattened(const X& x) { return reshaped(x, {shape_of(x)[0], shape_of(x).row_size()}); }
/// `count` entries of the last axis from `first` on.
template <Differentiable X>
    requires(!Array<X>)
X columns(const X& x, std::size_t first, std::size_t count) {
    return linear_map(columns_op{first, count}, x);
}
/// Two or more side by side along the last axis: [..., a], [..., b], ... -> [..., a + b + ...]. The transpose is a cut into columns.
template <Differentiable X, Differentiable... Rest>
    requires(sizeof...(Rest) > 0 && !(Array<X> && ... && Array<Rest>))
auto concatenated(const X& x, const Rest&... rest) {
    if constexpr ((is_dual<X> || ... || is_dual<Rest>)) {
        const auto value_in = []<class V>(const V& operand) -> const auto& {
            if constexpr (is_dual<V>) return operand.value;
            else return operand;
        };
        const auto tangent_in = []<class V>(const V& operand) {
            if constexpr (is_dual<V>) return operand.tangent;
            else return zeros_like(operand);
        };
        auto value = concatenated(value_in(x), value_in(rest)...);
        auto tangent = as<decltype(value)>(concatenated(tangent_in(x), tangent_in(rest)...));
        return dual{std::move(value), std::move(tangent)};
    } else {
        using A = array_under_t<X>;
        return recorded(concatenated(plain(x), plain(rest)...), tape_of(x, rest...),
                        [to = std::array{node_of(x), node_of(rest)...}, widths = std::array{shape_of(x).back(), shape_of(rest).back()...}](
                            const A& adjoint) {
                            for (std::size_t k = 0, first = 0; k < to.size(); first += widths[k++])
                                if (to[k]) to[k].accumulate(columns(adjoint, first, widths[k]));
                        });
    }
}
/// Rows of x in the order of `rows`, whose tables on a device are shared with other gatherings of them.
template <Differentiable X>
    requires(!Array<X>)
X gather_rows(const X& x, const chosen_rows& rows) {
    return linear_map(gather_rows_op{rows}, x);
}
template <Differentiable X>
    requires(!Array<X>)
X gather_rows(const X& x, std::span<const std::size_t> rows) {
    return gather_rows(x, chosen_rows{{rows.begin(), rows.end()}});
}
template <Differentiable X>
    requires(!Array<X>)
X swap_last_axes(const X& x) {
    return linear_map(swap_last_axes_op{}, x);
}
/// x wᵀ:  x [..., in], w [out, in] -> [..., out].
template <Differentiable X, Differentiable W> auto matmul(const X& x, const W& w) { return bilinear(matmul_op{}, x, w); }
/// x_b w_bᵀ for each b:  x [B, m, k], w [B, n, k] -> [B, m, n].
template <Differentiable X, Differentiable W> auto batched_matmul(const X& x, const W& w) { return bilinear(batched_matmul_op{}, x, w); }
/// The rows of w_b, weighted by each row of x_b:  y_b = x_b w_b,  x [B, m, k], w [B, k, n] -> [B, m, n].
template <Differentiable X, Differentiable W> auto batched_weighted_sum(const X& x, const W& w) { return bilinear(batched_weighted_sum_op{}, x, w); }

/// The sum of each sample: [N, ...] -> [N, 1].
template <Differentiable X> X row_sum(const X& x) { return summed_to(flattened(x), {shape_of(x)[0], 1}); }
/// The sum over everything: -> [].
template <Differentiable X> X sum(const X& x) { return summed_to(x, shape{}); }
/// The mean over everything: -> [].
template <Differentiable X> X mean(const X& x) {
    require(shape_of(x).size() > 0, "mean: x is ", shape_of(x), "; an empty batch has no mean");
    return sum(x) / static_cast<double>(shape_of(x).size());
}
/// The mean over samples of one number a sample, [N, 1] -> [].
template <Differentiable X> X mean_over_batch(const X& x) {
    require(shape_of(x).row_size() == 1, "mean_over_batch: x is ", shape_of(x), "; one number a sample was expected, as row_sum gives it");
    return mean(x);
}
/// The inner product of each sample: [N, ...] -> [N, 1].
template <Differentiable X, Differentiable Y> auto row_dot(const X& x, const Y& y) { return row_sum(x * y); }

/// ln Σ exp over each sample: [N, K] -> [N, 1]. The largest term is taken out first, so nothing overflows.
template <Differentiable X> X row_log_sum_exp(const X& x) {
    const auto largest = row_maximum(plain(x));
    return log(row_sum(exp(x - largest))) + largest;
}
/// exp(x) / Σ exp over each sample: [N, K] -> [N, K].
template <Differentiable X> X softmax(const X& x) { return exp(x - row_log_sum_exp(x)); }
/// softmax of c x, c > 0. For arrays and vars of a device that can it is one kernel each way, which keeps nothing but the result.
template <Differentiable X> X softmax(const X& x, double c) {
    require(c > 0, "softmax: a factor of ", c, "; a positive one was expected");
    if constexpr (!is_dual<X> && requires(const array_under_t<X>& a) { softmax_of_rows(a, c); }) {
        auto y = softmax_of_rows(plain(x), c);
        if constexpr (is_var<X>)
            return recorded(y, x.node().tape, [y, c, to = x.node()](const auto& adjoint) { to.accumulate(softmax_of_rows_adjoint(adjoint, y, c)); });
        else return y;
    } else return softmax(c * x);
}

}  // namespace ncsn
