// SPDX-License-Identifier: Apache-2.0
/// \file  How far a result is from what was expected, and how far results of a GPU may be from the CPU's.
#pragma once

#include <boost/test/unit_test.hpp>

namespace ncsn {

/// |a - b|² / |b|², summed in double.
double squared_error(const auto& a, const auto& b) {
    BOOST_REQUIRE_EQUAL(a.shape(), b.shape());
    double difference = 0, square = 0;
    for (std::size_t i = 0; i < b.size(); ++i) {
        difference += (double(a[i]) - double(b[i])) * (double(a[i]) - double(b[i]));
        square += double(b[i]) * double(b[i]);
    }
    return square == 0 ? difference : difference / square;
}
/// Float sums in another order; bfloat16 rounds a result to 8 digits, a sum with a bias twice: (2^-9)² each, and as much for luck.
template <class T> inline constexpr double allowed = sizeof(T) == 8 ? 1e-24 : sizeof(T) == 4 ? 1e-11 : 3e-5;
/// TF32 rounds both factors of every product to 11 digits: 2 (2^-12)²/3, and as much for luck. Seen through a whole network it grows.
inline constexpr double allowed_tf32 = 1e-6;

}  // namespace ncsn
