// SPDX-License-Identifier: Apache-2.0
/// \file  Elementwise work on devices that run kernels: map, zip with broadcasting, in-place updates.
///
/// An index is 16 bytes of the result: one load an operand, one store. Functions are applied in computing_type (float for bfloat16).
#pragma once

#include <ncsn/arrays/broadcast_walk.hpp>
#include <ncsn/arrays/kernels/launch.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <algorithm>
#include <type_traits>
#include <utility>

namespace ncsn {

/// How many packs of T hold n elements.
template <class T> std::size_t packs_of(std::size_t n) { return (n + pack<T>::size - 1) / pack<T>::size; }

template <class T, class F> struct map_body {
    const T* from;
    T* to;
    std::size_t count;
    F f;
    template <class Index> NCSN_HD void operator()(Index i) const {
        using C = computing_type<T>;
        static constexpr std::size_t P = pack<T>::size;
        const std::size_t first = static_cast<std::size_t>(i) * P;
        if (first + P <= count) {
            auto x = pack<T>::load(from + first);
            NCSN_UNROLL for (std::size_t k = 0; k < P; ++k) x[k] = static_cast<T>(f(static_cast<C>(x[k])));
            x.store(to + first);
        } else
            for (std::size_t k = first; k < count; ++k) to[k] = static_cast<T>(f(static_cast<C>(from[k])));
    }
};
/// y = f(x), element by element. f is a named function object of numbers.
template <class T, KernelDevice D, class F> tensor<T, D> map(const tensor<T, D>& x, const F& f) {
    auto y = tensor<T, D>::uninitialized(x.shape());
    D::launch(packs_of<T>(x.size()), map_body<T, F>{x.data(), y.write(), x.size(), f});
    return y;
}

template <class To, class T> struct convert_body {
    const T* from;
    To* to;
    std::size_t count;
    template <class Index> NCSN_HD void operator()(Index i) const {
        static constexpr std::size_t N = 16 / (sizeof(T) > sizeof(To) ? sizeof(T) : sizeof(To));
        const std::size_t first = static_cast<std::size_t>(i) * N;
        if (first + N <= count) {
            const auto x = pack<T, N>::load(from + first);
            pack<To, N> y;
            NCSN_UNROLL for (std::size_t k = 0; k < N; ++k) y[k] = static_cast<To>(x[k]);
            y.store(to + first);
        } else
            for (std::size_t k = first; k < count; ++k) to[k] = static_cast<To>(from[k]);
    }
};
/// The elements as numbers of another type, rounded.
template <class To, class T, KernelDevice D> tensor<To, D> converted(const tensor<T, D>& x) {
    if constexpr (std::is_same_v<To, T>) return x;
    else {
        static constexpr std::size_t N = 16 / std::max(sizeof(T), sizeof(To));
        auto y = tensor<To, D>::uninitialized(x.shape());
        D::launch((x.size() + N - 1) / N, convert_body<To, T>{x.data(), y.write(), x.size()});
        return y;
    }
}

/// What for_each_element gives its function: pointers, the packs behind them, and references into those.
template <class... X> struct operands {
    template <std::size_t N> struct loaded {};
    template <std::size_t N> NCSN_HD loaded<N> load(std::size_t) const { return {}; }
    template <std::size_t N> NCSN_HD void store(const loaded<N>&, std::size_t) const {}
    template <std::size_t N, class F, class... Before> NCSN_HD void apply(const F& f, std::size_t, loaded<N>&, Before&... before) const {
        f(before...);
    }
};
template <class X, class... Rest> struct operands<X, Rest...> {
    using T = std::remove_const_t<X>;
    X* at;
    operands<Rest...> rest;

    template <std::size_t N> struct loaded {
        pack<T, N> own;
        typename operands<Rest...>::template loaded<N> others;
    };
    template <std::size_t N> NCSN_HD loaded<N> load(std::size_t i) const { return {pack<T, N>::load(at + i), rest.template load<N>(i)}; }
    template <std::size_t N> NCSN_HD void store(const loaded<N>& l, std::size_t i) const {
        if constexpr (!std::is_const_v<X>) l.own.store(at + i);
        rest.template store<N>(l.others, i);
    }
    template <std::size_t N, class F, class... Before> NCSN_HD void apply(const F& f, std::size_t k, loaded<N>& l, Before&... before) const {
        using C = computing_type<T>;
        if constexpr (std::is_const_v<X>) {
            const C value = static_cast<C>(l.own[k]);
            rest.template apply<N>(f, k, l.others, before..., value);
        } else {
            C value = static_cast<C>(l.own[k]);
            rest.template apply<N>(f, k, l.others, before..., value);
            l.own[k] = static_cast<T>(value);
        }
    }
};
template <class F, std::size_t N, class... X> struct for_each_body {
    operands<X...> arrays;
    std::size_t count;
    F f;
    template <class Index> NCSN_HD void operator()(Index i) const {
        const std::size_t first = static_cast<std::size_t>(i) * N;
        if (first + N <= count) {
            auto packs = arrays.template load<N>(first);
            NCSN_UNROLL for (std::size_t k = 0; k < N; ++k) arrays.template apply<N>(f, k, packs);
            arrays.template store<N>(packs, first);
        } else
            for (std::size_t k = first; k < count; ++k) {
                auto one = arrays.template load<1>(k);
                arrays.template apply<1>(f, 0, one);
                arrays.template store<1>(one, k);
            }
    }
};
inline operands<> operands_at() { return {}; }
template <class X, class... Rest> operands<X, Rest...> operands_at(X* first, Rest*... rest) { return {first, operands_at(rest...)}; }

/// f(x₀[i], x₁[i], ...) for every i; arguments that are not const may be written to. All have one shape; element types may differ.
template <class F, class T, KernelDevice D, Array... Rest> void for_each_element(const F& f, tensor<T, D>& first, Rest&... rest) {
    (require(first.shape() == rest.shape(), "for_each_element: shapes ", first.shape(), " and ", rest.shape(), " differ"), ...);
    const auto pointer = []<class A>(A& a) {
        if constexpr (std::is_const_v<A>) return a.data();
        else return a.write();
    };
    static constexpr std::size_t N = 16 / std::max({sizeof(T), sizeof(typename Rest::value_type)...});
    const auto start = [&f, n = first.size()]<class... X>(X*... at) {
        D::launch((n + N - 1) / N, for_each_body<F, N, X...>{operands_at(at...), n, f});
    };
    start(pointer(first), pointer(rest)...);
}

/// The axes of a broadcast_walk as a kernel needs them: the place in both operands of an element (or of a pack of the fastest axis) of the result.
struct broadcast_places {
    struct axis { fast_divmod extent; std::size_t left, right; };
    axis axes[shape::max_rank];
    std::uint32_t count;

