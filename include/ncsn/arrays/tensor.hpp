// SPDX-License-Identifier: Apache-2.0
/// \file  tensor<T, Device>: an array of numbers with run-time extents.
#pragma once

#include <ncsn/arithmetic/host_device.hpp>
#include <ncsn/arrays/device.hpp>
#include <ncsn/arrays/shape.hpp>

#include <concepts>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace ncsn {

/// The name of an element's type, for messages.
template <class T> std::string element_name() {
    if constexpr (std::is_same_v<T, float>) return "float";
    else if constexpr (std::is_same_v<T, double>) return "double";
    else if constexpr (requires { T::name; }) return T::name;
    else return std::to_string(sizeof(T)) + "-byte elements";
}

/// A dense array, last axis fastest, on a device. Copies share their elements until one of them is written to, so passing a tensor by value or
/// keeping it for a derivative costs a reference count. An *empty* tensor (default constructed) holds nothing and stands for "absent".
template <class T, Device D = cpu> class tensor {
    static_assert(sizeof(T) <= 8, "tensor: elements have at most 8 bytes, which shape::most_elements counts on");

public:
    using value_type = T;
    using device_type = D;

    tensor() = default;
    /// All elements zero.
    explicit tensor(const ncsn::shape& s) : tensor{uninitialized(s)} { D::fill(storage_->data, s.size(), T(0)); }
    /// All elements equal to value.
    tensor(const ncsn::shape& s, T value) : tensor{uninitialized(s)} { D::fill(storage_->data, s.size(), value); }
    /// Elements in order, last axis fastest.
    tensor(const ncsn::shape& s, std::initializer_list<T> values) : tensor(s, std::span<const T>{values.begin(), values.size()}) {}
    tensor(const ncsn::shape& s, std::span<const T> values) : tensor{uninitialized(s)} {
        require(values.size() == s.size(), "tensor: ", values.size(), " values for shape ", s, ", which has ", s.size());
        if (!values.empty()) D::upload(storage_->data, values.data(), values.size_bytes());
    }
    /// Elements of unspecified value, for an operation that writes all of them.
    static tensor uninitialized(const ncsn::shape& s) {
        tensor t;
        t.shape_ = s;
        t.storage_ = stored(s);
        return t;
    }

    const ncsn::shape& shape() const { return shape_; }
    std::size_t size() const { return empty() ? 0 : shape_.size(); }
    bool empty() const { return storage_ == nullptr; }

    /// Where the elements are, in the memory of the device.
    const T* data() const {
        require(!empty(), "tensor: empty (default constructed); it has no elements");
        return storage_->data;
    }
    /// The elements, for the host. On another device ask for on_device<cpu>(x) first.
    std::span<const T> values() const requires D::is_host { return empty() ? std::span<const T>{} : std::span<const T>{storage_->data, size()}; }
    /// One element. On another device than the host each call waits for a transfer.
    T operator[](std::size_t i) const {
        if constexpr (D::is_host) return storage_->data[i];
        else {
            T element;
            D::download(&element, storage_->data + i, sizeof(T));
            return element;
        }
    }
    /// The number in a tensor of one element.
    T item() const {
        require(size() == 1, "item: shape ", shape_, " has ", size(), " elements; one was expected");
        return (*this)[0];
    }

    /// The elements for writing; copies them first if another tensor shares them.
    T* write() {
        require(!empty(), "tensor: empty (default constructed); it has no elements to write to");
        if (storage_.use_count() > 1) {
            auto own = stored(shape_);
            D::copy(own->data, storage_->data, shape_.size() * sizeof(T));
            storage_ = std::move(own);
        }
        storage_->packed.reset();
        return storage_->data;
    }
    bool unique() const { return storage_.use_count() == 1; }

    /// The same elements seen with other extents.
    tensor reshaped(const ncsn::shape& s) const {
        require(s.size() == size(), "reshape: ", shape_, " to ", s, "; ", size(), " elements do not fill ", s.size());
        tensor t = *this;
        t.shape_ = s;
        return t;
    }

    /// The place beside the elements for their packed_weight_cache (packed_weights.hpp): write() empties it.
    std::shared_ptr<void>& packed() const { return storage_->packed; }

private:
    struct storage {
        explicit storage(std::size_t n) : count{n}, data{static_cast<T*>(D::allocate(n * sizeof(T)))} {}
        storage(const storage&) = delete;
        storage& operator=(const storage&) = delete;
        ~storage() { D::release(data, count * sizeof(T)); }
        std::size_t count;
        T* data;
        std::shared_ptr<void> packed;
    };
    /// Memory for a shape. Where it can run out, the tensor that did not fit is named.
    static std::shared_ptr<storage> stored(const ncsn::shape& s) {
        if constexpr (D::is_host) return std::make_shared<storage>(s.size());
        else
            try {
                return std::make_shared<storage>(s.size());
            } catch (const error& reason) {
                fail("tensor ", s, " of ", element_name<T>(), ": ", reason.what());
            }
    }
    ncsn::shape shape_;
    std::shared_ptr<storage> storage_;
};

/// A tensor of one element as its number, a larger one as its shape and first elements.
template <class T, Device D> std::ostream& operator<<(std::ostream& out, const tensor<T, D>& x) {
    if (x.size() == 1) return out << x[0];
    out << x.shape() << " {";
    const std::size_t shown = std::min<std::size_t>(x.size(), 8);
    for (std::size_t i = 0; i < shown; ++i) out << (i ? ", " : "") << x[i];
    return out << (shown < x.size() ? ", ...}" : "}");
}

template <class T> inline constexpr bool is_tensor = false;
template <class T, Device D> inline constexpr bool is_tensor<tensor<T, D>> = true;

/// A tensor on some device.
template <class T> concept Array = is_tensor<std::remove_cvref_t<T>>;

/// The same elements on another device; x itself if they are there already.
template <Device To, class T, Device From> tensor<T, To> on_device(const tensor<T, From>& x) {
    if constexpr (std::same_as<To, From>) return x;
    else if (x.empty()) return {};
    else if constexpr (From::is_host) return {x.shape(), std::span<const T>{x.data(), x.size()}};
    else {
        std::vector<T> elements(x.size());
        From::download(elements.data(), x.data(), x.size() * sizeof(T));
        return {x.shape(), std::span<const T>{elements}};
    }
}

}  // namespace ncsn
