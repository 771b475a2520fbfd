// SPDX-License-Identifier: Apache-2.0
/// \file  Products of matrices by cuBLASLt.
///
/// cuBLASLt counts down columns, this library along rows: a row-major matrix is the transpose of the column-major one in the same memory, so
/// c = a b is asked for as cᵀ = bᵀ aᵀ, with no copy. Sums are float for float and bfloat16, double for double. Its split sums are added in order,
/// so results repeat bit for bit on one kind of GPU.
#pragma once

#include <ncsn/arrays/cuda/scratch.hpp>
#include <ncsn/arrays/product_shape.hpp>

#include <cublasLt.h>

#include <array>
#include <map>
#include <memory>
#include <mutex>

namespace ncsn {

inline void check(cublasStatus_t status, const char* what) {
    if (status != CUBLAS_STATUS_SUCCESS) [[unlikely]]
        fail("cublasLt: ", what, ": ", cublasLtGetStatusString(status), " (", cublasLtGetStatusName(status), ")");
}
inline cublasLtHandle_t cublas_handle() {
    static const cublasLtHandle_t only = [] {
        (void)cuda::stream();                                                       // no GPU: said in words before the library is started
        cublasLtHandle_t handle = nullptr;
        check(cublasLtCreate(&handle), "starting the library");
        return handle;
    }();
    return only;
}

template <class T> inline constexpr cudaDataType_t cuda_type = sizeof(T) == 8 ? CUDA_R_64F : sizeof(T) == 4 ? CUDA_R_32F : CUDA_R_16BF;

/// A product of one shape, ready to run: descriptions and the algorithm that cuBLASLt's heuristics name first.
template <class T> class compiled_product {
public:
    compiled_product(const product_extents& e, bool tf32) : extents_{e} {
        static constexpr cudaDataType_t scale = sizeof(T) == 8 ? CUDA_R_64F : CUDA_R_32F;
        const cublasComputeType_t compute = sizeof(T) == 8 ? CUBLAS_COMPUTE_64F : tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
        cublasLtMatmulDesc_t operation = nullptr;
        check(cublasLtMatmulDescCreate(&operation, compute, scale), "describing a product");
        operation_.reset(operation);
        const auto turned = [&](cublasLtMatmulDescAttributes_t operand, bool flip) {
            const cublasOperation_t value = flip ? CUBLAS_OP_T : CUBLAS_OP_N;
            check(cublasLtMatmulDescSetAttribute(operation, operand, &value, sizeof value), "describing a product");
        };
        turned(CUBLASLT_MATMUL_DESC_TRANSA, e.which == transposed::right);          // the first operand of cuBLASLt is our right one
        turned(CUBLASLT_MATMUL_DESC_TRANSB, e.which == transposed::left);
        right_ = e.which == transposed::right ? layout(e.k, e.n, e.count) : layout(e.n, e.k, e.count);
        left_ = e.which == transposed::left ? layout(e.m, e.k, e.count) : layout(e.k, e.m, e.count);
        result_ = layout(e.n, e.m, e.count);

        cublasLtMatmulPreference_t preference = nullptr;
        check(cublasLtMatmulPreferenceCreate(&preference), "choosing an algorithm");
        const std::unique_ptr<std::remove_pointer_t<cublasLtMatmulPreference_t>, decltype(&cublasLtMatmulPreferenceDestroy)> owned{
            preference, &cublasLtMatmulPreferenceDestroy};
        const std::size_t most = std::size_t{32} << 20;                             // what NVIDIA recommends for Hopper
        check(cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &most, sizeof most),
              "choosing an algorithm");
        cublasLtMatmulHeuristicResult_t found{};
        int count = 0;
        const cublasStatus_t status = cublasLtMatmulAlgoGetHeuristic(cublas_handle(), operation, right_.get(), left_.get(), result_.get(),
                                                                     result_.get(), preference, 1, &found, &count);
        require(status == CUBLAS_STATUS_SUCCESS && count > 0, "matmul: cublasLt has no algorithm for ", e, " of ", sizeof(T), "-byte numbers: ",
                cublasLtGetStatusString(status));
        algorithm_ = found.algo;
        workspace_ = found.workspaceSize;
    }
    void run(const T* a, const T* b, T* c) const {
        const cuda_scratch workspace{workspace_, [this](std::ostream& out) { out << "workspace of " << extents_; }};
        if (cuda::updating()) return;
        const computing_type<T> one = 1, zero = 0;
        check(cublasLtMatmul(cublas_handle(), operation_.get(), &one, b, right_.get(), a, left_.get(), &zero, c, result_.get(), c, result_.get(),
                             &algorithm_, workspace.data(), workspace_, cuda::stream()),
              "a product");
    }
    /// The compiled product of a shape; it is made at its first use.
    static const compiled_product& get(const product_extents& e) {
        static auto* made = new std::map<std::array<std::size_t, 6>, std::unique_ptr<const compiled_product>>;
        static std::mutex mutex;
        const bool tf32 = sizeof(T) == 4 && cuda::math == cuda::precision::tf32;
        const std::lock_guard lock{mutex};
        auto& entry = (*made)[{e.m, e.n, e.k, e.count, static_cast<std::size_t>(e.which), tf32}];
        if (!entry) entry = std::make_unique<const compiled_product>(e, tf32);
        return *entry;
    }

private:
    struct destroy {
        void operator()(cublasLtMatmulDesc_t d) const { (void)cublasLtMatmulDescDestroy(d); }
        void operator()(cublasLtMatrixLayout_t l) const { (void)cublasLtMatrixLayoutDestroy(l); }
    };
    using operation_pointer = std::unique_ptr<std::remove_pointer_t<cublasLtMatmulDesc_t>, destroy>;
    using layout_pointer = std::unique_ptr<std::remove_pointer_t<cublasLtMatrixLayout_t>, destroy>;

