// SPDX-License-Identifier: Apache-2.0
/// \file  A number of the device that the host reads later, so that neither waits for the other.
#pragma once

#include <ncsn/arrays/kernels/captured_graph.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <cstring>

namespace ncsn {

/// The number in a tensor, read later than it was made. start() asks for it where the device's work is now; by the time of get() the device may be
/// busy with what it was asked for since, and the host waits for the number alone. One number at a time.
template <class T, Device D> class async_readback {
public:
    async_readback() = default;
    async_readback(const async_readback&) = delete;
    async_readback& operator=(const async_readback&) = delete;
    ~async_readback() {
        if constexpr (CapturingDevice<D>)
            try {
                copied_.wait();                                                     // the place is somebody else's next
            } catch (const error&) {}                                               // told by whatever asks the device next
    }
    void start(const tensor<T, D>& x) {
        if constexpr (CapturingDevice<D>) {
            require(x.size() == 1, "async_readback: shape ", x.shape(), " has ", x.size(), " elements; one was expected");
            D::send(place_.data(), x.data(), sizeof(T));
            copied_.set();
        } else place_ = x.item();
    }
    T get() {
        if constexpr (CapturingDevice<D>) {
            copied_.wait();
            T number;
            std::memcpy(&number, place_.data(), sizeof(T));
            return number;
        } else return place_;
    }

private:
    template <class Any> struct parts_of { using place = T; struct mark {}; };
    template <CapturingDevice Any> struct parts_of<Any> { using place = typename Any::upload_block; using mark = typename Any::mark; };
    typename parts_of<D>::place place_ = typename parts_of<D>::place(sizeof(T));    ///< for another device the number itself
    [[no_unique_address]] typename parts_of<D>::mark copied_;
};

}  // namespace ncsn
