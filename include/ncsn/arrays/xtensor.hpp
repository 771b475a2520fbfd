// SPDX-License-Identifier: Apache-2.0
/// \file  Tensors as xtensor arrays and back, without a copy where possible. Not for a device compiler; nothing else includes it.
#pragma once

#include <ncsn/arrays/tensor.hpp>

#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>

namespace ncsn {

/// The extents as xtensor writes them.
inline std::vector<std::size_t> xtensor_shape(const shape& s) { return {s.begin(), s.end()}; }

/// The elements of x as an xtensor expression of the same extents, for reading. Valid as long as x and its elements are.
template <class T> auto as_xtensor(const tensor<T, cpu>& x) {
    require(!x.empty(), "as_xtensor: the tensor is empty (default constructed); it has no elements to view");
    return xt::adapt(x.data(), x.size(), xt::no_ownership(), xtensor_shape(x.shape()));
}
/// The same for reading and writing. Copies the elements first if another tensor shares them, as every write does; use the view before x is
/// copied again, for the copy shares what the view writes to.
template <class T> auto as_xtensor(tensor<T, cpu>& x) {
    require(!x.empty(), "as_xtensor: the tensor is empty (default constructed); it has no elements to view");
    T* elements = x.write();
    return xt::adapt(elements, x.size(), xt::no_ownership(), xtensor_shape(x.shape()));
}
template <class T> auto as_xtensor(tensor<T, cpu>&&) = delete;                      // the view would outlive the elements
template <class T> auto as_xtensor(const tensor<T, cpu>&&) = delete;

/// The value of an xtensor expression as a tensor of the same extents.
template <Array A, class E> A from_xtensor(const xt::xexpression<E>& expression) {
    const E& e = expression.derived_cast();
    const std::vector<std::size_t> extents(e.shape().begin(), e.shape().end());
    auto x = tensor<typename A::value_type, cpu>::uninitialized(shape{std::span<const std::size_t>{extents}});
    auto view = xt::adapt(x.write(), x.size(), xt::no_ownership(), extents);
    view = xt::cast<typename A::value_type>(e);
    return on_device<typename A::device_type>(x);
}

}  // namespace ncsn