    /// Column-major matrices without gaps, one after the other.
    static layout_pointer layout(std::size_t rows, std::size_t columns, std::size_t count) {
        cublasLtMatrixLayout_t raw = nullptr;
        check(cublasLtMatrixLayoutCreate(&raw, cuda_type<T>, rows, columns, static_cast<std::int64_t>(rows)), "describing a matrix");
        layout_pointer made{raw};
        const auto batch = static_cast<std::int32_t>(count);
        const auto step = static_cast<std::int64_t>(rows * columns);
        check(cublasLtMatrixLayoutSetAttribute(raw, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT, &batch, sizeof batch), "describing a matrix");
        check(cublasLtMatrixLayoutSetAttribute(raw, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET, &step, sizeof step), "describing a matrix");
        return made;
    }
    product_extents extents_;
    operation_pointer operation_;
    layout_pointer right_, left_, result_;
    cublasLtMatmulAlgo_t algorithm_{};
    std::size_t workspace_ = 0;
};

/// c of shape s; zeros where the sums have no terms.
template <class T> tensor<T, cuda> multiplied(const tensor<T, cuda>& a, const tensor<T, cuda>& b, const product_extents& e, const shape& s) {
    if (s.size() == 0 || e.k == 0) return tensor<T, cuda>(s);
    auto c = tensor<T, cuda>::uninitialized(s);
    compiled_product<T>::get(e).run(a.data(), b.data(), c.write());
    return c;
}

/// a b, a bᵀ or aᵀ b for matrices; operands of more than two axes count as [product of the leading extents, last extent].
template <class T> tensor<T, cuda> product(const tensor<T, cuda>& a, const tensor<T, cuda>& b, transposed which) {
    const auto extents = product_extents::of(a.shape(), b.shape(), which);
    return multiplied(a, b, extents, extents.result(a.shape()));
}

/// The same for each of B pairs of matrices: a [B, ., .], b [B, ., .] -> [B, ., .].
template <class T> tensor<T, cuda> batched_product(const tensor<T, cuda>& a, const tensor<T, cuda>& b, transposed which) {
    const auto extents = product_extents::of_batch(a.shape(), b.shape(), which);
    return multiplied(a, b, extents, {extents.count, extents.m, extents.n});
}

}  // namespace ncsn
