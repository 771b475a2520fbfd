// SPDX-License-Identifier: Apache-2.0
/// \file  Numbers without a pattern for the tests of kernels, and their inner product.
#pragma once

#include <support/squared_error.hpp>

#include <ncsn/arrays/tensor.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <cstdint>

namespace ncsn {

/// Numbers in (-1, 1) that repeat only after 2^32.
template <class T> tensor<T> scattered(const shape& s, std::uint32_t seed) {
    auto t = tensor<T>::uninitialized(s);
    T* out = t.write();
    std::uint32_t state = seed * 2654435761u + 1;
    for (std::size_t k = 0; k < s.size(); ++k) {
        state = state * 1664525u + 1013904223u;
        out[k] = static_cast<T>(static_cast<double>(state) / 2147483648.0 - 1);
    }
    return t;
}

/// Σ a b, accumulated in double.
double inner(const auto& a, const auto& b) {
    BOOST_REQUIRE_EQUAL(a.shape(), b.shape());
    double sum = 0;
    for (std::size_t k = 0; k < a.size(); ++k) sum += double(a[k]) * double(b[k]);
    return sum;
}

/// |a - b| / |b|.
double relative_error(const auto& a, const auto& b) { return std::sqrt(squared_error(a, b)); }
/// |<y, A x> - <Aᵀ y, x>| against the size of its terms.
double adjoint_defect(const auto& x, const auto& applied, const auto& y, const auto& transposed) {
    return std::abs(inner(y, applied) - inner(transposed, x)) / std::sqrt(inner(y, y) * inner(applied, applied));
}
/// What a transpose may be off by.
template <class T> inline constexpr double adjoint_rounding = sizeof(T) == 4 ? 1e-6 : 1e-15;

}  // namespace ncsn
