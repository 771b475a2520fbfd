// SPDX-License-Identifier: Apache-2.0
/// \file  cuDNN's graph interface: descriptions that are filled in attribute by attribute, and what its functions answer.
#pragma once

#include <ncsn/arrays/cuda/device.hpp>

#include <cudnn.h>

#include <span>
#include <utility>
#include <vector>

namespace ncsn {

/// The status in words, with the library's own explanation where it has one.
inline std::string cudnn_message(cudnnStatus_t status) {
    char details[512] = {};
    cudnnGetLastErrorString(details, sizeof details);
    std::string text = cudnnGetErrorString(status);
    if (details[0] != 0) text += std::string{": "} + details;
    return text;
}
/// cuDNN understood what was asked for and does not do it, or not so: there may be another way.
struct cudnn_refusal : error {
    using error::error;
};
/// Whether a status says so: those from 2000 on call the question wrong, those from 3000 on unsupported, others are failures.
inline bool refuses(cudnnStatus_t status) { return static_cast<int>(status) / 1000 == 2 || static_cast<int>(status) / 1000 == 3; }
inline void check(cudnnStatus_t status, const char* what) {
    if (status == CUDNN_STATUS_SUCCESS) [[likely]] return;
    const std::string message = std::string{"cudnn: "} + what + ": " + cudnn_message(status);
    if (refuses(status)) throw cudnn_refusal{message};
    fail(message);
}
inline cudnnHandle_t cudnn_handle() {
    static const cudnnHandle_t only = [] {
        const cudaStream_t stream = cuda::stream();
        cudnnHandle_t handle = nullptr;
        check(cudnnCreate(&handle), "starting the library");
        check(cudnnSetStream(handle, stream), "setting the stream");
        return handle;
    }();
    return only;
}

/// One description of the graph interface, owned. Attributes are set, then it is finished; what it refers to must outlive it.
class cudnn_description {
public:
    explicit cudnn_description(cudnnBackendDescriptorType_t type) { check(cudnnBackendCreateDescriptor(type, &raw_), "a description"); }
    cudnn_description(cudnn_description&& other) noexcept : raw_{std::exchange(other.raw_, nullptr)} {}
    cudnn_description& operator=(cudnn_description&& other) noexcept {
        std::swap(raw_, other.raw_);
        return *this;
    }
    ~cudnn_description() { if (raw_) (void)cudnnBackendDestroyDescriptor(raw_); }
    cudnnBackendDescriptor_t raw() const { return raw_; }

    using name_type = cudnnBackendAttributeName_t;
    cudnn_description& set(name_type name, std::span<const std::int64_t> v) { return put(name, CUDNN_TYPE_INT64, v.size(), v.data()); }
    cudnn_description& set(name_type name, std::int64_t v) { return put(name, CUDNN_TYPE_INT64, 1, &v); }
    cudnn_description& set(name_type name, bool v) { return put(name, CUDNN_TYPE_BOOLEAN, 1, &v); }
    cudnn_description& set(name_type name, float v) { return put(name, CUDNN_TYPE_FLOAT, 1, &v); }
    cudnn_description& set(name_type name, double v) { return put(name, CUDNN_TYPE_DOUBLE, 1, &v); }
    cudnn_description& set(name_type name, cudnnDataType_t v) { return put(name, CUDNN_TYPE_DATA_TYPE, 1, &v); }
    cudnn_description& set(name_type name, cudnnConvolutionMode_t v) { return put(name, CUDNN_TYPE_CONVOLUTION_MODE, 1, &v); }
    cudnn_description& set(name_type name, cudnnPointwiseMode_t v) { return put(name, CUDNN_TYPE_POINTWISE_MODE, 1, &v); }
    cudnn_description& set(name_type name, cudnnBackendHeurMode_t v) { return put(name, CUDNN_TYPE_HEUR_MODE, 1, &v); }
    cudnn_description& set(name_type name, cudnnHandle_t v) { return put(name, CUDNN_TYPE_HANDLE, 1, &v); }
    cudnn_description& set(name_type name, std::span<void* const> v) { return put(name, CUDNN_TYPE_VOID_PTR, v.size(), v.data()); }
    cudnn_description& set(name_type name, const cudnn_description& v) { return put(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &v.raw_); }
    cudnn_description& set(name_type name, const std::vector<cudnn_description>& v) {
        std::vector<cudnnBackendDescriptor_t> all;
        for (const auto& part : v) all.push_back(part.raw_);
        return put(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, all.size(), all.data());
    }

    /// How many values an attribute has, and the values.
    std::int64_t count(name_type name, cudnnBackendAttributeType_t type) const {
        std::int64_t n = 0;
        check(cudnnBackendGetAttribute(raw_, name, type, 0, &n, nullptr), "reading a description");
        return n;
    }
    template <class V> std::vector<V> values(name_type name, cudnnBackendAttributeType_t type, std::int64_t most) const {
        std::vector<V> v(static_cast<std::size_t>(most));
        std::int64_t n = 0;
        check(cudnnBackendGetAttribute(raw_, name, type, most, &n, v.data()), "reading a description");
        v.resize(static_cast<std::size_t>(std::min(n, most)));
        return v;
    }
    /// Descriptions that another one holds; cuDNN fills descriptions made beforehand.
    std::vector<cudnn_description> parts(name_type name, cudnnBackendDescriptorType_t type, std::int64_t most) const {
        std::vector<cudnn_description> all;
        std::vector<cudnnBackendDescriptor_t> raw;
        for (std::int64_t k = 0; k < most; ++k) raw.push_back(all.emplace_back(type).raw_);
        std::int64_t n = 0;
        check(cudnnBackendGetAttribute(raw_, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, most, &n, raw.data()), "reading a description");
        all.erase(all.begin() + std::min(n, most), all.end());
        return all;
    }

    cudnnStatus_t try_finish() { return cudnnBackendFinalize(raw_); }
    cudnn_description& finish(const char* what) {
        check(try_finish(), what);
        return *this;
    }

private:
    cudnn_description& put(name_type name, cudnnBackendAttributeType_t type, std::size_t n, const void* values) {
        check(cudnnBackendSetAttribute(raw_, name, type, static_cast<std::int64_t>(n), values), "filling in a description");
        return *this;
    }
    cudnnBackendDescriptor_t raw_ = nullptr;
};

/// Attributes that cuDNN 9.0 asks for and later versions call deprecated.
inline constexpr auto cudnn_graph_handle = static_cast<cudnnBackendAttributeName_t>(800);
inline constexpr auto cudnn_plan_handle = static_cast<cudnnBackendAttributeName_t>(400);

}  // namespace ncsn
