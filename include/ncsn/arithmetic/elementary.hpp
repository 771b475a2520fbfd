// SPDX-License-Identifier: Apache-2.0
/// \file  exp, log, sine and cosine as straight-line code.
///
/// The float versions have no branch and no library call, so a compiler turns a loop over them into vector code, and because every rounding
/// is written out (fused multiply-add where it is meant) they give the same bits in a vector lane, in a loop's tail, in every batch split and
/// on a GPU. Errors are below 2 units in the last place; tests/arithmetic/elementary.cpp measures them. The double versions are the C library's.
#pragma once

#include <ncsn/arithmetic/host_device.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace ncsn {

/// a b + c, rounded once where the processor can do it in one instruction.
template <class T> NCSN_HD inline T multiply_add(T a, T b, T c) {
#if defined(__FMA__) || defined(__CUDA_ARCH__) || defined(__aarch64__)
    return std::fma(a, b, c);
#else
    return a * b + c;
#endif
}

/// eˣ where it is a normal number, for x in [-87.3, 88.72] and for nothing else: the exponent becomes an integer. Cody-Waite
/// reduction to |r| <= ln2 / 2 and a polynomial of degree 6.
NCSN_HD inline float normal_exponential(float x) {
    const float k = std::floor(multiply_add(x, 1.44269504088896341f, 0.5f));
    float r = multiply_add(k, -0.693145751953125f, x);                              // ln 2 in two parts, the first exact in a product with k
    r = multiply_add(k, -1.42860682030941723212e-6f, r);
    float p = 1.9875691500e-4f;                                                     // minimax coefficients of Cephes' expf
    p = multiply_add(p, r, 1.3981999507e-3f);
    p = multiply_add(p, r, 8.3334519073e-3f);
    p = multiply_add(p, r, 4.1665795894e-2f);
    p = multiply_add(p, r, 1.6666665459e-1f);
    p = multiply_add(p, r, 5.0000001201e-1f);
    p = multiply_add(p, r * r, r + 1.0f);
    return std::bit_cast<float>(std::bit_cast<std::int32_t>(p) + (static_cast<std::int32_t>(k) << 23));  // the exact product of p and 2^k
}
/// eˣ: 0 below -87.3, infinite above 88.72.
NCSN_HD inline float exponential(float x) {
    const float y = normal_exponential(x > -87.3f ? (x > 88.72f ? 88.72f : x) : -87.3f);
    return x < -87.3f ? 0.0f : x > 88.72f ? std::numeric_limits<float>::infinity() : x == x ? y : x;
}
NCSN_HD inline double exponential(double x) { return std::exp(x); }

/// eˣ for x <= 0, with fewer ends to look after: never below e^-87.3 = 1.2e-38.
NCSN_HD inline float falling_exponential(float x) {
    const float y = normal_exponential(x > -87.3f ? x : -87.3f);
    return x == x ? y : x;
}
NCSN_HD inline double falling_exponential(double x) { return std::exp(x); }

/// ln x for positive normal x and for nothing else. Mantissa in [√½, √2) and a polynomial of degree 9.
NCSN_HD inline float positive_logarithm(float x) {
    const auto bits = std::bit_cast<std::uint32_t>(x);                              // wraps where x is negative, whose result is not used
    const std::int32_t exponent = static_cast<std::int32_t>(bits - 0x3f3504f3u) >> 23;                // 0x3f3504f3 is √½
    const float m = std::bit_cast<float>(bits - (static_cast<std::uint32_t>(exponent) << 23)) - 1.0f, e = static_cast<float>(exponent);
    float p = 7.0376836292e-2f;                                                     // minimax coefficients of Cephes' logf
    p = multiply_add(p, m, -1.1514610310e-1f);
    p = multiply_add(p, m, 1.1676998740e-1f);
    p = multiply_add(p, m, -1.2420140846e-1f);
    p = multiply_add(p, m, 1.4249322787e-1f);
    p = multiply_add(p, m, -1.6668057665e-1f);
    p = multiply_add(p, m, 2.0000714765e-1f);
    p = multiply_add(p, m, -2.4999993993e-1f);
    p = multiply_add(p, m, 3.3333331174e-1f);
    const float square = m * m;
    float y = p * m * square;
    y = multiply_add(e, -2.12194440e-4f, y);
    y = multiply_add(-0.5f, square, y);
    return multiply_add(e, 0.693359375f, m + y);
}
NCSN_HD inline double positive_logarithm(double x) { return std::log(x); }

/// ln x for normal x. -∞ at 0, NaN for what is negative or NaN: a run that went wrong shows.
NCSN_HD inline float logarithm(float x) {
    const float y = positive_logarithm(x);
    constexpr float infinity = std::numeric_limits<float>::infinity();
    const float above = x < infinity ? y : x, below = x == 0.0f ? -infinity : std::numeric_limits<float>::quiet_NaN();
    return x > 0.0f ? above : below;
}
NCSN_HD inline double logarithm(double x) { return std::log(x); }

/// cos and sin of 2π t, for t in [0, 1).
template <class T> struct cosine_sine { T cosine, sine; };

NCSN_HD inline cosine_sine<float> turn(float t) {
    const float quarter = std::floor(multiply_add(t, 4.0f, 0.5f));                  // nearest multiple of a quarter turn
    const float a = multiply_add(quarter, -0.25f, t) * 6.28318530717958647692f;     // |a| <= π/4
    const float a2 = a * a;
    float s = -1.9515295891e-4f;                                                    // Cephes' sinf and cosf on [-π/4, π/4]
    s = multiply_add(s, a2, 8.3321608736e-3f);
    s = multiply_add(s, a2, -1.6666654611e-1f);
    s = multiply_add(s * a2, a, a);
    float c = 2.443315711809948e-5f;
    c = multiply_add(c, a2, -1.388731625493765e-3f);
    c = multiply_add(c, a2, 4.166664568298827e-2f);
    c = multiply_add(c * a2, a2, multiply_add(-0.5f, a2, 1.0f));
    const auto q = static_cast<std::int32_t>(quarter);
    const float first = (q & 1) ? s : c, second = (q & 1) ? c : s;
    return {((q + 1) & 2) ? -first : first, (q & 2) ? -second : second};
}
NCSN_HD inline cosine_sine<double> turn(double t) {
    const double angle = 6.28318530717958647692 * t;
    return {std::cos(angle), std::sin(angle)};
}

}  // namespace ncsn
