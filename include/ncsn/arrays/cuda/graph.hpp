// SPDX-License-Identifier: Apache-2.0
/// \file  CUDA graphs as the programs of a capture.
#pragma once

#include <ncsn/arrays/cuda/status.hpp>

#include <utility>

namespace ncsn {

/// What a stream was asked for since the capture began, to be started as one.
class cuda_graph {
public:
    /// Ends the capture. What was captured is thrown away if it cannot be made into a graph.
    explicit cuda_graph(cudaStream_t stream) : stream_{stream} {
        cudaGraph_t captured = nullptr;
        check(cudaStreamEndCapture(stream, &captured), "ending a graph");
        const cudaError_t status = cudaGraphInstantiate(&graph_, captured, 0);
        (void)cudaGraphDestroy(captured);
        check(status, "making a graph");
    }
    cuda_graph(cuda_graph&& other) noexcept : stream_{other.stream_}, graph_{std::exchange(other.graph_, nullptr)} {}
    cuda_graph& operator=(cuda_graph&& other) noexcept {
        std::swap(stream_, other.stream_);
        std::swap(graph_, other.graph_);
        return *this;
    }
    /// A graph may end while the device still works on it.
    ~cuda_graph() {
        if (graph_) (void)cudaGraphExecDestroy(graph_);
    }
    void run() const { check(cudaGraphLaunch(graph_, stream_), "starting a graph"); }

private:
    cudaStream_t stream_;
    cudaGraphExec_t graph_ = nullptr;
};

}  // namespace ncsn
