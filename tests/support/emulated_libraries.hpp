// SPDX-License-Identifier: Apache-2.0
/// \file  What a GPU leaves to libraries, for the emulated device: matrix products by way of the CPU, convolutions by gathering windows.
#pragma once

#include <ncsn/arrays/convolution.hpp>
#include <ncsn/arrays/matmul.hpp>

#include <support/emulated_device.hpp>

namespace ncsn {

/// multiply(a, b) as a library would do it: its shape is settled when it is asked for, the numbers when it is its turn.
template <class T, class F> tensor<T, emulated> by_library(const F& multiply, const tensor<T, emulated>& a, const tensor<T, emulated>& b) {
    auto c = tensor<T, emulated>::uninitialized(multiply(tensor<T>{a.shape()}, tensor<T>{b.shape()}).shape());
    const auto view = [](const T* from, const shape& s) { return tensor<T>{s, std::span<const T>{from, s.size()}}; };
    emulated::ask([=, to = c.write(), left = a.data(), right = b.data(), as = a.shape(), bs = b.shape()] {
        const auto result = multiply(view(left, as), view(right, bs));
        std::copy_n(result.data(), result.size(), to);
    });
    return c;
}
template <class T> tensor<T, emulated> product(const tensor<T, emulated>& a, const tensor<T, emulated>& b, transposed which) {
    return by_library([=](const tensor<T>& x, const tensor<T>& y) { return product(x, y, which); }, a, b);
}
template <class T> tensor<T, emulated> batched_product(const tensor<T, emulated>& a, const tensor<T, emulated>& b, transposed which) {
    return by_library([=](const tensor<T>& x, const tensor<T>& y) { return batched_product(x, y, which); }, a, b);
}
template <class T>
tensor<T, emulated> convolve(const tensor<T, emulated>& x, const tensor<T, emulated>& w, const tensor<T, emulated>& bias, conv_window c) {
    return gathered_convolve(x, w, bias, c);
}
template <class T>
tensor<T, emulated> convolve_input_gradient(const tensor<T, emulated>& y, const tensor<T, emulated>& w, const shape& s, conv_window c) {
    return gathered_input_gradient(y, w, s, c);
}
template <class T>
tensor<T, emulated> convolve_filter_gradient(const tensor<T, emulated>& y, const tensor<T, emulated>& x, const shape& s, conv_window c) {
    return gathered_filter_gradient(y, x, s, c);
}

}  // namespace ncsn
