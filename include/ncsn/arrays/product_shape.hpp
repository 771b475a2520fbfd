// SPDX-License-Identifier: Apache-2.0
/// \file  Which products of matrices there are, and the extents that come out.
#pragma once

#include <ncsn/arrays/shape.hpp>

#include <ostream>

namespace ncsn {

/// Which operand of a product is transposed.
enum class transposed { neither, left, right };

/// `count` products of matrices, each of m x k by k x n once the operand that is transposed lies straight.
struct product_extents {
    std::size_t m, n, k, count;
    transposed which;

    /// Of a and b, which count as [product of the leading extents, last extent].
    static product_extents of(const shape& a, const shape& b, transposed which) {
        require(a.rank() > 0 && b.rank() > 0, "matmul: x is ", a, " and weight is ", b, "; at least one axis each was expected");
        const auto rows = [](const shape& s) { return s.back() == 0 ? 0 : s.size() / s.back(); };
        const bool flip_left = which == transposed::left, flip_right = which == transposed::right;
        const std::size_t k = flip_left ? rows(a) : a.back(), terms = flip_right ? b.back() : rows(b);
        require(k == terms, "matmul: x is ", a, " but weight is ", b, "; features differ (", k, ", ", terms, ")");
        return {flip_left ? a.back() : rows(a), flip_right ? rows(b) : b.back(), k, 1, which};
    }
    /// Of the pairs in a [B, ., .] and b [B, ., .].
    static product_extents of_batch(const shape& a, const shape& b, transposed which) {
        const std::size_t left = which == transposed::left, right = which == transposed::right;
        require(a.rank() == 3 && b.rank() == 3 && a[0] == b[0] && a[2 - left] == b[1 + right], "batched_matmul: ", a, " and ", b,
                " do not fit; ", left ? "[B,k,m] and [B,k,n]" : right ? "[B,m,k] and [B,n,k]" : "[B,m,k] and [B,k,n]", " were expected");
        return {a[1 + left], b[2 - right], a[2 - left], a[0], which};
    }
    /// The shape of of(a, b, which): a's axes but the last stay.
    shape result(const shape& a) const {
        if (which == transposed::left) return {m, n};
        shape s = a;
        s[s.rank() - 1] = n;
        return s;
    }
    friend std::ostream& operator<<(std::ostream& out, const product_extents& e) {
        return out << e.count << " products [" << e.m << ',' << e.k << "] by [" << e.k << ',' << e.n << ']';
    }
};

}  // namespace ncsn
