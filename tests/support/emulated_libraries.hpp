// SPDX-License-Identifier: Apache-2.0
/// \file  What a GPU leaves to libraries, for the emulated device: matrix products by way of the CPU, convolutions by gathering windows.
#pragma once

#include <ncsn/arrays/convolution.hpp>
#include <ncsn/arrays/matmul.hpp>

#include <support/emulated_device.hpp>

namespace ncsn {

template <class T> tensor<T, emulated> product(const tensor<T, emulated>& a, const tensor<T, emulated>& b, transposed which) {
    return on_device<emulated>(product(on_device<cpu>(a), on_device<cpu>(b), which));
}
template <class T> tensor<T, emulated> batched_product(const tensor<T, emulated>& a, const tensor<T, emulated>& b, transposed which) {
    return on_device<emulated>(batched_product(on_device<cpu>(a), on_device<cpu>(b), which));
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
