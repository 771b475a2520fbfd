// SPDX-License-Identifier: Apache-2.0
/// \file  Memory of the device for the time of one call.
#pragma once

#include <ncsn/arrays/cuda/device.hpp>

namespace ncsn {

/// Bytes from the pool, given back at the end of the scope: the stream's order keeps them until the kernels that use them are done.
class cuda_scratch {
public:
    /// `name(out)` says what the bytes are for, should there be none.
    template <class Name> cuda_scratch(std::size_t bytes, const Name& name) : bytes_{bytes}, data_{nullptr} {
        if (bytes == 0) return;
        try {
            data_ = cuda::allocate(bytes);
        } catch (const error& reason) {
            plain_text text;
            name(text);
            fail(text.str(), ": ", reason.what());
        }
    }
    cuda_scratch(const cuda_scratch&) = delete;
    cuda_scratch& operator=(const cuda_scratch&) = delete;
    ~cuda_scratch() { if (data_) cuda::release(data_, bytes_); }
    void* data() const { return data_; }

private:
    std::size_t bytes_;
    void* data_;
};

}  // namespace ncsn
