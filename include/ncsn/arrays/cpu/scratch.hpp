// SPDX-License-Identifier: Apache-2.0
/// \file  Working memory for the length of a call.
#pragma once

#include <ncsn/arrays/device.hpp>

#include <bit>

namespace ncsn {

/// Bytes of unspecified value. Sizes are powers of two, so that all layers share a few blocks; pages never touched cost nothing.
class scratch {
public:
    explicit scratch(std::size_t bytes) : bytes_{std::bit_ceil(bytes)}, data_{bytes ? cpu::allocate(bytes_) : nullptr} {}
    scratch(const scratch&) = delete;
    scratch& operator=(const scratch&) = delete;
    ~scratch() { if (data_) cpu::release(data_, bytes_); }
    void* data() const { return data_; }

private:
    std::size_t bytes_;
    void* data_;
};

/// Working memory for each of several workers, `size` numbers apart and on cache lines of their own.
template <class T> class worker_scratch {
public:
    worker_scratch(std::size_t workers, std::size_t size) : stride_{(size * sizeof(T) / cpu::alignment + 1) * (cpu::alignment / sizeof(T))},
                                                            memory_{workers * stride_ * sizeof(T)} {}
    T* operator[](std::size_t worker) const { return static_cast<T*>(memory_.data()) + worker * stride_; }

private:
    std::size_t stride_;
    scratch memory_;
};

}  // namespace ncsn
