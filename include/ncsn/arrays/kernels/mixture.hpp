// SPDX-License-Identifier: Apache-2.0
/// \file  The score and the density of a mixture of spherical Gaussians on devices that run kernels.
#pragma once

#include <ncsn/arithmetic/elementary.hpp>
#include <ncsn/arrays/kernels/elementwise.hpp>
#include <ncsn/arrays/kernels/launch.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <cmath>

namespace ncsn {

/// The exponents lₖ = ln wₖ - |x - mₖ|² / 2c of one point, taken one after the other: largest = maxₖ lₖ, total = Σ exp(lₖ - largest). What was
/// summed before is scaled down whenever a larger exponent turns up.
template <class C> struct exponents {
    C largest, total;
    struct factors { C before, now; };                                              ///< of what was summed before, and of what comes now
    NCSN_HD static C exponent(C inverse, C apart, C log_weight) { return multiply_add(C(-0.5) * inverse, apart, log_weight); }
    NCSN_HD factors add(C l) {                                                      // equal exponents have no gap, also where both are -∞
        const C gap = l == largest ? C(0) : l - largest, smaller = falling_exponential(-std::abs(gap));
        const factors f{gap > 0 ? smaller : C(1), gap > 0 ? C(1) : smaller};
        largest = gap > 0 ? l : largest;
        total = multiply_add(total, f.before, f.now);
        return f;
    }
};
template <class T> struct mixture_operands {
    const T *x, *means, *log_weights, *inverse;
    std::size_t components, dimensions, inverse_step;                               // 1 where every point has its own 1/c, else 0
    NCSN_HD computing_type<T> inverse_of(std::size_t point) const { return static_cast<computing_type<T>>(inverse[point * inverse_step]); }
};

/// Points of a plane: each is one index, and one pass over the components gives everything.
template <class T, bool Score> struct plane_mixture_body {
    using C = computing_type<T>;
    mixture_operands<T> m;
    C* to;
    template <class Index> NCSN_HD void operator()(Index i) const {
        const std::size_t point = i;
        const C inverse = m.inverse_of(point), x0 = static_cast<C>(m.x[2 * point]), x1 = static_cast<C>(m.x[2 * point + 1]);
        exponents<C> all{};
        C p0{}, p1{};
        for (std::size_t k = 0; k < m.components; ++k) {
            const C d0 = static_cast<C>(m.means[2 * k]) - x0, d1 = static_cast<C>(m.means[2 * k + 1]) - x1;
            const C l = exponents<C>::exponent(inverse, multiply_add(d1, d1, d0 * d0), static_cast<C>(m.log_weights[k]));
            if (k == 0) {
                all = {l, C(1)};
                p0 = d0, p1 = d1;
                continue;
            }
            const auto [before, now] = all.add(l);
            p0 = multiply_add(now, d0, p0 * before);
            p1 = multiply_add(now, d1, p1 * before);
        }
        if constexpr (Score) {
            const C factor = inverse / all.total;
            pack<C, 2>{p0 * factor, p1 * factor}.store(to + 2 * point);
        } else to[point] = all.largest + logarithm(all.total);
    }
};
/// Points of any dimension: a group works on each, and needs every exponent twice where it has no room for Σ shares (mₖ - x) of a run so far.
template <class T, bool Score> struct mixture_body {
    using C = computing_type<T>;
    mixture_operands<T> m;
    C* to;
    template <class Group> NCSN_HD C exponent(std::size_t point, std::size_t k, const Group& group) const {
        const T *const x = m.x + point * m.dimensions, *const mean = m.means + k * m.dimensions;
        const C apart = group.sum(m.dimensions, [=](std::uint32_t d) {
            const C difference = static_cast<C>(mean[d]) - static_cast<C>(x[d]);
            return difference * difference;
        });
        return exponents<C>::exponent(m.inverse_of(point), apart, static_cast<C>(m.log_weights[k]));
    }
    template <class Group> NCSN_HD void operator()(std::size_t point, const Group& group) const {
        exponents<C> all{exponent(point, 0, group), C(1)};
        for (std::size_t k = 1; k < m.components; ++k) (void)all.add(exponent(point, k, group));
        if constexpr (Score) {
            const T* const x = m.x + point * m.dimensions;
            C* const score = to + point * m.dimensions;
            const C factor = m.inverse_of(point) / all.total;
            for (std::size_t k = 0; k < m.components; ++k) {
                const T* const mean = m.means + k * m.dimensions;
                const C l = exponent(point, k, group), share = l == all.largest ? factor : factor * falling_exponential(l - all.largest);
                group.each(m.dimensions, [=](std::uint32_t d) {                     // a coordinate always belongs to the same member
                    score[d] = multiply_add(share, static_cast<C>(mean[d]) - static_cast<C>(x[d]), k == 0 ? C(0) : score[d]);
                });
            }
        } else group.each(1, [=, this](std::uint32_t) { to[point] = all.largest + logarithm(all.total); });
    }
};
template <bool Score, class T, KernelDevice D>
tensor<T, D> of_mixture(const tensor<T, D>& x, const tensor<T, D>& means, const tensor<T, D>& log_weights, const tensor<T, D>& inverse) {
    using C = computing_type<T>;
    const std::size_t n = x.shape()[0], dimensions = means.shape()[1], K = means.shape()[0];
    require(x.shape() == shape{n, dimensions} && log_weights.size() == K && (inverse.size() == 1 || inverse.size() == n), "mixture: x is ", x.shape(),
            ", means ", means.shape(), ", weights ", log_weights.shape(), ", inverse variances ", inverse.shape(),
            "; [N,D], [K,D], [1,K] and [1,1] or [N,1] were expected");
    const mixture_operands<T> m{x.data(), means.data(), log_weights.data(), inverse.data(), K, dimensions, inverse.size() == 1 ? std::size_t{0} : 1};
    auto y = tensor<C, D>::uninitialized(Score ? x.shape() : shape{n, 1});
    if (dimensions == 2) D::launch(n, plane_mixture_body<T, Score>{m, y.write()});
    else D::launch_rows(n, dimensions, mixture_body<T, Score>{m, y.write()});
    if constexpr (std::is_same_v<C, T>) return y;
    else return converted<T>(y);
}

/// ∇ ln Σ wₖ N(x; mₖ, c I):   x [N, D], means [K, D], ln w [1, K], 1/c [1, 1] or [N, 1] -> [N, D].
template <class T, KernelDevice D>
tensor<T, D> mixture_score(const tensor<T, D>& x, const tensor<T, D>& means, const tensor<T, D>& log_weights, const tensor<T, D>& inverse) {
    return of_mixture<true>(x, means, log_weights, inverse);
}

/// ln Σ wₖ exp(-|x - mₖ|² / 2c), the density but for its normalization:   the same -> [N, 1].
template <class T, KernelDevice D>
tensor<T, D> mixture_exponent(const tensor<T, D>& x, const tensor<T, D>& means, const tensor<T, D>& log_weights, const tensor<T, D>& inverse) {
    return of_mixture<false>(x, means, log_weights, inverse);
}

}  // namespace ncsn
