// SPDX-License-Identifier: Apache-2.0
/// \file  Sums over axes and their transposes on devices that run kernels.
///
/// Sums of float and bfloat16 are kahan_sums in float; what they are made of depends on the shape alone, so a sum repeats bit for bit.
#pragma once

#include <ncsn/arrays/kernels/elementwise.hpp>

#include <array>

namespace ncsn {

/// Some of the axes of an array, fastest first: where the i-th combination of their indices lies.
struct axis_places {
    struct axis { fast_divmod extent; std::size_t step; };
    axis axes[shape::max_rank]{};
    std::uint32_t count = 0;
    std::size_t size = 1;                                                           ///< combinations

    void add(std::size_t extent, std::size_t step) {
        axes[count++] = {fast_divmod{extent}, step};
        size *= extent;
    }
    template <class Index> NCSN_HD std::size_t of(Index i) const {
        std::size_t place = 0;
        for (std::uint32_t k = 0; k + 1 < count; ++k) {
            const Index rest = axes[k].extent.quotient(i);
            place += (i - rest * static_cast<Index>(axes[k].extent.divisor())) * axes[k].step;
            i = rest;
        }
        return count == 0 ? 0 : place + i * axes[count - 1].step;                    // the slowest needs no quotient
    }
};
/// A sum over axes, cut into parts: `kept` and `summed` say where an output and a term lie; a part has `length` terms.
struct reduction_plan {
    axis_places kept, summed;
    std::size_t parts, length;
};

/// One group an output and part: the fastest axis is summed. `Packs`: a term is a pack.
template <class In, class Out, bool Packs> struct sum_rows_body {
    const In* from;
    Out* to;
    reduction_plan plan;
    template <class Group> NCSN_HD void operator()(std::size_t row, const Group& group) const {
        using C = computing_type<In>;
        const std::size_t output = row / plan.parts, first = (row - output * plan.parts) * plan.length;
        const std::size_t n = first + plan.length <= plan.summed.size ? plan.length : first < plan.summed.size ? plan.summed.size - first : 0;
        const In* const start = from + plan.kept.of(static_cast<std::uint64_t>(output));
        const C total = group.sum(n, [=, this](std::uint32_t i) {
            const In* const at = start + plan.summed.of(static_cast<std::uint32_t>(first) + i);
            if constexpr (Packs) {
                const auto x = pack<In>::load(at);
                C sum = static_cast<C>(x[0]);
                NCSN_UNROLL for (std::size_t k = 1; k < pack<In>::size; ++k) sum += static_cast<C>(x[k]);
                return sum;
            } else return static_cast<C>(*at);
        });
        group.each(1, [=, this](std::uint32_t) { to[row] = static_cast<Out>(total); });
    }
};
/// One index N neighbouring outputs and a part: they differ along the fastest axis, which is kept.
template <class In, class Out, std::size_t N> struct sum_columns_body {
    const In* from;
    Out* to;
    reduction_plan plan;                                                            // kept and its size in units of N
    fast_divmod outputs;                                                          // in units of N
    template <class Index> NCSN_HD void operator()(Index i) const {
        using C = computing_type<In>;
        const Index part = outputs.quotient(i), output = i - part * static_cast<Index>(outputs.divisor());
        const std::size_t first = part * plan.length, last = first + plan.length < plan.summed.size ? first + plan.length : plan.summed.size;
        const In* const start = from + plan.kept.of(output);
        kahan_sum<C> total[N];
        for (std::size_t r = first; r < last; ++r) {
            const auto x = pack<In, N>::load(start + plan.summed.of(static_cast<Index>(r)));
            NCSN_UNROLL for (std::size_t k = 0; k < N; ++k) total[k].add(static_cast<C>(x[k]));
        }
        NCSN_UNROLL for (std::size_t k = 0; k < N; ++k) to[static_cast<std::size_t>(i) * N + k] = static_cast<Out>(total[k].total);
    }
};

/// Σ over the summed axes of a walk (those along which its left operand does not move) into `to`, one number an output, slowest first.
template <class D, class In, class Out> void sum_axes(const In* from, const broadcast_walk& walk, Out* to) {
    using C = computing_type<In>;
    const bool rows = walk.axes[0].left == 0;
    const bool packs = walk.axes[0].extent % pack<In>::size == 0 && walk.axes[0].extent > 0;
    const std::size_t width = packs ? pack<In>::size : 1;
    reduction_plan plan{{}, {}, 1, 0};
    for (std::size_t k = 0; k < walk.count; ++k) {
        const auto& [extent, left, right] = walk.axes[k];
        (left == 0 ? plan.summed : plan.kept).add(k == 0 ? extent / width : extent, k == 0 ? right * width : right);
    }
    const std::size_t outputs = plan.kept.size, terms = plan.summed.size;
    if (outputs == 0) return;
    require(terms <= narrow_indices, "reduce_to: a sum of ", terms, " terms; at most ", narrow_indices, " are supported");
    // Enough parts to employ a whole GPU, and none so small that starting it costs more than its sum.
    const std::size_t wanted = std::size_t{1} << 17, least = rows ? 2048 : 64, workers = rows ? outputs * 256 : outputs;
    plan.parts = std::max<std::size_t>(1, std::min((wanted + workers - 1) / workers, terms / least));
    plan.length = (terms + plan.parts - 1) / plan.parts;
    const auto run = [&]<class To>(To* out) {
        if (rows) {
            if (packs) D::launch_rows(outputs * plan.parts, plan.length, sum_rows_body<In, To, true>{from, out, plan});
            else D::launch_rows(outputs * plan.parts, plan.length, sum_rows_body<In, To, false>{from, out, plan});
        } else if (packs)
            D::launch(outputs * plan.parts, sum_columns_body<In, To, pack<In>::size>{from, out, plan, fast_divmod{outputs}});
        else D::launch(outputs * plan.parts, sum_columns_body<In, To, 1>{from, out, plan, fast_divmod{outputs}});
    };
    if (plan.parts == 1) {
        run(to);
        return;
    }
    const std::size_t numbers = rows ? outputs : outputs * width;
    const shape partial = rows ? shape{numbers, plan.parts} : shape{plan.parts, numbers}, total = rows ? shape{numbers, 1} : shape{1, numbers};
    auto parts = tensor<C, D>::uninitialized(partial);
    run(parts.write());
    sum_axes<D>(parts.data(), broadcast_walk{partial, total, partial}, to);
}

/// x summed over the axes that `s` does not have (or has with extent 1): the transpose of expand_to.
template <class T, KernelDevice D> tensor<T, D> reduce_to(const tensor<T, D>& x, const shape& s) {
    if (x.shape() == s) return x;
    require(broadcast("reduce_to", x.shape(), s) == x.shape(), "reduce_to: ", x.shape(), " cannot be summed to ", s);
    auto y = tensor<T, D>::uninitialized(s);
    sum_axes<D>(x.data(), broadcast_walk{x.shape(), s, x.shape()}, y.write());
    return y;
}

struct left_operand {
    template <class T> NCSN_HD T operator()(T a, T) const { return a; }
};
/// x repeated over the axes of `s` that it does not have.
template <class T, KernelDevice D> tensor<T, D> expand_to(const tensor<T, D>& x, const shape& s) {
    if (x.shape() == s) return x;
    require(broadcast("expand_to", x.shape(), s) == s, "expand_to: ", x.shape(), " cannot be repeated to ", s);
    auto y = tensor<T, D>::uninitialized(s);
    broadcast_into<D>(y.write(), s, x.data(), x.shape(), x.data(), x.shape(), left_operand{});
    return y;
}

template <class T> struct row_maximum_body {
    const T* from;
    T* to;
    std::size_t n;
    template <class Group> NCSN_HD void operator()(std::size_t row, const Group& group) const {
        using C = computing_type<T>;
        const T* const start = from + row * n;
        const C largest = group.maximum(n, [=](std::uint32_t i) { return static_cast<C>(start[i]); });
        group.each(1, [=, this](std::uint32_t) { to[row] = static_cast<T>(largest); });
    }
};
/// The largest element of each sample: [N, ...] -> [N, 1].
template <class T, KernelDevice D> tensor<T, D> row_maximum(const tensor<T, D>& x) {
    const std::size_t rows = x.shape()[0], n = x.shape().row_size();
    auto y = tensor<T, D>::uninitialized({rows, 1});
    D::launch_rows(rows, n, row_maximum_body<T>{x.data(), y.write(), n});
    return y;
}

/// How many of the packs of each part hold something that is no finite number.
template <class T> struct count_not_finite_body {
    const T* from;
    float* to;
    std::size_t count, length;
    template <class Group> NCSN_HD void operator()(std::size_t part, const Group& group) const {
        using C = computing_type<T>;
        static constexpr std::size_t P = pack<T>::size;
        const std::size_t packs = (count + P - 1) / P, start = part * length;
        const std::size_t n = start + length <= packs ? length : start < packs ? packs - start : 0;
        const float bad = group.sum(n, [=, this](std::uint32_t i) {
            const std::size_t first = (start + i) * P;
            bool finite = true;
            if (first + P <= count) {
                const auto x = pack<T>::load(from + first);
                NCSN_UNROLL for (std::size_t k = 0; k < P; ++k) finite = finite && static_cast<C>(x[k]) - static_cast<C>(x[k]) == C(0);
            } else
                for (std::size_t k = first; k < count; ++k) finite = finite && static_cast<C>(from[k]) - static_cast<C>(from[k]) == C(0);
            return finite ? 0.0f : 1.0f;
        });
        group.each(1, [=, this](std::uint32_t) { to[part] = bad; });
    }
};
/// Whether every element is a finite number. The host waits for the answer.
template <class T, KernelDevice D> bool all_finite(const tensor<T, D>& x) {
    const std::size_t packs = packs_of<T>(x.size()), parts = std::max<std::size_t>(1, std::min<std::size_t>(512, packs / 4096));
    if (packs == 0) return true;
    auto bad = tensor<float, D>::uninitialized({parts});
    D::launch_rows(parts, (packs + parts - 1) / parts, count_not_finite_body<T>{x.data(), bad.write(), x.size(), (packs + parts - 1) / parts});
    return reduce_to(bad, {1}).item() == 0;
}

}  // namespace ncsn
