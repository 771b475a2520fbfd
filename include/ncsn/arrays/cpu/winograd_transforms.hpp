// SPDX-License-Identifier: Apache-2.0
/// \file  The matrices of Winograd's F(4x4, 3x3).
///
/// In one dimension 4 outputs of a filter with 3 taps are y = Aᵀ((G w) ∘ (Bᵀ x)), x six inputs: polynomials are multiplied by their values at the
/// points 0, ±a, ±b, ∞ (Winograd 1980; Lavin & Gray 2016, arXiv:1509.09308). With M(t) = Π(t - p), over the finite points:
///     Bᵀ  coefficients of M(t)/(t - p), last M(t);    G  (1, p, p²) / M'(p), last (0, 0, 1);    Aᵀ  p^k, last (0, 0, 0, 1).
#pragma once

#include <cstddef>

namespace ncsn {

/// The one-dimensional transforms, of registers or of numbers, and a way to apply one along both axes.
struct winograd_transform {
    static constexpr float a = 0.625f, b = 1.5f, a2 = a * a, b2 = b * b, sum2 = a2 + b2, product2 = a2 * b2;    // points chosen for small errors
    static constexpr float at_zero = 1 / product2, at_a = 1 / (2 * a2 * (a2 - b2)), at_b = 1 / (2 * b2 * (b2 - a2));

    /// Bᵀ: 6 -> 6.
    template <class V> static void image(const V (&d)[6], V (&t)[6]) {
        const V even_a = d[4] - b2 * d[2], odd_a = a * (d[3] - b2 * d[1]), even_b = d[4] - a2 * d[2], odd_b = b * (d[3] - a2 * d[1]);
        t[0] = product2 * d[0] - sum2 * d[2] + d[4];
        t[1] = even_a + odd_a;
        t[2] = even_a - odd_a;
        t[3] = even_b + odd_b;
        t[4] = even_b - odd_b;
        t[5] = product2 * d[1] - sum2 * d[3] + d[5];
    }
    /// G: 3 -> 6.
    template <class V> static void filter(const V (&w)[3], V (&t)[6]) {
        const V even_a = at_a * (w[0] + a2 * w[2]), odd_a = at_a * a * w[1], even_b = at_b * (w[0] + b2 * w[2]), odd_b = at_b * b * w[1];
        t[0] = at_zero * w[0];
        t[1] = even_a + odd_a;
        t[2] = even_a - odd_a;
        t[3] = even_b + odd_b;
        t[4] = even_b - odd_b;
        t[5] = w[2];
    }
    /// Gᵀ: 6 -> 3.
    template <class V> static void filter_transpose(const V (&t)[6], V (&w)[3]) {
        const V even_a = at_a * (t[1] + t[2]), even_b = at_b * (t[3] + t[4]);
        w[0] = at_zero * t[0] + even_a + even_b;
        w[1] = at_a * a * (t[1] - t[2]) + at_b * b * (t[3] - t[4]);
        w[2] = a2 * even_a + b2 * even_b + t[5];
    }
    /// Aᵀ: 6 -> 4.
    template <class V> static void result(const V (&m)[6], V (&y)[4]) {
        const V even_a = m[1] + m[2], odd_a = a * (m[1] - m[2]), even_b = m[3] + m[4], odd_b = b * (m[3] - m[4]);
        y[0] = m[0] + even_a + even_b;
        y[1] = odd_a + odd_b;
        y[2] = a2 * even_a + b2 * even_b;
        y[3] = a2 * odd_a + b2 * odd_b + m[5];
    }
    /// A: 4 -> 6.
    template <class V> static void result_transpose(const V (&y)[4], V (&t)[6]) {
        const V even_a = y[0] + a2 * y[2], odd_a = a * (y[1] + a2 * y[3]), even_b = y[0] + b2 * y[2], odd_b = b * (y[1] + b2 * y[3]);
        t[0] = y[0];
        t[1] = even_a + odd_a;
        t[2] = even_a - odd_a;
        t[3] = even_b + odd_b;
        t[4] = even_b - odd_b;
        t[5] = y[3];
    }
    /// transform along both axes: in(row, column) of From x From values, out(row, column, value) of To x To.
    template <std::size_t From, std::size_t To, class V, class In, class Transform, class Out> static void both(In in, Transform transform, Out out) {
        V half[From][To];
        for (std::size_t r = 0; r < From; ++r) {
            V line[From];
            for (std::size_t c = 0; c < From; ++c) line[c] = in(r, c);
            transform(line, half[r]);
        }
        for (std::size_t c = 0; c < To; ++c) {
            V line[From], result[To];
            for (std::size_t r = 0; r < From; ++r) line[r] = half[r][c];
            transform(line, result);
            for (std::size_t r = 0; r < To; ++r) out(r, c, result[r]);
        }
    }
};

}  // namespace ncsn
