// SPDX-License-Identifier: Apache-2.0
/// \file  Elementwise work on devices that run kernels: map, zip with broadcasting, in-place updates.
///
/// An index is 16 bytes of the widest operand: one load an operand, one store. Functions are applied in computing_type (float for bfloat16).
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

/// Where elements are that are written and not looked at. Those at a const T* are read, those at a T* both.
template <class T> struct written {
    T* at;
    operator T*() const { return at; }
};
template <class Place> struct operand;
template <class X> struct operand<X*> {
    using element = std::remove_const_t<X>;
    static constexpr bool reads = true, writes = !std::is_const_v<X>;
    X* at;
};
template <class T> struct operand<written<T>> {
    using element = T;
    static constexpr bool reads = false, writes = true;
    T* at;
};

/// What a function of elements is given: operands, the packs behind them, and references into those.
template <class... Place> struct operands {
    template <std::size_t N> struct loaded {};
    template <std::size_t N> NCSN_HD loaded<N> load(std::size_t) const { return {}; }
    template <std::size_t N> NCSN_HD void store(const loaded<N>&, std::size_t) const {}
    template <std::size_t N, class F, class... Before> NCSN_HD void apply(const F& f, std::size_t, loaded<N>&, Before&... before) const {
        f(before...);
    }
};
template <class Place, class... Rest> struct operands<Place, Rest...> {
    using T = typename operand<Place>::element;
    operand<Place> own;
    operands<Rest...> rest;

    template <std::size_t N> struct loaded {
        pack<T, N> own;
        typename operands<Rest...>::template loaded<N> others;
    };
    template <std::size_t N> NCSN_HD loaded<N> load(std::size_t i) const {
        if constexpr (operand<Place>::reads) return {pack<T, N>::load(own.at + i), rest.template load<N>(i)};
        else return {{}, rest.template load<N>(i)};
    }
    template <std::size_t N> NCSN_HD void store(const loaded<N>& l, std::size_t i) const {
        if constexpr (operand<Place>::writes) l.own.store(own.at + i);
        rest.template store<N>(l.others, i);
    }
    template <std::size_t N, class F, class... Before> NCSN_HD void apply(const F& f, std::size_t k, loaded<N>& l, Before&... before) const {
        using C = computing_type<T>;
        if constexpr (operand<Place>::writes) {
            C value = static_cast<C>(l.own[k]);
            rest.template apply<N>(f, k, l.others, before..., value);
            l.own[k] = static_cast<T>(value);
        } else {
            const C value = static_cast<C>(l.own[k]);
            rest.template apply<N>(f, k, l.others, before..., value);
        }
    }
};
inline operands<> operands_at() { return {}; }
template <class Place, class... Rest> operands<Place, Rest...> operands_at(Place first, Rest... rest) { return {{first}, operands_at(rest...)}; }

/// f(x₀[k], x₁[k], ...) for `width` neighbours k at once: 16 bytes of the widest type. What is left at the end goes one by one.
template <class F, class... Place> struct for_each_body {
    static constexpr std::size_t width = 16 / std::max({sizeof(typename operand<Place>::element)...});
    operands<Place...> arrays;
    std::size_t count;
    F f;
    template <class Index> NCSN_HD void operator()(Index i) const {
        const std::size_t first = static_cast<std::size_t>(i) * width;
        if (first + width <= count) at<width>(first);
        else
            for (std::size_t k = first; k < count; ++k) at<1>(k);
    }
    /// How many indices there are.
    std::size_t size() const { return (count + width - 1) / width; }

private:
    template <std::size_t N> NCSN_HD void at(std::size_t first) const {
        auto packs = arrays.template load<N>(first);
        NCSN_UNROLL for (std::size_t k = 0; k < N; ++k) arrays.template apply<N>(f, k, packs);
        arrays.template store<N>(packs, first);
    }
};
/// The body for n elements at the given places.
template <class F, class... Place> for_each_body<F, Place...> body_of(std::size_t n, const F& f, Place... places) {
    return {operands_at(places...), n, f};
}
template <class D, class F, class... Place> void launch_for_each(std::size_t n, const F& f, Place... places) {
    const auto body = body_of(n, f, places...);
    D::launch(body.size(), body);
}
/// The place of an array's elements, for reading if it is const.
template <Array A> auto place_of(A& array) {
    if constexpr (std::is_const_v<A>) return array.data();
    else return array.write();
}

/// f(x₀[i], x₁[i], ...) for every i; arguments that are not const may be written to. All have one shape; element types may differ.
template <class F, class T, KernelDevice D, Array... Rest> void for_each_element(const F& f, tensor<T, D>& first, Rest&... rest) {
    (require(first.shape() == rest.shape(), "for_each_element: shapes ", first.shape(), " and ", rest.shape(), " differ"), ...);
    launch_for_each<D>(first.size(), f, place_of(first), place_of(rest)...);
}

/// The first argument becomes f of the others.
template <class F> struct assign_fn {
    F f;
    template <class Y, class... X> NCSN_HD void operator()(Y& y, const X&... x) const { y = f(x...); }
};
/// y = f(x), element by element. f is a named function object of numbers.
template <class T, KernelDevice D, class F> tensor<T, D> map(const tensor<T, D>& x, const F& f) {
    auto y = tensor<T, D>::uninitialized(x.shape());
    launch_for_each<D>(x.size(), assign_fn<F>{f}, written<T>{y.write()}, x.data());
    return y;
}

struct convert_fn {
    template <class To, class T> NCSN_HD void operator()(To& y, const T& x) const { y = static_cast<To>(x); }
};
/// The elements as numbers of another type, rounded.
template <class To, class T, KernelDevice D> tensor<To, D> converted(const tensor<T, D>& x) {
    if constexpr (std::is_same_v<To, T>) return x;
    else {
        auto y = tensor<To, D>::uninitialized(x.shape());
        launch_for_each<D>(x.size(), convert_fn{}, written<To>{y.write()}, x.data());
        return y;
    }
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
        launch_for_each<D>(x.size(), assign_fn<F>{f}, written<T>{z.write()}, x.data(), y.data());
        return z;
    }
    const shape result = broadcast(operation, x.shape(), y.shape());
    auto z = tensor<T, D>::uninitialized(result);
    broadcast_into<D>(z.write(), result, x.data(), x.shape(), y.data(), y.shape(), f);
    return z;
}

}  // namespace ncsn