    /// `width` neighbours of the fastest axis are one index.
    broadcast_places(const broadcast_walk& walk, std::size_t width) : axes{}, count{static_cast<std::uint32_t>(walk.count)} {
        for (std::size_t k = 0; k < walk.count; ++k) {
            const std::size_t step = k == 0 ? width : 1;
            axes[k] = {fast_divmod{walk.axes[k].extent / step}, walk.axes[k].left * step, walk.axes[k].right * step};
        }
    }
    struct place { std::size_t left, right; };
    template <class Index> NCSN_HD place of(Index i) const {
        place p{0, 0};
        for (std::uint32_t k = 0; k < count; ++k) {
            const Index rest = axes[k].extent.quotient(i), at = i - rest * static_cast<Index>(axes[k].extent.divisor());
            p.left += at * axes[k].left;
            p.right += at * axes[k].right;
            i = rest;
        }
        return p;
    }
    NCSN_HD bool left_moves() const { return axes[0].left != 0; }
    NCSN_HD bool right_moves() const { return axes[0].right != 0; }
};
/// A pack from a place, or one number repeated.
template <class T> NCSN_HD inline pack<T> load_or_repeat(const T* from, bool moves) {
    if (moves) return pack<T>::load(from);
    pack<T> p;
    const T value = *from;
    NCSN_UNROLL for (std::size_t k = 0; k < pack<T>::size; ++k) p[k] = value;
    return p;
}
/// f of two operands at each place of the result. `Packs`: the fastest axis is a whole number of packs; else an index is one element.
template <class T, class F, bool Packs> struct broadcast_body {
    const T *left, *right;
    T* to;
    broadcast_places places;
    F f;
    template <class Index> NCSN_HD void operator()(Index i) const {
        using C = computing_type<T>;
        const auto [a, b] = places.of(i);
        if constexpr (Packs) {
            auto x = load_or_repeat(left + a, places.left_moves());
            const auto y = load_or_repeat(right + b, places.right_moves());
            NCSN_UNROLL for (std::size_t k = 0; k < pack<T>::size; ++k) x[k] = static_cast<T>(f(static_cast<C>(x[k]), static_cast<C>(y[k])));
            x.store(to + static_cast<std::size_t>(i) * pack<T>::size);
        } else to[i] = static_cast<T>(f(static_cast<C>(left[a]), static_cast<C>(right[b])));
    }
};
template <class T, class F> struct zip_body {
    const T *left, *right;
    T* to;
    std::size_t count;
    F f;
    template <class Index> NCSN_HD void operator()(Index i) const {
        using C = computing_type<T>;
        static constexpr std::size_t P = pack<T>::size;
        const std::size_t first = static_cast<std::size_t>(i) * P;
        if (first + P <= count) {
            auto x = pack<T>::load(left + first);
            const auto y = pack<T>::load(right + first);
            NCSN_UNROLL for (std::size_t k = 0; k < P; ++k) x[k] = static_cast<T>(f(static_cast<C>(x[k]), static_cast<C>(y[k])));
            x.store(to + first);
        } else
            for (std::size_t k = first; k < count; ++k) to[k] = static_cast<T>(f(static_cast<C>(left[k]), static_cast<C>(right[k])));
    }
};
template <class D, class T, class F>
void broadcast_into(T* to, const shape& result, const T* left, const shape& x, const T* right, const shape& y, const F& f) {
    const broadcast_walk walk{result, x, y};
    static constexpr std::size_t P = pack<T>::size;
    if (result.size() == 0) return;
    if (walk.axes[0].extent % P == 0) D::launch(result.size() / P, broadcast_body<T, F, true>{left, right, to, {walk, P}, f});
    else D::launch(result.size(), broadcast_body<T, F, false>{left, right, to, {walk, 1}, f});
}
/// z = f(x, y), element by element, with broadcasting.
template <class T, KernelDevice D, class F> tensor<T, D> zip(const char* operation, const tensor<T, D>& x, const tensor<T, D>& y, const F& f) {
    if (x.shape() == y.shape()) {
        auto z = tensor<T, D>::uninitialized(x.shape());
        D::launch(packs_of<T>(x.size()), zip_body<T, F>{x.data(), y.data(), z.write(), x.size(), f});
        return z;
    }
    const shape result = broadcast(operation, x.shape(), y.shape());
    auto z = tensor<T, D>::uninitialized(result);
    broadcast_into<D>(z.write(), result, x.data(), x.shape(), y.data(), y.shape(), f);
    return z;
}

}  // namespace ncsn
