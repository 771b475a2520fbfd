// SPDX-License-Identifier: Apache-2.0
/// \file  Products of small matrices that stay in registers while they are summed.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <type_traits>
#include <utility>

namespace ncsn {

#ifdef __AVX512F__
inline constexpr std::size_t lanes = 16, product_rows = 12;                         // 12 x 2 sums fill the 32 registers
#elif defined(__AVX__)
inline constexpr std::size_t lanes = 8, product_rows = 6;
#else
inline constexpr std::size_t lanes = 4, product_rows = 6;
#endif
/// One register of channels.
typedef float channel_vector __attribute__((vector_size(lanes * sizeof(float))));

/// Zeros. Written as channel_vector{} in a lambda they make nvcc's code generator fail.
inline channel_vector zero_channels() {
    channel_vector v;
    std::memset(&v, 0, sizeof v);
    return v;
}

inline constexpr std::size_t rounded_to_lanes(std::size_t n) { return (n + lanes - 1) / lanes * lanes; }

/// c[r, :] (+)= Σ_k a[r, k] b[k, :] for R rows of C registers; b and c are packed, row after row. a[r, k] is at a[r stride + k], or at
/// a[r + k stride] if Across.
template <std::size_t R, std::size_t C, bool Across>
void register_product(const float* a, std::size_t stride, const float* b, std::size_t depth, float* c, bool add) {
    channel_vector sum[R * C];
    const auto each = [&]<std::size_t... K>(std::index_sequence<K...>, auto visit) { (visit(std::integral_constant<std::size_t, K>{}), ...); };
    constexpr auto all = std::make_index_sequence<R * C>{};
    each(all, [&](auto k) {
        if (add) std::memcpy(&sum[k], c + k.value * lanes, sizeof sum[k]);
        else sum[k] = zero_channels();
    });
    for (std::size_t d = 0; d < depth; ++d, a += Across ? stride : 1, b += C * lanes) {
        channel_vector right[C];
        std::memcpy(right, b, sizeof right);
        each(all, [&](auto k) { sum[k] += a[Across ? k / C : k / C * stride] * right[k % C]; });
    }
    each(all, [&](auto k) { std::memcpy(c + k.value * lanes, &sum[k], sizeof sum[k]); });
}

/// The same for any number of rows, in parts as equal as can be.
template <std::size_t C, bool Across>
void panel_product(std::size_t rows, const float* a, std::size_t stride, const float* b, std::size_t depth, float* c, bool add) {
    using kernel = void (*)(const float*, std::size_t, const float*, std::size_t, float*, bool);
    static constexpr auto kernels = []<std::size_t... R>(std::index_sequence<R...>) {
        return std::array<kernel, sizeof...(R)>{&register_product<R + 1, C, Across>...};
    }(std::make_index_sequence<product_rows>{});
    const std::size_t parts = (rows + product_rows - 1) / product_rows, short_part = rows / parts, longer = rows % parts;
    for (std::size_t part = 0; part < parts; ++part) {
        const std::size_t count = short_part + (part < longer);
        kernels[count - 1](a, stride, b, depth, c, add);
        a += Across ? count : count * stride;
        c += count * C * lanes;
    }
}

}  // namespace ncsn
