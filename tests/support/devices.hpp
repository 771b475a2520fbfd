// SPDX-License-Identifier: Apache-2.0
/// \file  Programs on another device than the CPU: tests/cuda/*.cu on the GPU, tests of captured graphs on the emulated device as well.
#pragma once

#include <ncsn/arithmetic/host_device.hpp>

#if defined(NCSN_CUDA)
#include <support/on_gpu.hpp>
#else
#include <support/emulated_libraries.hpp>
#endif

#include <support/squared_error.hpp>

#include <ncsn/arrays/tensor.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <vector>

namespace ncsn {

#if defined(NCSN_CUDA)
using other_device = cuda;
#else
using other_device = emulated;
#endif

/// The numbers of an array, wherever they are, at the end of a row, and a row as an array.
template <Array A> void append(std::vector<float>& row, const A& x) {
    const auto fetched = on_device<cpu>(x);
    row.insert(row.end(), fetched.values().begin(), fetched.values().end());
}
inline tensor<float> in_a_row(const std::vector<float>& row) { return {{row.size()}, std::span<const float>{row}}; }

/// ‖difference‖² / ‖value‖², as every float result must keep to.
inline constexpr double allowed_error = 1e-7;
/// What f makes with arrays of the other device is what it makes with the CPU's.
template <class F> void check_same_on_both(const F& f) {
    const auto ours = f.template operator()<tensor<float, cpu>>();
    const auto fetched = on_device<cpu>(f.template operator()<tensor<float, other_device>>());
    BOOST_TEST(std::ranges::any_of(ours.values(), [](float value) { return value != 0; }));
    BOOST_TEST(squared_error(fetched, ours) <= allowed_error);
}

}  // namespace ncsn
