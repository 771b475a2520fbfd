// SPDX-License-Identifier: Apache-2.0
/// \file  The extents of a tensor.
#pragma once

#include <ncsn/arithmetic/error.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <limits>
#include <ostream>
#include <span>

namespace ncsn {

/// Extents, slowest axis first. Axis 0 counts samples; images are [N, H, W, C]. A scalar has rank 0. At most six axes.
class shape {
public:
    static constexpr std::size_t max_rank = 6;
    static constexpr std::size_t most_elements = std::numeric_limits<std::size_t>::max() / 16;  ///< of 8 bytes each: half of all addresses

    shape() = default;
    shape(std::initializer_list<std::size_t> extents) : shape(std::span{extents.begin(), extents.size()}) {}
    explicit shape(std::span<const std::size_t> extents) : rank_{extents.size()} {
        require(rank_ <= max_rank, "shape: ", rank_, " axes; at most ", max_rank, " are supported");
        std::copy(extents.begin(), extents.end(), extents_.begin());
    }

    std::size_t rank() const { return rank_; }
    std::size_t operator[](std::size_t axis) const { return extents_[axis]; }
    std::size_t& operator[](std::size_t axis) { return extents_[axis]; }
    const std::size_t* begin() const { return extents_.data(); }
    const std::size_t* end() const { return extents_.data() + rank_; }
    std::size_t back() const { return rank_ == 0 ? 1 : extents_[rank_ - 1]; }

    /// Number of elements. An error where no memory has so many addresses: a product that wraps would pass for a small one.
    std::size_t size() const { return product(0); }
    /// Elements of one sample: the product of all extents but the first.
    std::size_t row_size() const { return product(1); }
    /// The same shape with n samples.
    shape with_rows(std::size_t n) const {
        shape s = *this;
        s.extents_[0] = n;
        return s;
    }

    friend bool operator==(const shape& a, const shape& b) { return std::ranges::equal(a, b); }
    friend std::ostream& operator<<(std::ostream& out, const shape& s) {
        out << '[';
        for (std::size_t axis = 0; axis < s.rank_; ++axis) out << (axis ? "," : "") << s.extents_[axis];
        return out << ']';
    }

private:
    std::size_t product(std::size_t axis) const {
        std::size_t n = 1;
        bool wraps = false;
        for (std::size_t i = axis; i < rank_; ++i) wraps |= __builtin_mul_overflow(n, extents_[i], &n);
        if (wraps || n > most_elements) [[unlikely]] return none_or_fail(axis);
        return n;
    }
    /// 0 where an extent is, whatever the others are.
    std::size_t none_or_fail(std::size_t axis) const {
        const bool none = std::find(begin() + std::min(axis, rank_), end(), 0u) != end();
        require(none, "shape ", *this, ": more elements than memory has addresses (at most ", most_elements,
                "); an extent is negative or far too large");
        return 0;
    }

    std::array<std::size_t, max_rank> extents_{};
    std::size_t rank_ = 0;
};

/// a b + c as an extent; an error for `operation` where it is more than any extent, as from a negative number.
inline std::size_t extent_of(const char* operation, std::size_t a, std::size_t b, std::size_t c) {
    std::size_t extent = 0;
    const bool wraps = __builtin_mul_overflow(a, b, &extent) || __builtin_add_overflow(extent, c, &extent);
    require(!wraps && extent <= shape::most_elements, operation, ": an extent of ", a, " x ", b, " + ", c, "; at most ", shape::most_elements,
            " was expected");
    return extent;
}

/// The shape that both fit into: axes are matched from the last, an extent of 1 (or a missing axis) is repeated.
inline shape broadcast(const char* operation, const shape& a, const shape& b) {
    if (a == b) return a;
    shape result = a.rank() >= b.rank() ? a : b;
    const shape& other = a.rank() >= b.rank() ? b : a;
    for (std::size_t back = 1; back <= other.rank(); ++back) {
        const std::size_t p = result[result.rank() - back], q = other[other.rank() - back];
        require(p == q || p == 1 || q == 1, operation, ": shapes ", a, " and ", b, " do not fit; extents differ (", p, ", ", q, ")");
        if (p == 1) result[result.rank() - back] = q;
    }
    return result;
}

/// The shape of tensors side by side along the last axis; their other extents agree.
inline shape concatenated_shape(std::initializer_list<shape> parts) {
    shape result = *parts.begin();
    require(result.rank() > 0, "concatenated: x is []; at least one axis was expected");
    result[result.rank() - 1] = 0;
    for (const shape& s : parts) {
        require(s.rank() == result.rank() && std::equal(s.begin(), s.end() - 1, result.begin()), "concatenated: shapes ", *parts.begin(), " and ", s,
                " do not fit; all extents but the last must agree");
        result[result.rank() - 1] += s.back();
    }
    return result;
}

}  // namespace ncsn
