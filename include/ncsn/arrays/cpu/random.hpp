// SPDX-License-Identifier: Apache-2.0
/// \file  Filling tensors with random numbers on the CPU.
#pragma once

#include <ncsn/arithmetic/philox.hpp>
#include <ncsn/arrays/cpu/parallel.hpp>
#include <ncsn/arrays/random_fills.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <array>
#include <cstring>
#if defined(__AVX512F__) && !defined(__CUDACC__)
#include <immintrin.h>
#endif

namespace ncsn {

#if defined(__AVX512F__) && !defined(__CUDACC__)
/// Eight 64-bit lanes. Between rounds only the lower half of a lane counts; the upper one holds what the last product left there.
using philox_lanes = std::uint64_t __attribute__((vector_size(64)));
using philox_words = std::uint32_t __attribute__((vector_size(64)));

/// Blocks start, start + 1, ... of the current draw, word k of block i at words[k][i]. A round is two products, two shifts and two combinations of
/// three words, which AVX-512 does eight at a time with no rearrangement: half the time of the loop below. g++ 12 does not find the product of
/// lower halves by itself, so it is named; 32 blocks at once hide its latency.
template <std::size_t N> void philox_blocks(const philox& rng, std::uint64_t start, std::array<std::array<std::uint32_t, N>, 4>& words) {
    static constexpr std::size_t vectors = 4, blocks = 8 * vectors;
    static_assert(N % blocks == 0);
    constexpr philox_lanes eight{0, 1, 2, 3, 4, 5, 6, 7}, zero{}, factor0 = zero + philox_factor0, factor1 = zero + philox_factor1;
    const auto product = [](philox_lanes a, philox_lanes b) {
        return reinterpret_cast<philox_lanes>(_mm512_maskz_mul_epu32(0xff, reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
    };
    const auto lower_halves = [](philox_lanes a, philox_lanes b) {
        return __builtin_shufflevector(reinterpret_cast<philox_words>(a), reinterpret_cast<philox_words>(b), 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20,
                                       22, 24, 26, 28, 30);
    };
    for (std::size_t first = 0; first < N; first += blocks) {
        philox_lanes c0[vectors], c1[vectors], c2[vectors], c3[vectors];
        for (std::size_t v = 0; v < vectors; ++v) {
            c0[v] = eight + (start + first + 8 * v);
            c1[v] = c0[v] >> 32;
            c2[v] = zero + rng.draw;
            c3[v] = zero + rng.stream;
        }
        auto k0 = static_cast<std::uint32_t>(rng.seed), k1 = static_cast<std::uint32_t>(rng.seed >> 32);
        for (int round = 0; round < 10; ++round, k0 += philox_bump0, k1 += philox_bump1)
            for (std::size_t v = 0; v < vectors; ++v) {
                const philox_lanes p0 = product(c0[v], factor0), p1 = product(c2[v], factor1);
                c0[v] = (p1 >> 32) ^ c1[v] ^ k0;
                c1[v] = p1;
                c2[v] = (p0 >> 32) ^ c3[v] ^ k1;
                c3[v] = p0;
            }
        for (std::size_t v = 0; v < vectors; v += 2) {
            std::size_t k = 0;
            for (const auto& c : {c0, c1, c2, c3}) {
                const philox_words sixteen = lower_halves(c[v], c[v + 1]);
                std::memcpy(words[k++].data() + first + 8 * v, &sixteen, sizeof sixteen);
            }
        }
    }
}
#else
/// Blocks start, start + 1, ... of the current draw, word k of block i at words[k][i]. The rounds are the outer loop: the inner one is vector code.
template <std::size_t N> void philox_blocks(const philox& rng, std::uint64_t start, std::array<std::array<std::uint32_t, N>, 4>& words) {
    auto& [c0, c1, c2, c3] = words;
    for (std::size_t i = 0; i < N; ++i) {
        c0[i] = static_cast<std::uint32_t>(start + i);
        c1[i] = static_cast<std::uint32_t>((start + i) >> 32);
        c2[i] = rng.draw;
        c3[i] = rng.stream;
    }
    auto k0 = static_cast<std::uint32_t>(rng.seed), k1 = static_cast<std::uint32_t>(rng.seed >> 32);
    for (int round = 0; round < 10; ++round, k0 += philox_bump0, k1 += philox_bump1)
        for (std::size_t i = 0; i < N; ++i) philox_round(c0[i], c1[i], c2[i], c3[i], k0, k1);
}
#endif

/// The numbers of a draw from flat position `begin` on, in pieces: use(offset from begin, pointer, count). `Fill` turns the words of many blocks
/// into four numbers a block.
template <class T, class Fill, class Use>
void for_each_piece(const philox& rng, std::uint64_t begin, std::size_t n, const Fill& fill, const Use& use) {
    static constexpr std::size_t blocks = 128, numbers = 4 * blocks;
    const std::uint64_t first = begin / 4, last = (begin + n + 3) / 4;
    const std::size_t pieces = static_cast<std::size_t>((last - first + blocks - 1) / blocks);
    for_each_block(pieces, std::max<std::size_t>(1, parallel_grain / numbers / 2), [&](std::size_t piece_begin, std::size_t piece_end) {
        alignas(64) std::array<std::array<std::uint32_t, blocks>, 4> words;
        alignas(64) std::array<T, numbers> z;
        for (std::size_t piece = piece_begin; piece < piece_end; ++piece) {
            const std::uint64_t start = first + piece * blocks;
            philox_blocks(rng, start, words);
            fill(words, z);
            const std::uint64_t from = std::max(begin, 4 * start), to = std::min<std::uint64_t>(begin + n, 4 * start + numbers);
            use(static_cast<std::size_t>(from - begin), z.data() + (from - 4 * start), static_cast<std::size_t>(to - from));
        }
    });
}

/// y = x + a·drift + b·z with fresh standard normal z, in one pass: a step of the Euler-Maruyama scheme. One draw of rng.
template <class T>
tensor<T, cpu> euler_maruyama(const tensor<T, cpu>& x, double a, const tensor<T, cpu>& drift, double b, philox& rng) {
    require(x.shape() == drift.shape(), "euler_maruyama: x is ", x.shape(), " but the drift is ", drift.shape());
    auto y = tensor<T, cpu>::uninitialized(x.shape());
    T* const out = y.write();
    for_each_piece<T>(rng, first_position(rng, x.shape()), x.size(), normal_fill{}, [&](std::size_t at, const T* z, std::size_t n) {
        const T *__restrict from = x.data() + at, *__restrict s = drift.data() + at;
        T* __restrict to = out + at;
        for (std::size_t i = 0; i < n; ++i) to[i] = multiply_add(static_cast<T>(a), s[i], from[i]) + static_cast<T>(b) * z[i];
    });
    ++rng.draw;
    return y;
}

/// Fills x with numbers made by `fill`, mapped to scale·u + shift. One draw of rng.
template <class T, class Fill> void fill_random(tensor<T, cpu>& x, const Fill& fill, T scale, T shift, philox& rng) {
    T* const out = x.write();
    for_each_piece<T>(rng, first_position(rng, x.shape()), x.size(), fill, [&](std::size_t at, const T* z, std::size_t n) {
        for (std::size_t i = 0; i < n; ++i) out[at + i] = multiply_add(scale, z[i], shift);
    });
    ++rng.draw;
}

}  // namespace ncsn
