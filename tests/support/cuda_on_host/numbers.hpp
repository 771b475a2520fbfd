// SPDX-License-Identifier: Apache-2.0
/// \file  Numbers of the types that the GPU's libraries multiply, as the host reads and writes them in the GPU's memory.
#pragma once

#include <cstdint>
#include <cstring>

namespace cuda_on_host {

enum class number { float32, float64, bfloat16 };
inline std::size_t bytes_of(number n) { return n == number::float64 ? 8 : n == number::float32 ? 4 : 2; }

template <class To, class From> To bits(From from) {
    static_assert(sizeof(To) == sizeof(From));
    To to;
    std::memcpy(&to, &from, sizeof to);
    return to;
}
/// The nearest number whose last `dropped` bits of float are 0, ties to even: 13 make TF32, 16 bfloat16.
inline float shortened(float x, int dropped) {
    const auto b = bits<std::uint32_t>(x);
    if ((b & 0x7f800000u) == 0x7f800000u) return x;
    const std::uint32_t half = (1u << (dropped - 1)) - 1, odd = (b >> dropped) & 1;
    return bits<float>(((b + half + odd) >> dropped) << dropped);
}
inline double read(const void* at, std::size_t i, number n) {
    if (n == number::float64) return static_cast<const double*>(at)[i];
    if (n == number::float32) return static_cast<double>(static_cast<const float*>(at)[i]);
    return static_cast<double>(bits<float>(static_cast<std::uint32_t>(static_cast<const std::uint16_t*>(at)[i]) << 16));
}
inline void write(void* at, std::size_t i, number n, double value) {
    if (n == number::float64) static_cast<double*>(at)[i] = value;
    else if (n == number::float32) static_cast<float*>(at)[i] = static_cast<float>(value);
    else static_cast<std::uint16_t*>(at)[i] = static_cast<std::uint16_t>(bits<std::uint32_t>(shortened(static_cast<float>(value), 16)) >> 16);
}
/// As the multipliers see it: a float without its last bits.
inline double operand(const void* at, std::size_t i, number n, int dropped) {
    const double value = read(at, i, n);
    return dropped > 0 && n == number::float32 ? static_cast<double>(shortened(static_cast<float>(value), dropped)) : value;
}

inline void add(double* to, double factor, const double* from, std::size_t n) {
#pragma omp simd
    for (std::size_t i = 0; i < n; ++i) to[i] += factor * from[i];
}
inline double dot(const double* a, const double* b, std::size_t n) {
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (std::size_t i = 0; i < n; ++i) sum += a[i] * b[i];
    return sum;
}

}  // namespace cuda_on_host
