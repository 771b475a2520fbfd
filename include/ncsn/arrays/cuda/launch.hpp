// SPDX-License-Identifier: Apache-2.0
/// \file  How CUDA runs a body for every index of a range: the only header with threads, blocks and shared memory in it.
#pragma once

#include <ncsn/arrays/cuda/status.hpp>
#include <ncsn/arrays/kernels/launch.hpp>

#include <algorithm>

namespace ncsn {

/// V from the thread whose number in the warp differs from ours in the bits of `distance`.
template <class V> __device__ inline V from_other_lane(const V& value, unsigned distance) {
    if constexpr (std::is_arithmetic_v<V>) return __shfl_xor_sync(0xffffffffu, value, distance);
    else {
        V other;
        for (std::size_t k = 0; k < sizeof(V) / sizeof(value[0]); ++k) other[k] = __shfl_xor_sync(0xffffffffu, value[k], distance);
        return other;
    }
}
struct add_values {
    template <class V> __device__ V operator()(V a, const V& b) const { return a += b; }
};
struct larger_value {
    template <class V> __device__ V operator()(const V& a, const V& b) const { return a < b ? b : a; }
};

/// A group of a warp, or of a whole block: host_group says what each call is. Halves are combined with halves, so that every member has the
/// same bits and every run gives them again.
template <std::size_t Members> struct block_group {
    static constexpr unsigned warps = Members / 32;

    template <class F> __device__ void each(std::size_t n, const F& f) const {
        for (std::uint32_t i = member(); i < n; i += Members) f(i);
    }
    template <class F> __device__ auto sum(std::size_t n, const F& f) const {
        using V = std::decay_t<decltype(f(std::uint32_t{}))>;
        kahan_sum<V> own;
        for (std::uint32_t i = member(); i < n; i += Members) own.add(f(i));
        return combined(own.total, add_values{});
    }
    template <class F> __device__ auto maximum(std::size_t n, const F& f) const {
        using V = std::decay_t<decltype(f(std::uint32_t{}))>;
        V own = -std::numeric_limits<V>::infinity();
        for (std::uint32_t i = member(); i < n; i += Members) own = larger_value{}(own, f(i));
        return combined(own, larger_value{});
    }

private:
    __device__ static unsigned member() { return Members == 32 ? threadIdx.x % 32 : threadIdx.x; }
    template <class V, class Combine> __device__ static V combined(V value, const Combine& combine) {
        for (unsigned distance = 16; distance > 0; distance /= 2) value = combine(value, from_other_lane(value, distance));
        if constexpr (warps > 1) {
            __shared__ V of_warp[warps];
            __syncthreads();                                                        // the last call's values were read by all
            if (threadIdx.x % 32 == 0) of_warp[threadIdx.x / 32] = value;
            __syncthreads();
            value = of_warp[threadIdx.x % warps];
            for (unsigned distance = warps / 2; distance > 0; distance /= 2) value = combine(value, from_other_lane(value, distance));
        }
        return value;
    }
};

inline constexpr unsigned block_threads = 256;                                       ///< of a block without groups, or of one of several warps

template <class Index, class Body> __global__ void __launch_bounds__(block_threads) run_body(Index n, const Body body) {
    const Index step = static_cast<Index>(gridDim.x) * block_threads;
    for (Index i = static_cast<Index>(blockIdx.x) * block_threads + threadIdx.x; i < n; i += step) body(i);
}
template <class Body> __global__ void __launch_bounds__(block_threads) run_warps(std::size_t rows, const Body body) {
    static constexpr unsigned per_block = block_threads / 32;
    for (std::size_t row = std::size_t{blockIdx.x} * per_block + threadIdx.x / 32; row < rows; row += std::size_t{gridDim.x} * per_block)
        body(row, block_group<small_group>{});
}
template <class Body> __global__ void __launch_bounds__(large_group) run_blocks(std::size_t rows, const Body body) {
    for (std::size_t row = blockIdx.x; row < rows; row += gridDim.x) body(row, block_group<large_group>{});
}

/// As many blocks as the device runs at a time, several times over, so that the last ones to finish leave little idle; fewer for little work.
inline unsigned grid_blocks(std::size_t blocks) {
    static const std::size_t at_a_time = [] {
        int device = 0, processors = 0;
        check(cudaGetDevice(&device), "asking for the device");
        check(cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device), "asking for the number of processors");
        return static_cast<std::size_t>(processors) * (2048 / block_threads);
    }();
    return static_cast<unsigned>(std::min(blocks, 4 * at_a_time));
}

/// kernel(count, body) by so many threads in each of as many blocks as there are pieces of work, or as the device has room for. By name and not with
/// <<<>>>, so that a compiler that knows nothing of GPUs reads this file: tests run it where there is none.
template <class Count, class Body>
void start_kernel(cudaStream_t stream, void (*kernel)(Count, Body), std::size_t pieces, unsigned threads, Count count, const Body& body) {
    static_assert(std::is_trivially_copyable_v<Body>);
    cudaLaunchConfig_t grid{};
    grid.gridDim = dim3{grid_blocks(pieces)};
    grid.blockDim = dim3{threads};
    grid.stream = stream;
    check(cudaLaunchKernelEx(&grid, kernel, count, body), "starting a kernel");
}

/// body(i) for every i < n, on a stream.
template <class Body> void launch_on(cudaStream_t stream, std::size_t n, const Body& body) {
    const std::size_t pieces = (n + block_threads - 1) / block_threads;
    if (n == 0) return;
    if (n <= narrow_indices) start_kernel(stream, run_body<std::uint32_t, Body>, pieces, block_threads, static_cast<std::uint32_t>(n), body);
    else start_kernel(stream, run_body<std::uint64_t, Body>, pieces, block_threads, std::uint64_t{n}, body);
}
/// body(row, group) for every row, on a stream: a warp for a short row, a block for a long one.
template <class Body> void launch_rows_on(cudaStream_t stream, std::size_t rows, std::size_t length, const Body& body) {
    static constexpr unsigned per_block = block_threads / 32;
    if (rows == 0) return;
    if (group_members(length) == small_group) start_kernel(stream, run_warps<Body>, (rows + per_block - 1) / per_block, block_threads, rows, body);
    else start_kernel(stream, run_blocks<Body>, rows, large_group, rows, body);
}

}  // namespace ncsn
