// SPDX-License-Identifier: Apache-2.0
/// \file  bfloat16: the upper half of a float, for activations on a GPU.
#pragma once

#include <ncsn/arithmetic/host_device.hpp>

#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace ncsn {

/// Sign, 8 bits of exponent, 7 of mantissa: the range of float with two to three digits. From a float it is rounded to the nearest, of two equally
/// near ones to the even; every NaN becomes 0x7fff, which is what a GPU's own instruction makes of it, so host and device give the same bits.
/// Sums and products of two are formed in float and rounded; with a float they are a float.
struct bfloat16 {
    static constexpr const char* name = "bfloat16";                                  ///< in messages
    std::uint16_t bits;

    bfloat16() = default;
    template <class Number> requires std::is_arithmetic_v<Number>
    NCSN_HD explicit bfloat16(Number x) : bits{rounded(static_cast<float>(x))} {}
    NCSN_HD operator float() const { return std::bit_cast<float>(std::uint32_t{bits} << 16); }

    static constexpr bfloat16 from_bits(std::uint16_t b) {
        bfloat16 x{};
        x.bits = b;
        return x;
    }

    friend NCSN_HD inline bfloat16 operator+(bfloat16 a, bfloat16 b) { return bfloat16(float(a) + float(b)); }
    friend NCSN_HD inline bfloat16 operator-(bfloat16 a, bfloat16 b) { return bfloat16(float(a) - float(b)); }
    friend NCSN_HD inline bfloat16 operator*(bfloat16 a, bfloat16 b) { return bfloat16(float(a) * float(b)); }
    friend NCSN_HD inline bfloat16 operator/(bfloat16 a, bfloat16 b) { return bfloat16(float(a) / float(b)); }
    friend NCSN_HD inline bfloat16 operator-(bfloat16 a) { return bfloat16(-float(a)); }
    NCSN_HD bfloat16& operator+=(bfloat16 b) { return *this = *this + b; }
    NCSN_HD bfloat16& operator-=(bfloat16 b) { return *this = *this - b; }
    NCSN_HD bfloat16& operator*=(bfloat16 b) { return *this = *this * b; }
    NCSN_HD bfloat16& operator/=(bfloat16 b) { return *this = *this / b; }

private:
    NCSN_HD static std::uint16_t rounded(float x) {
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ >= 800
        std::uint16_t half;
        asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(half) : "f"(x));
        return half;
#else
        if (x != x) return 0x7fff;
        const auto word = std::bit_cast<std::uint32_t>(x);
        return static_cast<std::uint16_t>((word + 0x7fffu + ((word >> 16) & 1u)) >> 16);
#endif
    }
};
static_assert(sizeof(bfloat16) == 2 && std::is_trivially_copyable_v<bfloat16> && std::is_trivially_default_constructible_v<bfloat16>);

/// The type in which elements of type T are computed with and summed: float for bfloat16, else T.
template <class T> struct computing { using type = T; };
template <> struct computing<bfloat16> { using type = float; };
template <class T> using computing_type = typename computing<std::remove_cv_t<T>>::type;

}  // namespace ncsn

template <> class std::numeric_limits<ncsn::bfloat16> {
public:
    static constexpr bool is_specialized = true, is_signed = true, is_integer = false, is_exact = false, has_infinity = true, has_quiet_NaN = true;
    static constexpr bool is_iec559 = false, is_bounded = true;
    static constexpr int radix = 2, digits = 8, digits10 = 2, max_digits10 = 4, min_exponent = -125, max_exponent = 128;
    static constexpr ncsn::bfloat16 min() { return ncsn::bfloat16::from_bits(0x0080); }
    static constexpr ncsn::bfloat16 max() { return ncsn::bfloat16::from_bits(0x7f7f); }
    static constexpr ncsn::bfloat16 lowest() { return ncsn::bfloat16::from_bits(0xff7f); }
    static constexpr ncsn::bfloat16 epsilon() { return ncsn::bfloat16::from_bits(0x3c00); }
    static constexpr ncsn::bfloat16 denorm_min() { return ncsn::bfloat16::from_bits(0x0001); }
    static constexpr ncsn::bfloat16 infinity() { return ncsn::bfloat16::from_bits(0x7f80); }
    static constexpr ncsn::bfloat16 quiet_NaN() { return ncsn::bfloat16::from_bits(0x7fff); }
};
