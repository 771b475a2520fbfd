// SPDX-License-Identifier: Apache-2.0
/// \file  Tensors for tests of arrays/kernels: the same numbers on the CPU and on another device, in the type that the device stores.
#pragma once

#include <ncsn/arithmetic/bfloat16.hpp>
#include <ncsn/arrays/random.hpp>

#include <boost/test/unit_test.hpp>

#include <tuple>
#include <vector>

namespace ncsn {

using element_types = std::tuple<float, double, bfloat16>;

/// The type in which the CPU computes what a device stores as T.
template <class T> using reference = tensor<computing_type<T>, cpu>;

/// x rounded to T and widened again.
template <class T> reference<T> rounded(const reference<T>& x) {
    reference<T> y = x;
    computing_type<T>* const at = x.empty() ? nullptr : y.write();
    for (std::size_t i = 0; i < x.size(); ++i) at[i] = static_cast<computing_type<T>>(static_cast<T>(at[i]));
    return y;
}
/// The same numbers in double.
template <class T> tensor<double> in_double(const tensor<T>& x) {
    const std::vector<double> values(x.values().begin(), x.values().end());
    return {x.shape(), std::span<const double>{values}};
}
/// Normal numbers that T holds exactly.
template <class T> reference<T> numbers(const shape& s, philox& rng) { return rounded<T>(normal<reference<T>>(s, rng)); }

template <class D, class T> tensor<T, D> sent(const reference<T>& x) {
    std::vector<T> elements;
    for (const auto value : x.values()) elements.push_back(static_cast<T>(value));
    return {x.shape(), std::span<const T>{elements}};
}
template <class T, class D> reference<T> fetched(const tensor<T, D>& x) {
    const auto stored = on_device<cpu>(x);
    std::vector<computing_type<T>> elements;
    for (const T value : stored.values()) elements.push_back(static_cast<computing_type<T>>(value));
    return {x.shape(), std::span<const computing_type<T>>{elements}};
}

/// The largest |a - b| / (scale + |b|); infinite where shapes differ or one is NaN.
template <class A> double distance(const A& a, const A& b, double scale = 1) {
    if (a.shape() != b.shape()) return std::numeric_limits<double>::infinity();
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
        if (x == y) continue;
        const double d = std::abs(x - y) / (scale + std::abs(y));
        if (!(d <= largest)) largest = d == d ? d : std::numeric_limits<double>::infinity();
    }
    return largest;
}
template <class A> bool same(const A& a, const A& b) { return distance(a, b) == 0; }

/// How far a sum or a product of order 1 may be off.
template <class T> inline constexpr double rounding = sizeof(T) == 8 ? 1e-13 : sizeof(T) == 4 ? 2e-6 : 0.5 / 128;

/// f(device with narrow indices), then with wide ones where the device has a choice.
template <class D, class F> void for_both_index_widths(const F& f) {
    f();
    if constexpr (requires { D::wide_indices; }) {
        D::wide_indices = true;
        f();
        D::wide_indices = false;
    }
}

/// Every way in which two operands of rank 4 can fit: `left` and `right` have all extents, or 1 where a bit is set, or lack leading axes.
template <class F> void for_each_broadcast(const std::vector<shape>& all, const F& f) {
    const auto operand = [](const shape& s, unsigned ones, std::size_t dropped) {
        std::vector<std::size_t> extents(s.begin(), s.end());
        for (std::size_t axis = 0; axis < extents.size(); ++axis)
            if (ones >> axis & 1) extents[axis] = 1;
        extents.erase(extents.begin(), extents.begin() + static_cast<std::ptrdiff_t>(std::min(dropped, extents.size())));
        return shape{std::span<const std::size_t>{extents}};
    };
    for (const shape& s : all)
        for (unsigned left = 0; left < 1u << s.rank(); ++left)
            for (unsigned right = 0; right < 1u << s.rank(); right += s.rank() > 2 ? 3 : 1)
                f(operand(s, left, left % 3 == 0 ? left % s.rank() : 0), operand(s, right, right % 5 == 0 ? right % s.rank() : 0));
}

}  // namespace ncsn
