// SPDX-License-Identifier: Apache-2.0
/// \file  The product of a panel against its definition, for every number of rows, both orders of the left matrix, set and added.
#include <boost/test/unit_test.hpp>

#include <ncsn/arrays/cpu/panel_product.hpp>

#include <vector>

using namespace ncsn;

namespace {

/// Small whole numbers: sums of them are exact.
std::vector<float> integers(std::size_t n, unsigned seed) {
    std::vector<float> values(n);
    for (float& v : values) v = static_cast<float>((seed = seed * 1664525u + 1013904223u) >> 28) - 7;
    return values;
}

template <std::size_t C, bool Across> void check(std::size_t rows, bool add) {
    constexpr std::size_t depth = 5, width = C * lanes;
    const std::size_t stride = Across ? rows + 3 : depth + 3;
    const auto a = integers(stride * (Across ? depth : rows), 1), b = integers(depth * width, 2), before = integers(rows * width, 3);
    auto c = before;
    panel_product<C, Across>(rows, a.data(), stride, b.data(), depth, c.data(), add);
    for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t k = 0; k < width; ++k) {
            float sum = add ? before[r * width + k] : 0;
            for (std::size_t d = 0; d < depth; ++d) sum += a[Across ? r + d * stride : r * stride + d] * b[d * width + k];
            BOOST_REQUIRE_EQUAL(c[r * width + k], sum);
        }
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_panel_is_the_product_for_every_number_of_rows) {
    for (std::size_t rows = 1; rows <= 3 * product_rows + 1; ++rows)
        for (const bool add : {false, true}) {
            check<1, false>(rows, add);
            check<2, false>(rows, add);
            check<2, true>(rows, add);
        }
}
