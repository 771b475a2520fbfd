// SPDX-License-Identifier: Apache-2.0
/// \file  Filling tensors with random numbers on devices that run kernels: the bits that the CPU makes.
#pragma once

#include <ncsn/arithmetic/philox.hpp>
#include <ncsn/arrays/kernels/launch.hpp>
#include <ncsn/arrays/random_fills.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <algorithm>

namespace ncsn {

/// Where on the device a count of draws lies that is added to the number of every draw, or nullptr. A captured graph is launched again and again
/// with the same arguments; for fresh noise its kernels read this counter, to which each replay adds the number of draws that the graph makes.
template <KernelDevice D> const std::uint32_t* draw_counter() {
    if constexpr (requires { D::draw_counter(); }) return D::draw_counter();
    else return nullptr;
}

/// The numbers of a draw at flat positions begin, begin + 1, ..., begin + count - 1, each handed with its distance from begin to `Use`: an index is
/// a block of four. use(place, z) for one number, use(place, pack of four) where four lie in a row and place is a multiple of 4.
template <class C, class Fill, class Use> struct random_body {
    philox rng;
    const std::uint32_t* counter;
    std::uint64_t begin;
    std::size_t count;
    Fill fill;
    Use use;
    template <class Index> NCSN_HD void operator()(Index i) const {
        philox current = rng;
        if (counter) current.draw += *counter;
        const std::uint64_t block = begin / 4 + i;
        const auto w = current.block(block);
        const std::array<std::array<std::uint32_t, 1>, 4> words{{{w[0]}, {w[1]}, {w[2]}, {w[3]}}};
        std::array<C, 4> z;
        fill(words, z);
        if (begin % 4 == 0 && 4 * block + 4 <= begin + count) {
            use(static_cast<std::size_t>(4 * block - begin), pack<C, 4>{z[0], z[1], z[2], z[3]});
            return;
        }
        NCSN_UNROLL for (std::size_t k = 0; k < 4; ++k)
            if (4 * block + k >= begin && 4 * block + k < begin + count) use(static_cast<std::size_t>(4 * block + k - begin), pack<C, 1>{z[k]});
    }
};
/// One draw of rng, for elements of x.
template <KernelDevice D, class C, class Fill, class Use> void draw_for(const shape& s, philox& rng, const Fill& fill, const Use& use) {
    const std::uint64_t begin = first_position(rng, s), end = begin + s.size();
    if (s.size() > 0)
        D::launch(static_cast<std::size_t>((end + 3) / 4 - begin / 4), random_body<C, Fill, Use>{rng, draw_counter<D>(), begin, s.size(), fill, use});
    ++rng.draw;
}

template <class T> struct write_scaled {
    T* to;
    computing_type<T> scale, shift;
    template <class C, std::size_t N> NCSN_HD void operator()(std::size_t at, const pack<C, N>& z) const {
        pack<T, N> x;
        NCSN_UNROLL for (std::size_t k = 0; k < N; ++k) x[k] = static_cast<T>(multiply_add(scale, z[k], shift));
        x.store(to + at);
    }
};
/// Fills x with numbers made by `fill`, mapped to scale·u + shift. One draw of rng.
template <class T, KernelDevice D, class Fill> void fill_random(tensor<T, D>& x, const Fill& fill, T scale, T shift, philox& rng) {
    using C = computing_type<T>;
    draw_for<D, C>(x.shape(), rng, fill, write_scaled<T>{x.write(), static_cast<C>(scale), static_cast<C>(shift)});
}

template <class T> struct write_step {
    const T *from, *drift;
    T* to;
    computing_type<T> a, b;
    template <class C, std::size_t N> NCSN_HD void operator()(std::size_t at, const pack<C, N>& z) const {
        auto x = pack<T, N>::load(from + at);
        const auto s = pack<T, N>::load(drift + at);
        NCSN_UNROLL for (std::size_t k = 0; k < N; ++k)
            x[k] = static_cast<T>(multiply_add(a, static_cast<C>(s[k]), static_cast<C>(x[k])) + b * z[k]);
        x.store(to + at);
    }
};
/// y = x + a·drift + b·z with fresh standard normal z, in one pass: a step of the Euler-Maruyama scheme. One draw of rng.
template <class T, KernelDevice D> tensor<T, D> euler_maruyama(const tensor<T, D>& x, double a, const tensor<T, D>& drift, double b, philox& rng) {
    require(x.shape() == drift.shape(), "euler_maruyama: x is ", x.shape(), " but the drift is ", drift.shape());
    using C = computing_type<T>;
    auto y = tensor<T, D>::uninitialized(x.shape());
    draw_for<D, C>(x.shape(), rng, normal_fill{}, write_step<T>{x.data(), drift.data(), y.write(), static_cast<C>(a), static_cast<C>(b)});
    return y;
}

}  // namespace ncsn
