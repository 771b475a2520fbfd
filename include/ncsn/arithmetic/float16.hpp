// SPDX-License-Identifier: Apache-2.0
/// \file  IEEE half precision, for numbers in files. `half` is CUDA's name.
#pragma once

#include <bit>
#include <cstdint>

namespace ncsn {

/// Sign, 5 bits of exponent, 10 of mantissa: 6e-8 to 65,504 with three digits. From a float it is rounded to the nearest, of two equally near ones to
/// the even; what is larger becomes infinite, and every NaN a quiet one.
struct float16 {
    std::uint16_t bits = 0;

    float16() = default;
    explicit float16(float x) : bits{rounded(x)} {}
    static constexpr float16 from_bits(std::uint16_t b) {
        float16 x;
        x.bits = b;
        return x;
    }
    explicit operator float() const {
        const std::uint32_t sign = std::uint32_t{bits & 0x8000u} << 16, exponent = bits >> 10 & 31u, mantissa = bits & 0x3ffu;
        if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | mantissa << 13);
        if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
        const float small = static_cast<float>(mantissa) * 0x1p-24f;                // subnormal, or zero
        return sign != 0 ? -small : small;
    }

private:
    static std::uint16_t rounded(float x) {
        const auto word = std::bit_cast<std::uint32_t>(x);
        const std::uint32_t sign = word >> 16 & 0x8000u, size = word & 0x7fffffffu;
        if (size > 0x7f800000u) return static_cast<std::uint16_t>(sign | 0x7e00u);
        if (size >= 0x477ff000u) return static_cast<std::uint16_t>(sign | 0x7c00u); // 65,520 and more
        if (size < 0x38800000u) {                                                   // below 2⁻¹⁴: a multiple of 2⁻²⁴, rounded by float's own addition
            const float shifted = std::bit_cast<float>(size) + 0.5f;
            return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3f000000u));
        }
        const std::uint32_t even = size >> 13 & 1u;
        return static_cast<std::uint16_t>(sign | (size - 0x38000000u + 0xfffu + even) >> 13);
    }
};

}  // namespace ncsn
