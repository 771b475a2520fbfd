// SPDX-License-Identifier: Apache-2.0
/// \file  One convolution in cuDNN's terms: its operations and tensors as a graph.
///
/// The graph interface and not cuDNN's older one: it offers all engines of a GPU (on Hopper those that bfloat16 in NHWC needs for full speed), adds
/// a bias in the same kernel, and says of each engine what it does to the numbers (docs/decisions/cuda.md).
#pragma once

#include <ncsn/arithmetic/bfloat16.hpp>
#include <ncsn/arrays/cuda/cudnn.hpp>
#include <ncsn/arrays/windows.hpp>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace ncsn {

enum class convolution_way { forward, input_gradient, filter_gradient };

/// One convolution: x [N,H,W,I], w [O,kh,kw,I], y [N,H',W',O]. biased: y = x * w + b.
struct convolution_task {
    convolution_way way;
    cudnnDataType_t type;
    bool biased;
    shape x, w, y;
    conv_window window;

    using key_type = std::array<std::size_t, 20>;
    key_type key() const {
        key_type k{static_cast<std::size_t>(way), static_cast<std::size_t>(type), biased, window.stride, window.padding, window.dilation,
                   cuda::math == cuda::precision::tf32, cuda::repeatable};
        std::size_t at = 8;
        for (const shape* s : {&x, &w, &y})
            for (const std::size_t extent : *s) k[at++] = extent;
        return k;
    }
    friend std::ostream& operator<<(std::ostream& out, const convolution_task& t) {
        static constexpr const char* ways[] = {"conv2d", "conv2d transposed", "conv2d filter gradient"};
        return out << ways[static_cast<int>(t.way)] << " of " << t.x << " under weight " << t.w << " (stride " << t.window.stride << ", padding "
                   << t.window.padding << ", dilation " << t.window.dilation << ", "
                   << (t.type == CUDNN_DATA_DOUBLE ? "double" : t.type == CUDNN_DATA_BFLOAT16 ? "bfloat16"
                       : cuda::math == cuda::precision::tf32 ? "float as TF32" : "float") << (t.biased ? ", with bias)" : ")");
    }
};

template <class T> inline constexpr cudnnDataType_t cudnn_type = sizeof(T) == 8 ? CUDNN_DATA_DOUBLE : sizeof(T) == 4 ? CUDNN_DATA_FLOAT
                                                                                                      : CUDNN_DATA_BFLOAT16;

/// The operands of a task in the order x, w, y, bias; the one that comes out is written.
struct convolution_operands {
    const void *x, *w, *y, *bias;
    /// What the graph calls them; the sum is y before the bias.
    static constexpr std::int64_t x_id = 1, w_id = 2, y_id = 3, bias_id = 4, sum_id = 5;
};

/// Four axes as cuDNN orders them, [N,C,H,W], with the strides of [N,H,W,C].
inline cudnn_description cudnn_image(std::int64_t id, const shape& s, cudnnDataType_t type, bool inner = false) {
    const auto extent = [&](std::size_t axis) { return static_cast<std::int64_t>(s[axis]); };
    const std::array<std::int64_t, 4> extents{extent(0), extent(3), extent(1), extent(2)};
    const std::array<std::int64_t, 4> strides{extent(1) * extent(2) * extent(3), 1, extent(2) * extent(3), extent(3)};
    cudnn_description part{CUDNN_BACKEND_TENSOR_DESCRIPTOR};
    part.set(CUDNN_ATTR_TENSOR_DATA_TYPE, type).set(CUDNN_ATTR_TENSOR_DIMENSIONS, extents).set(CUDNN_ATTR_TENSOR_STRIDES, strides);
    part.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, id).set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, std::int64_t{16});
    if (inner) part.set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, true);
    return std::move(part.finish("describing a tensor"));
}
/// The operations of a task and the tensors between them. Without a handle it can be put together where there is no GPU, by cuDNN 9.19 at least.
inline cudnn_description convolution_graph(const convolution_task& task, cudnnHandle_t handle) {
    using ids = convolution_operands;
    const cudnnDataType_t sum_type = task.type == CUDNN_DATA_DOUBLE ? CUDNN_DATA_DOUBLE : CUDNN_DATA_FLOAT;
    const auto both = [](std::size_t v) { return std::array{static_cast<std::int64_t>(v), static_cast<std::int64_t>(v)}; };
    const auto stride = both(task.window.stride), padding = both(task.window.padding), dilation = both(task.window.dilation);
    cudnn_description window{CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR};
    window.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, sum_type).set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_CROSS_CORRELATION)
        .set(CUDNN_ATTR_CONVOLUTION_DILATIONS, dilation).set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, stride)
        .set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, padding).set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, padding)
        .set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, std::int64_t{2}).finish("describing a convolution");
    const cudnn_description x = cudnn_image(ids::x_id, task.x, task.type), w = cudnn_image(ids::w_id, task.w, task.type);
    const cudnn_description y = cudnn_image(ids::y_id, task.y, task.type), bias = cudnn_image(ids::bias_id, {1, 1, 1, task.w[0]}, task.type);
    const cudnn_description sum = cudnn_image(ids::sum_id, task.y, sum_type, true);

    std::vector<cudnn_description> operations;
    const auto factors = [&](cudnn_description& part, cudnnBackendAttributeName_t alpha, cudnnBackendAttributeName_t beta) {
        if (task.type == CUDNN_DATA_DOUBLE) part.set(alpha, 1.).set(beta, 0.);
        else part.set(alpha, 1.f).set(beta, 0.f);
    };
    if (task.way == convolution_way::forward) {
        cudnn_description& part = operations.emplace_back(CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR);
        factors(part, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA);
        part.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, window).set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, x)
            .set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, w).set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, task.biased ? sum : y);
    } else if (task.way == convolution_way::input_gradient) {
        cudnn_description& part = operations.emplace_back(CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR);
        factors(part, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA);
        part.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC, window).set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, x)
            .set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, w).set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, y);
    } else {
        cudnn_description& part = operations.emplace_back(CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR);
        factors(part, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA);
        part.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC, window).set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, x)
            .set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW, w).set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY, y);
    }
    operations.back().finish("describing a convolution");
    if (task.biased) {
        cudnn_description addition{CUDNN_BACKEND_POINTWISE_DESCRIPTOR};
        addition.set(CUDNN_ATTR_POINTWISE_MODE, CUDNN_POINTWISE_ADD).set(CUDNN_ATTR_POINTWISE_MATH_PREC, sum_type).finish("describing a bias");
        operations.emplace_back(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR)
            .set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, addition).set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, sum)
            .set(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, bias).set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, y).finish("describing a bias");
    }
    cudnn_description all{CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR};
    if (handle) all.set(cudnn_graph_handle, handle);
    all.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, operations).finish("putting a convolution together");
    return all;
}

}  // namespace ncsn
