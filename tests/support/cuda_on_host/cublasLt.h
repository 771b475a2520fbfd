// SPDX-License-Identifier: Apache-2.0
/// \file  The part of cuBLASLt that arrays/cuda calls, on the host: strided batches of matrices that count down columns.
#pragma once

#include <cuda_runtime.h>

#include <support/cuda_on_host/numbers.hpp>

enum cublasStatus_t { CUBLAS_STATUS_SUCCESS = 0, CUBLAS_STATUS_INVALID_VALUE = 7, CUBLAS_STATUS_NOT_SUPPORTED = 15 };
enum cublasComputeType_t { CUBLAS_COMPUTE_32F = 68, CUBLAS_COMPUTE_64F = 70, CUBLAS_COMPUTE_32F_FAST_TF32 = 77 };
enum cublasOperation_t { CUBLAS_OP_N = 0, CUBLAS_OP_T = 1 };
enum cublasLtMatmulDescAttributes_t { CUBLASLT_MATMUL_DESC_TRANSA = 3, CUBLASLT_MATMUL_DESC_TRANSB = 4 };
enum cublasLtMatrixLayoutAttribute_t { CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT = 5, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET = 6 };
enum cublasLtMatmulPreferenceAttributes_t { CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES = 1 };

struct cublasLtMatmulDescOpaque {
    cublasComputeType_t compute;
    cudaDataType_t scale;
    cublasOperation_t first = CUBLAS_OP_N, second = CUBLAS_OP_N;
};
struct cublasLtMatrixLayoutOpaque {
    cudaDataType_t type;
    std::uint64_t rows, columns;
    std::int64_t leading;
    std::int32_t count = 1;
    std::int64_t step = 0;
};
struct cublasLtMatmulPreferenceOpaque { std::size_t workspace = 0; };
struct cublasLtContext {};
using cublasLtHandle_t = cublasLtContext*;
using cublasLtMatmulDesc_t = cublasLtMatmulDescOpaque*;
using cublasLtMatrixLayout_t = cublasLtMatrixLayoutOpaque*;
using cublasLtMatmulPreference_t = cublasLtMatmulPreferenceOpaque*;
struct cublasLtMatmulAlgo_t { int number = 0; };
struct cublasLtMatmulHeuristicResult_t {
    cublasLtMatmulAlgo_t algo;
    std::size_t workspaceSize = 0;
};

inline const char* cublasLtGetStatusName(cublasStatus_t s) {
    return s == CUBLAS_STATUS_SUCCESS ? "success" : s == CUBLAS_STATUS_INVALID_VALUE ? "invalid value" : "not supported";
}
inline const char* cublasLtGetStatusString(cublasStatus_t s) { return cublasLtGetStatusName(s); }
inline cublasStatus_t cublasLtCreate(cublasLtHandle_t* h) { return *h = new cublasLtContext, CUBLAS_STATUS_SUCCESS; }
inline cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* d, cublasComputeType_t compute, cudaDataType_t scale) {
    return *d = new cublasLtMatmulDescOpaque{compute, scale}, CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t d) { return delete d, CUBLAS_STATUS_SUCCESS; }
inline cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t d, cublasLtMatmulDescAttributes_t which, const void* value, std::size_t n) {
    if (n != sizeof(cublasOperation_t)) return CUBLAS_STATUS_INVALID_VALUE;
    std::memcpy(which == CUBLASLT_MATMUL_DESC_TRANSA ? &d->first : &d->second, value, n);
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* l, cudaDataType_t type, std::uint64_t rows, std::uint64_t columns,
                                                 std::int64_t leading) {
    return *l = new cublasLtMatrixLayoutOpaque{type, rows, columns, leading}, CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t l) { return delete l, CUBLAS_STATUS_SUCCESS; }
inline cublasStatus_t cublasLtMatrixLayoutSetAttribute(cublasLtMatrixLayout_t l, cublasLtMatrixLayoutAttribute_t which, const void* value,
                                                       std::size_t n) {
    const bool counts = which == CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT;
    if (n != (counts ? sizeof l->count : sizeof l->step)) return CUBLAS_STATUS_INVALID_VALUE;
    if (counts) std::memcpy(&l->count, value, n);
    else std::memcpy(&l->step, value, n);
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* p) {
    return *p = new cublasLtMatmulPreferenceOpaque, CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t p) { return delete p, CUBLAS_STATUS_SUCCESS; }
inline cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t p, cublasLtMatmulPreferenceAttributes_t, const void* value,
                                                           std::size_t n) {
    if (n != sizeof p->workspace) return CUBLAS_STATUS_INVALID_VALUE;
    std::memcpy(&p->workspace, value, n);
    return CUBLAS_STATUS_SUCCESS;
}

