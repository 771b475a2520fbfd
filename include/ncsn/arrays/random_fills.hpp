// SPDX-License-Identifier: Apache-2.0
/// \file  How the words of Philox become numbers: N blocks of four words, word k of block i at w[k][i], give 4 N numbers in order.
///
/// A CPU takes many blocks at once, for vector code; a GPU takes one an index.
#pragma once

#include <ncsn/arithmetic/philox.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace ncsn {

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
