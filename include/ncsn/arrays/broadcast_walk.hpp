// SPDX-License-Identifier: Apache-2.0
/// \file  How arrays that are repeated along some axes are walked, on every device.
#pragma once

#include <ncsn/arrays/shape.hpp>

#include <array>
#include <cstddef>

namespace ncsn {

/// How one or two operands are walked to fill a result: neighbouring axes that both treat alike are merged, so most cases have one or two loops.
struct broadcast_walk {
    struct axis { std::size_t extent, left, right; };                               ///< strides in elements, 0 where an operand repeats
    std::array<axis, shape::max_rank> axes{};                                       ///< fastest first
    std::size_t count = 0;

    broadcast_walk(const shape& result, const shape& a, const shape& b) {
        std::size_t left = 1, right = 1;
        for (std::size_t back = 1; back <= result.rank(); ++back) {
            const std::size_t extent = result[result.rank() - back];
            const bool has_a = back <= a.rank() && a[a.rank() - back] != 1, has_b = back <= b.rank() && b[b.rank() - back] != 1;
            if (extent != 1) {
                const axis next{extent, has_a ? left : 0, has_b ? right : 0};
                if (count > 0 && continues(axes[count - 1].left, next.left, axes[count - 1].extent) &&
                    continues(axes[count - 1].right, next.right, axes[count - 1].extent))
                    axes[count - 1].extent *= extent;
                else axes[count++] = next;
            }
            if (has_a) left *= extent;
            if (has_b) right *= extent;
        }
        if (count == 0) axes[count++] = {1, 0, 0};
    }
    /// body(offset in the left operand, offset in the right operand, offset in the result) for every run of the fastest axis, runs
    /// first <= r < last.
    template <class Body> void runs(std::size_t first, std::size_t last, const Body& body) const {
        for (std::size_t r = first; r < last; ++r) {
            std::size_t rest = r, left = 0, right = 0;
            for (std::size_t k = 1; k < count; ++k) {
                const std::size_t i = rest % axes[k].extent;
                rest /= axes[k].extent;
                left += i * axes[k].left;
                right += i * axes[k].right;
            }
            body(left, right, r * axes[0].extent);
        }
    }
    std::size_t run_count() const {
        std::size_t n = 1;
        for (std::size_t k = 1; k < count; ++k) n *= axes[k].extent;
        return n;
    }

private:
    static bool continues(std::size_t inner, std::size_t outer, std::size_t extent) {
        return outer == inner * extent && (inner != 0) == (outer != 0);
    }
};

}  // namespace ncsn
