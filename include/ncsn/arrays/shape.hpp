// SPDX-License-Identifier: Apache-2.0
/// \file  The extents of a tensor.
#pragma once

#include <ncsn/arithmetic/error.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <ostream>
#include <span>

namespace ncsn {

/// Extents, slowest axis first. Axis 0 counts samples; images are [N, H, W, C]. A scalar has rank 0. At most six axes.
class shape {
public:
    static constexpr std::size_t max_rank = 6;

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

    /// Number of elements.
    std::size_t size() const {
        std::size_t n = 1;
        for (const std::size_t e : *this) n *= e;
        return n;
    }
    /// Elements of one sample: the product of all extents but the first.
    std::size_t row_size() const {
        std::size_t n = 1;
        for (std::size_t axis = 1; axis < rank_; ++axis) n *= extents_[axis];
        return n;
    }
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
    std::array<std::size_t, max_rank> extents_{};
    std::size_t rank_ = 0;
};

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
