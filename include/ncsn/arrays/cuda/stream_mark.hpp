// SPDX-License-Identifier: Apache-2.0
/// \file  A place in the GPU's work that the host can wait for.
#pragma once

#include <ncsn/arrays/cuda/status.hpp>

namespace ncsn {

/// A place in a stream's work that the host can wait for.
class stream_mark {
public:
    stream_mark() = default;
    stream_mark(const stream_mark&) = delete;
    stream_mark& operator=(const stream_mark&) = delete;
    ~stream_mark() {
        if (event_) (void)cudaEventDestroy(event_);
    }
    /// After what the stream was asked for so far.
    void set(cudaStream_t stream) {
        if (!event_) check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "an event");
        check(cudaEventRecord(event_, stream), "an event");
    }
    /// Until the stream has come there; at once if the mark was never set.
    void wait() const {
        if (event_) check(cudaEventSynchronize(event_), "waiting for the device");
    }

private:
    cudaEvent_t event_ = nullptr;
};

}  // namespace ncsn
