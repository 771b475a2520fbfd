// SPDX-License-Identifier: Apache-2.0
/// \file  The random numbers of the library: Philox4x32-10, a function of (seed, stream, draw, position) and of nothing else.
#pragma once

#include <ncsn/arithmetic/elementary.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace ncsn {

inline constexpr std::uint32_t philox_factor0 = 0xD2511F53u, philox_factor1 = 0xCD9E8D57u, philox_bump0 = 0x9E3779B9u, philox_bump1 = 0xBB67AE85u;

/// One round of Philox4x32 (Salmon, Moraes, Dror & Shaw 2011).
NCSN_HD inline void philox_round(std::uint32_t& c0, std::uint32_t& c1, std::uint32_t& c2, std::uint32_t& c3, std::uint32_t k0, std::uint32_t k1) {
    const std::uint64_t p0 = std::uint64_t{philox_factor0} * c0, p1 = std::uint64_t{philox_factor1} * c2;
    c0 = static_cast<std::uint32_t>(p1 >> 32) ^ c1 ^ k0;
    c1 = static_cast<std::uint32_t>(p1);
    c2 = static_cast<std::uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c3 = static_cast<std::uint32_t>(p0);
}

/// One block of Philox4x32-10: 128 random bits for a counter and a key. Written without Random123's types so that a loop over blocks becomes
/// vector code; a test compares the two bit by bit.
NCSN_HD inline std::array<std::uint32_t, 4> philox_block(std::uint32_t c0, std::uint32_t c1, std::uint32_t c2, std::uint32_t c3,
                                                         std::uint32_t k0, std::uint32_t k1) {
    for (int round = 0; round < 10; ++round, k0 += philox_bump0, k1 += philox_bump1) philox_round(c0, c1, c2, c3, k0, k1);
    return {c0, c1, c2, c3};
}

/// A generator. Each use of it (one tensor of noise, one set of labels) is a *draw* with a number; the value at a position of a draw depends
/// on (seed, stream, draw, position) alone. Position counts from the first sample of the whole run: the part of a batch that starts at sample
/// `first_sample` gets the numbers it would have had in one large batch, for every batch size, thread count, rank count and device.
struct philox {
    std::uint64_t seed = 0;
    std::uint32_t stream = 0;        ///< independent generators of one seed
    std::uint32_t draw = 0;          ///< how many draws were made
    std::uint64_t first_sample = 0;  ///< the index in the whole run of row 0 of what is drawn next

    philox() = default;
    explicit philox(std::uint64_t s, std::uint32_t stream_ = 0) : seed{s}, stream{stream_} {}

    /// The same generator for the samples that start at `first`.
    philox at_sample(std::uint64_t first) const {
        philox copy = *this;
        copy.first_sample = first;
        return copy;
    }
    /// Four words of the current draw.
    NCSN_HD std::array<std::uint32_t, 4> block(std::uint64_t index) const {
        return philox_block(static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), draw, stream,
                            static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32));
    }
    /// One word of the current draw.
    std::uint32_t word(std::uint64_t position) const { return block(position / 4)[position % 4]; }

    friend bool operator==(const philox&, const philox&) = default;
};

/// A word as a number in (0, 1]: never 0, so its logarithm is finite.
template <class T> NCSN_HD inline T open_unit(std::uint32_t word) {
    if constexpr (sizeof(T) == 4) return static_cast<T>(multiply_add(static_cast<float>(word >> 8), 0x1p-24f, 0x1p-25f));
    else return (static_cast<T>(word) + T(0.5)) * T(0x1p-32);
}
/// A word as a number in [0, 1).
template <class T> NCSN_HD inline T half_open_unit(std::uint32_t word) {
    if constexpr (sizeof(T) == 4) return static_cast<T>(word >> 8) * 0x1p-24f;
    else return static_cast<T>(word) * T(0x1p-32);
}
/// Two words as two independent standard normal numbers (Box & Muller 1958).
template <class T> NCSN_HD inline cosine_sine<T> normal_pair(std::uint32_t first, std::uint32_t second) {
    const T radius = std::sqrt(T(-2) * positive_logarithm(open_unit<T>(first)));
    const auto [c, s] = turn(half_open_unit<T>(second));
    return {radius * c, radius * s};
}

}  // namespace ncsn
