// SPDX-License-Identifier: Apache-2.0
/// \file  The gradient registry: extents, places, matrix products, in every mode (sums: structure_sums.cpp). tests/checks/registry.sh fails for an
/// operation without an entry.
#include <support/check_every_mode.hpp>

using namespace ncsn;

BOOST_AUTO_TEST_CASE(other_extents_and_other_places) {
    const reals x = some({4, 2, 3});
    check_every_mode(
        "reshape_op reshaped",
        [](const auto& t) {
            return reshaped(t, {6, 4});
        },
        x,
        [](const reals& t) {
            return reals({6, 4}, t.values());
        });
    check_every_mode("flattened", [](const auto& t) { return flattened(t); }, x, [](const reals& t) { return reals({4, 6}, t.values()); });
    check_every_mode("columns_op columns", [](const auto& t) { return columns(t, 1, 2); }, x, [](const reals& t) {
        reals y({4, 2, 2});
        for (std::size_t r = 0; r < 8; ++r)
            for (std::size_t c = 0; c < 2; ++c) y.write()[r * 2 + c] = t[r * 3 + 1 + c];
        return y;
    });
    check_every_mode_of_two("concatenated", [](const auto& a, const auto& b) { return concatenated(a, b); }, some({3, 2}), some({3, 4}, 2),
                            [](const reals& a, const reals& b) {
        reals y({3, 6});
        for (std::size_t i = 0; i < 18; ++i) y.write()[i] = i % 6 < 2 ? a[i / 6 * 2 + i % 6] : b[i / 6 * 4 + i % 6 - 2];
        return y;
    });
    const reals beside = some({4, 2, 1}, 3);                                           // three operands, one of them in the middle of two that vary
    check_every_mode("concatenated", [&](const auto& t) { return concatenated(t, beside, t * t); }, x, [&](const reals& t) {
        reals y({4, 2, 7});
        for (std::size_t i = 0; i < 56; ++i) {
            const std::size_t r = i / 7, c = i % 7;
            y.write()[i] = c < 3 ? t[r * 3 + c] : c == 3 ? beside[r] : t[r * 3 + c - 4] * t[r * 3 + c - 4];
        }
        return y;
    });
    const std::vector<std::size_t> rows{2, 0, 2, 3};                                  // one row twice, one not at all
    check_every_mode("gather_rows_op gather_rows", [&rows](const auto& t) { return gather_rows(t, rows); }, x, [&rows](const reals& t) {
        reals y({4, 2, 3});
        for (std::size_t i = 0; i < 24; ++i) y.write()[i] = t[rows[i / 6] * 6 + i % 6];
        return y;
    });
    check_every_mode("swap_last_axes_op swap_last_axes", [](const auto& t) { return swap_last_axes(t); }, x, [](const reals& t) {
        reals y({4, 3, 2});
        for (std::size_t i = 0; i < 24; ++i) y.write()[i / 6 * 6 + i % 3 * 2 + i % 6 / 3] = t[i];
        return y;
    });
}

BOOST_AUTO_TEST_CASE(matrix_products) {
    const auto naive = [](const reals& x, const reals& w) {
        const std::size_t in = w.shape()[1], out = w.shape()[0];
        shape s = x.shape();
        s[s.rank() - 1] = out;
        reals y(s);
        for (std::size_t r = 0; r < x.size() / in; ++r)
            for (std::size_t o = 0; o < out; ++o)
                for (std::size_t i = 0; i < in; ++i) y.write()[r * out + o] += x[r * in + i] * w[o * in + i];
        return y;
    };
    for (const shape& s : {shape{3, 4}, shape{2, 3, 4}})
        check_every_mode_of_two("matmul_op matmul", [](const auto& x, const auto& w) { return matmul(x, w); }, some(s), some({5, 4}, 2), naive);
    check_every_mode_of_two(
        "batched_matmul_op batched_matmul", [](const auto& x, const auto& w) { return batched_matmul(x, w); }, some({2, 3, 4}), some({2, 5, 4}, 2),
        [&](const reals& x, const reals& w) {
            reals y({2, 3, 5});
            for (std::size_t b = 0; b < 2; ++b) {
                const reals part = naive(reals({3, 4}, std::span{x.data() + 12 * b, 12}), reals({5, 4}, std::span{w.data() + 20 * b, 20}));
                std::copy_n(part.data(), 15, y.write() + 15 * b);
            }
            return y;
        });
    check_every_mode_of_two(
        "batched_weighted_sum_op batched_weighted_sum", [](const auto& x, const auto& w) { return batched_weighted_sum(x, w); }, some({2, 3, 4}),
        some({2, 4, 5}, 2), [&](const reals& x, const reals& w) { return batched_matmul(x, swap_last_axes(w)); });
}
