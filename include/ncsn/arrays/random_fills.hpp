// SPDX-License-Identifier: Apache-2.0
/// \file  How the words of Philox become numbers: N blocks of four words, word k of block i at w[k][i], give 4 N numbers in order.
///
/// A CPU takes many blocks at once, for vector code; a GPU takes one an index.
#pragma once

#include <ncsn/arithmetic/philox.hpp>
#include <ncsn/arrays/shape.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace ncsn {

/// The position in its draw of the first number of a tensor of that shape. An error where positions do not reach to its last: they would begin anew,
/// in the middle of the tensor.
inline std::uint64_t first_position(const philox& rng, const shape& s) {
    constexpr std::uint64_t piece = 4096;                                           // at the end some are made that are not used
    std::uint64_t begin = 0, end = 0;
    const bool wraps = __builtin_mul_overflow(rng.first_sample, s.row_size(), &begin) || __builtin_add_overflow(begin, s.size() + piece, &end);
    require(!wraps, "philox: a tensor ", s, " from sample ", rng.first_sample, " on needs more than the 2^64 numbers of a draw");
    return begin;
}

struct normal_fill {
    template <class T, std::size_t N, std::size_t M>
    NCSN_HD void operator()(const std::array<std::array<std::uint32_t, N>, 4>& w, std::array<T, M>& z) const {
        alignas(64) std::array<T, N> a, b, c, d;
        for (std::size_t i = 0; i < N; ++i) {
            const auto p = normal_pair<T>(w[0][i], w[1][i]), q = normal_pair<T>(w[2][i], w[3][i]);
            a[i] = p.cosine, b[i] = p.sine, c[i] = q.cosine, d[i] = q.sine;
        }
        for (std::size_t i = 0; i < N; ++i) z[4 * i] = a[i], z[4 * i + 1] = b[i], z[4 * i + 2] = c[i], z[4 * i + 3] = d[i];
    }
};
struct uniform_fill {
    template <class T, std::size_t N, std::size_t M>
    NCSN_HD void operator()(const std::array<std::array<std::uint32_t, N>, 4>& w, std::array<T, M>& u) const {
        for (std::size_t i = 0; i < N; ++i)
            for (std::size_t k = 0; k < 4; ++k) u[4 * i + k] = half_open_unit<T>(w[k][i]);
    }
};

}  // namespace ncsn
