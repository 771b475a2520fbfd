// SPDX-License-Identifier: Apache-2.0
/// \file  Tensors of random numbers, and random choices for samples.
#pragma once

#include <ncsn/arrays/elementwise.hpp>
#include <ncsn/arrays/cpu/random.hpp>
#include <ncsn/arrays/kernels/random.hpp>

#include <cmath>
#include <concepts>
#include <vector>

namespace ncsn {

/// Independent standard normal numbers. One draw of rng.
template <Array A> A normal(const shape& s, philox& rng) {
    A x = A::uninitialized(s);
    using T = typename A::value_type;
    fill_random(x, normal_fill{}, T(1), T(0), rng);
    return x;
}
template <Array A> A normal_like(const A& x, philox& rng) { return normal<A>(x.shape(), rng); }

struct sign_of {
    template <class T> NCSN_HD T operator()(T z) const { return z < 0 ? T(-1) : T(1); }
};
/// Independent signs, -1 or 1 with probability ½ each, those of normal_like(x, rng): the probes with the least variance for
/// a trace (Hutchinson 1990).
/// One draw of rng.
template <Array A> A rademacher_like(const A& x, auto& rng) { return map(normal_like(x, rng), sign_of{}); }

/// Where the noise of a sampler comes from: normal_like(x, rng) gives standard normal numbers in the shape of x. philox is one; a generator that
/// replays captured noise is another.
template <class G>
concept Generator = requires(G& rng, const tensor<float, cpu>& x) {
    { normal_like(x, rng) } -> std::same_as<tensor<float, cpu>>;
};
static_assert(Generator<philox>);

struct euler_maruyama_update {
    double a, b;
    template <class T> NCSN_HD void operator()(T& x, const T& drift, const T& z) const {
        x = multiply_add(static_cast<T>(a), drift, x) + static_cast<T>(b) * z;
    }
};
/// y = x + a·drift + b·z with noise from any generator (philox has a faster form of its own).
template <Array A, Generator G> A euler_maruyama(const A& x, double a, const A& drift, double b, G& rng) {
    A y = x;
    const A z = normal_like(x, rng);
    for_each_element(euler_maruyama_update{a, b}, y, drift, z);
    return y;
}

/// Independent numbers, uniform on [low, high). One draw of rng.
template <Array A> A uniform(const shape& s, double low, double high, philox& rng) {
    A x = A::uninitialized(s);
    using T = typename A::value_type;
    fill_random(x, uniform_fill{}, static_cast<T>(high - low), static_cast<T>(low), rng);
    return x;
}

/// For each of n samples an index below `bound`, uniformly. One draw of rng.
inline std::vector<std::size_t> uniform_index(std::size_t n, std::size_t bound, philox& rng) {
    std::vector<std::size_t> index(n);
    for (std::size_t i = 0; i < n; ++i) index[i] = static_cast<std::size_t>((std::uint64_t{rng.word(rng.first_sample + i)} * bound) >> 32);
    ++rng.draw;
    return index;
}

}  // namespace ncsn
