// SPDX-License-Identifier: Apache-2.0
/// \file  What kernels of a grid are compared with and against: operands on the CPU and on the emulated device, in float, double and bfloat16.
#pragma once

#include <support/emulated_device.hpp>
#include <support/scattered.hpp>

#include <ncsn/arithmetic/bfloat16.hpp>

#include <tuple>
#include <vector>

namespace ncsn {

using kernel_numbers = std::tuple<float, double, bfloat16>;

template <class T> tensor<T, emulated> there(const tensor<T, cpu>& x) { return on_device<emulated>(x); }
template <class T> tensor<T, cpu> here(const tensor<T, emulated>& x) { return on_device<cpu>(x); }

/// The same numbers in another type.
template <class To, class From> tensor<To> in_type(const tensor<From>& x) {
    std::vector<To> values;
    for (const From v : x.values()) values.push_back(static_cast<To>(static_cast<double>(v)));
    return {x.shape(), std::span<const To>{values}};
}
/// Numbers of T as the CPU computes with them: a bfloat16 is a float.
template <class T> using reference_type = computing_type<T>;

/// How far a kernel's result, |a - b| / |b|, may be from the CPU's on the same numbers: rounding of the result, and of sums of `terms`.
template <class T> double kernel_rounding(double terms = 1) {
    if (sizeof(T) == 2) return 8e-3;                                                // two roundings to 8 digits
    return (sizeof(T) == 4 ? 6e-8 : 1.2e-16) * (8 + std::sqrt(terms));
}

}  // namespace ncsn