namespace cuda_on_host {

inline number number_of(cudaDataType_t t) { return t == CUDA_R_64F ? number::float64 : t == CUDA_R_32F ? number::float32 : number::bfloat16; }

/// Whether the matrices fit: d [m,n] = op(a) [m,k] op(b) [k,n], all in one type whose sums are of the type asked for.
inline bool fits(const cublasLtMatmulDescOpaque& o, const cublasLtMatrixLayoutOpaque& a, const cublasLtMatrixLayoutOpaque& b,
                 const cublasLtMatrixLayoutOpaque& d) {
    const bool turn_a = o.first == CUBLAS_OP_T, turn_b = o.second == CUBLAS_OP_T;
    const auto well_laid = [&](const cublasLtMatrixLayoutOpaque& l) {
        return l.leading >= static_cast<std::int64_t>(l.rows) && l.count == d.count && l.type == d.type && l.rows > 0 && l.columns > 0;
    };
    const bool of_double = d.type == CUDA_R_64F;
    return well_laid(a) && well_laid(b) && well_laid(d) && (turn_a ? a.columns : a.rows) == d.rows && (turn_b ? b.rows : b.columns) == d.columns &&
           (turn_a ? a.rows : a.columns) == (turn_b ? b.columns : b.rows) && of_double == (o.compute == CUBLAS_COMPUTE_64F) &&
           of_double == (o.scale == CUDA_R_64F) && (o.compute != CUBLAS_COMPUTE_32F_FAST_TF32 || d.type == CUDA_R_32F);
}

/// A number of the host. Never inlined, for the compiler would count the bytes behind a float that are not read.
[[gnu::noinline]] inline double host_factor(const void* at, number type) { return read(at, 0, type); }

}  // namespace cuda_on_host

/// One algorithm, which asks for some workspace.
inline cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t o, cublasLtMatrixLayout_t a, cublasLtMatrixLayout_t b,
                                                     cublasLtMatrixLayout_t c, cublasLtMatrixLayout_t d, cublasLtMatmulPreference_t p, int most,
                                                     cublasLtMatmulHeuristicResult_t* found, int* count) {
    *count = 0;
    if (most < 1 || !cuda_on_host::fits(*o, *a, *b, *d) || c->rows != d->rows || c->columns != d->columns) return CUBLAS_STATUS_INVALID_VALUE;
    found[0] = {{1}, std::min<std::size_t>(p->workspace, 640)};
    *count = 1;
    return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t o, const void* alpha, const void* a, cublasLtMatrixLayout_t la,
                                     const void* b, cublasLtMatrixLayout_t lb, const void* beta, const void* c, cublasLtMatrixLayout_t lc, void* d,
                                     cublasLtMatrixLayout_t ld, const cublasLtMatmulAlgo_t* algorithm, void* workspace, std::size_t bytes,
                                     cudaStream_t stream) {
    using namespace cuda_on_host;
    const auto extent = [](const cublasLtMatrixLayoutOpaque& l) {
        return (static_cast<std::size_t>(l.count - 1) * static_cast<std::size_t>(l.step) +
                static_cast<std::size_t>(l.leading) * (l.columns - 1) + l.rows) * bytes_of(number_of(l.type));
    };
    if (!fits(*o, *la, *lb, *ld) || c != d || algorithm->number != 1 || lc->rows != ld->rows || !memory.holds(a, extent(*la)) ||
        !memory.holds(b, extent(*lb)) || !memory.holds(d, extent(*ld)) || bytes < 640 || !memory.holds(workspace, bytes))
        return CUBLAS_STATUS_INVALID_VALUE;
    const number type = number_of(ld->type), scale = number_of(o->scale);
    const double by = host_factor(alpha, scale), keep = host_factor(beta, scale);
    const cudaError_t status = stream->ask([=, o = *o, la = *la, lb = *lb, ld = *ld] {
        std::memset(workspace, 0xff, bytes);
        const int dropped = o.compute == CUBLAS_COMPUTE_32F_FAST_TF32 ? 13 : 0;
        const std::size_t terms = o.first == CUBLAS_OP_T ? la.rows : la.columns;
        std::vector<double> left(ld.rows * terms), right(terms * ld.columns);
        for (std::int64_t k = 0; k < ld.count; ++k) {
            const auto at = [k](const cublasLtMatrixLayoutOpaque& l, std::size_t row, std::size_t column) {
                return static_cast<std::size_t>(k * l.step) + column * static_cast<std::size_t>(l.leading) + row;
            };
            for (std::size_t i = 0; i < ld.rows; ++i)
                for (std::size_t t = 0; t < terms; ++t)
                    left[i * terms + t] = operand(a, o.first == CUBLAS_OP_T ? at(la, t, i) : at(la, i, t), type, dropped);
            for (std::size_t j = 0; j < ld.columns; ++j)
                for (std::size_t t = 0; t < terms; ++t)
                    right[j * terms + t] = operand(b, o.second == CUBLAS_OP_T ? at(lb, j, t) : at(lb, t, j), type, dropped);
            for (std::size_t i = 0; i < ld.rows; ++i)
                for (std::size_t j = 0; j < ld.columns; ++j) {
                    const double sum = dot(&left[i * terms], &right[j * terms], terms);
                    write(d, at(ld, i, j), type, by * sum + (keep == 0 ? 0 : keep * read(d, at(ld, i, j), type)));
                }
        }
    });
    return status == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INVALID_VALUE;
}
