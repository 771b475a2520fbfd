// SPDX-License-Identifier: Apache-2.0
/// \file  The score and the density of a mixture of spherical Gaussians on the CPU.
#pragma once

#include <ncsn/arithmetic/elementary.hpp>
#include <ncsn/arrays/cpu/parallel.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <array>
#include <memory>

namespace ncsn {

/// The sums over components for a piece of points, which lie coordinate by coordinate so that every loop is vector code:
/// largest = maxₖ lₖ,  total = Σ exp(lₖ - largest),  pull = Σ exp(lₖ - largest) (mₖ - x),  lₖ = ln wₖ - |x - mₖ|² / 2c.
/// One pass and K - 1 exponentials: the sums so far are scaled down whenever a larger exponent turns up. Differences come first, so a small c costs
/// no digits. `Plane` writes the loops over coordinates out for D = 2, where they cost most.
template <class T, bool Plane> struct mixture_sums {
    static constexpr std::size_t lanes = 64;
    using lane = std::array<T, lanes>;
    std::size_t D;
    alignas(64) lane inverse{}, largest, total, kept, added;
    tensor<T, cpu> buffer;
    T *at, *pull;                                                                   // [D, lanes]

    explicit mixture_sums(std::size_t dimensions) : D{Plane ? 2 : dimensions}, buffer({2, D, lanes}), at{buffer.write()}, pull{at + D * lanes} {}

    void take(const T* __restrict points, std::size_t count) {
        T* __restrict to = at;
        if constexpr (Plane) for (std::size_t i = 0; i < count; ++i) to[i] = points[2 * i], to[lanes + i] = points[2 * i + 1];
        else for (std::size_t i = 0; i < count; ++i)
            for (std::size_t d = 0; d < D; ++d) to[d * lanes + i] = points[i * D + d];
    }
    /// Adds a component, the first one or another.
    template <bool First> void add(const T* mean, T log_weight) {
        T *__restrict x = std::assume_aligned<64>(at), *__restrict p = std::assume_aligned<64>(pull);
        if constexpr (Plane) {
            const T m0 = mean[0], m1 = mean[1];
#pragma omp simd
            for (std::size_t i = 0; i < lanes; ++i) {
                const T d0 = m0 - x[i], d1 = m1 - x[lanes + i];
                const auto [before, now] = weigh<First>(i, multiply_add(d1, d1, d0 * d0), log_weight);
                p[i] = First ? d0 : multiply_add(now, d0, p[i] * before);
                p[lanes + i] = First ? d1 : multiply_add(now, d1, p[lanes + i] * before);
            }
        } else {
            lane apart{};
            for (std::size_t d = 0; d < D; ++d)
#pragma omp simd
                for (std::size_t i = 0; i < lanes; ++i) apart[i] = multiply_add(mean[d] - x[d * lanes + i], mean[d] - x[d * lanes + i], apart[i]);
#pragma omp simd
            for (std::size_t i = 0; i < lanes; ++i) {
                const auto [before, now] = weigh<First>(i, apart[i], log_weight);
                kept[i] = before, added[i] = now;
            }
            for (std::size_t d = 0; d < D; ++d)
#pragma omp simd
                for (std::size_t i = 0; i < lanes; ++i)
                    p[d * lanes + i] = multiply_add(added[i], mean[d] - x[d * lanes + i], First ? T(0) : p[d * lanes + i] * kept[i]);
        }
    }
    /// Writes pull / (c total) for the points.
    void give(std::size_t count, T* __restrict score) {
        const T* __restrict p = std::assume_aligned<64>(pull);
#pragma omp simd
        for (std::size_t i = 0; i < lanes; ++i) total[i] = inverse[i] / total[i];
        if constexpr (Plane) for (std::size_t i = 0; i < count; ++i) score[2 * i] = p[i] * total[i], score[2 * i + 1] = p[lanes + i] * total[i];
        else for (std::size_t i = 0; i < count; ++i)
            for (std::size_t d = 0; d < D; ++d) score[i * D + d] = p[d * lanes + i] * total[i];
    }

private:
    struct factors { T before, now; };
    /// Takes one exponent into largest and total; the factors of what was summed before and of what comes now. Equal exponents have no gap, also
    /// where both squares are beyond T.
    template <bool First> NCSN_HD factors weigh(std::size_t i, T apart, T log_weight) {
        const T l = multiply_add(T(-0.5) * inverse[i], apart, log_weight);
        if constexpr (First) {
            largest[i] = l, total[i] = T(1);
            return {T(0), T(1)};
        }
        const T gap = l == largest[i] ? T(0) : l - largest[i], smaller = falling_exponential(-std::abs(gap));
        const factors f{gap > 0 ? smaller : T(1), gap > 0 ? T(1) : smaller};
        largest[i] = gap > 0 ? l : largest[i];
        total[i] = multiply_add(total[i], f.before, f.now);
        return f;
    }
};

/// use(first point, number of points, their sums) for every piece of the points.
template <class T, class Use>
void for_each_mixture_piece(const tensor<T, cpu>& x, const tensor<T, cpu>& means, const tensor<T, cpu>& log_weights, const tensor<T, cpu>& inverse,
                            const Use& use) {
    const std::size_t n = x.shape()[0], D = means.shape()[1], K = means.shape()[0];
    require(x.shape() == shape{n, D} && log_weights.size() == K && (inverse.size() == 1 || inverse.size() == n), "mixture: x is ", x.shape(),
            ", means ", means.shape(), ", weights ", log_weights.shape(), ", inverse variances ", inverse.shape(),
            "; [N,D], [K,D], [1,K] and [1,1] or [N,1] were expected");
    const auto walk = [&]<bool Plane>(std::bool_constant<Plane>) {
        static constexpr std::size_t at_once = mixture_sums<T, Plane>::lanes;
        for_each_block(n, std::max(at_once, parallel_grain / (D * K) / at_once * at_once), [&](std::size_t begin, std::size_t end) {
            mixture_sums<T, Plane> sums{D};
            sums.inverse.fill(inverse[0]);
            for (std::size_t first = begin; first < end; first += at_once) {
                const std::size_t count = std::min(at_once, end - first);
                if (inverse.size() > 1) std::copy_n(inverse.data() + first, count, sums.inverse.begin());
                sums.take(x.data() + first * D, count);
                sums.template add<true>(means.data(), log_weights[0]);
                for (std::size_t k = 1; k < K; ++k) sums.template add<false>(means.data() + k * D, log_weights[k]);
                use(first, count, sums);
            }
        });
    };
    if (D == 2) walk(std::true_type{});
    else walk(std::false_type{});
}

/// ∇ ln Σ wₖ N(x; mₖ, c I):   x [N, D], means [K, D], ln w [1, K], 1/c [1, 1] or [N, 1] -> [N, D].
template <class T>
tensor<T, cpu> mixture_score(const tensor<T, cpu>& x, const tensor<T, cpu>& means, const tensor<T, cpu>& log_weights, const tensor<T, cpu>& inverse) {
    auto score = tensor<T, cpu>::uninitialized(x.shape());
    T* const out = score.write();
    for_each_mixture_piece(x, means, log_weights, inverse, [&](std::size_t first, std::size_t count, auto& sums) {
        sums.give(count, out + first * means.shape()[1]);
    });
    return score;
}

/// ln Σ wₖ exp(-|x - mₖ|² / 2c), the density but for its normalization:   the same -> [N, 1].
template <class T>
tensor<T, cpu> mixture_exponent(const tensor<T, cpu>& x, const tensor<T, cpu>& means, const tensor<T, cpu>& log_weights,
                                const tensor<T, cpu>& inverse) {
    auto exponent = tensor<T, cpu>::uninitialized({x.shape()[0], 1});
    T* const out = exponent.write();
    for_each_mixture_piece(x, means, log_weights, inverse, [&](std::size_t first, std::size_t count, auto& sums) {
        for (std::size_t i = 0; i < count; ++i) out[first + i] = sums.largest[i] + logarithm(sums.total[i]);
    });
    return exponent;
}

}  // namespace ncsn
