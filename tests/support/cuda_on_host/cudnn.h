// SPDX-License-Identifier: Apache-2.0
/// \file  The part of cuDNN's graph interface that arrays/cuda calls, on the host: graphs of one convolution and a bias.
///
/// Its heuristics list engines of every kind that a caller has to tell apart: one whose plan cannot be made, one that does not repeat, one that adds
/// in short numbers, one that rounds float to bfloat16, one that rounds it to TF32, and one without a fault. Values of constants are its own.
#pragma once

#include <cuda_runtime.h>

#include <support/cuda_on_host/numbers.hpp>

#include <initializer_list>
#include <memory>
#include <string>

enum cudnnStatus_t {
    CUDNN_STATUS_SUCCESS = 0, CUDNN_STATUS_BAD_PARAM = 2000, CUDNN_STATUS_NOT_SUPPORTED = 3000, CUDNN_STATUS_EXECUTION_FAILED = 5000
};
enum cudnnDataType_t { CUDNN_DATA_FLOAT = 0, CUDNN_DATA_DOUBLE = 1, CUDNN_DATA_BFLOAT16 = 9 };
enum cudnnConvolutionMode_t { CUDNN_CONVOLUTION = 0, CUDNN_CROSS_CORRELATION = 1 };
enum cudnnPointwiseMode_t { CUDNN_POINTWISE_ADD = 0 };
enum cudnnBackendHeurMode_t { CUDNN_HEUR_MODE_FALLBACK = 2, CUDNN_HEUR_MODE_A = 3 };
enum cudnnBackendNumericalNote_t {
    CUDNN_NUMERICAL_NOTE_TENSOR_CORE, CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS, CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION,
    CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC = 5, CUDNN_NUMERICAL_NOTE_TYPE_COUNT = 9
};
enum cudnnBackendBehaviorNote_t { CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION = 0, CUDNN_BEHAVIOR_NOTE_TYPE_COUNT = 6 };
enum cudnnBackendDescriptorType_t {
    CUDNN_BACKEND_POINTWISE_DESCRIPTOR, CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, CUDNN_BACKEND_ENGINE_DESCRIPTOR, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR,
    CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR = 10,
    CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR, CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
    CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR, CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR = 15, CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR,
    CUDNN_BACKEND_TENSOR_DESCRIPTOR
};
enum cudnnBackendAttributeType_t {
    CUDNN_TYPE_HANDLE, CUDNN_TYPE_DATA_TYPE, CUDNN_TYPE_BOOLEAN, CUDNN_TYPE_INT64, CUDNN_TYPE_FLOAT, CUDNN_TYPE_DOUBLE, CUDNN_TYPE_VOID_PTR,
    CUDNN_TYPE_CONVOLUTION_MODE, CUDNN_TYPE_HEUR_MODE, CUDNN_TYPE_NUMERICAL_NOTE = 11, CUDNN_TYPE_POINTWISE_MODE = 14,
    CUDNN_TYPE_BACKEND_DESCRIPTOR, CUDNN_TYPE_BEHAVIOR_NOTE = 19
};
enum cudnnBackendAttributeName_t {
    CUDNN_ATTR_POINTWISE_MODE = 0, CUDNN_ATTR_POINTWISE_MATH_PREC = 1,
    CUDNN_ATTR_CONVOLUTION_COMP_TYPE = 100, CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_ATTR_CONVOLUTION_DILATIONS, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES,
    CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS,
    CUDNN_ATTR_ENGINEHEUR_MODE = 200, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, CUDNN_ATTR_ENGINEHEUR_RESULTS,
    CUDNN_ATTR_ENGINECFG_ENGINE = 300, CUDNN_ATTR_EXECUTION_PLAN_HANDLE = 400, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG,
    CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE,
    CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA = 700, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA,
    CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
    CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA,
    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
    CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR = 750, CUDNN_ATTR_OPERATION_POINTWISE_XDESC, CUDNN_ATTR_OPERATION_POINTWISE_BDESC,
    CUDNN_ATTR_OPERATION_POINTWISE_YDESC,
    CUDNN_ATTR_OPERATIONGRAPH_HANDLE = 800, CUDNN_ATTR_OPERATIONGRAPH_OPS,
    CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT = 900, CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_ATTR_TENSOR_STRIDES,
    CUDNN_ATTR_TENSOR_UNIQUE_ID = 906, CUDNN_ATTR_TENSOR_IS_VIRTUAL,
    CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS = 1000, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_ATTR_VARIANT_PACK_WORKSPACE = 1003,
    CUDNN_ATTR_ENGINE_NUMERICAL_NOTE = 1303, CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE = 1304
};

namespace cuda_on_host {

/// An engine of the list: what it does to the numbers, and whether a plan can be made of it.
struct cudnn_engine {
    std::vector<cudnnBackendNumericalNote_t> numbers;
    std::vector<cudnnBackendBehaviorNote_t> behaviour;
    bool usable = true;
};
/// What a description holds. Others that it refers to are kept alive by it.
struct description {
    cudnnBackendDescriptorType_t type;
    bool finished = false;
    std::map<int, std::vector<std::byte>> attributes = {};
    std::map<int, std::vector<std::shared_ptr<description>>> parts = {};
    cudnn_engine engine = {};                                                       ///< of engines, configurations and plans

    template <class V> std::vector<V> values(int name) const {
        const auto place = attributes.find(name);
        if (place == attributes.end()) return {};
        std::vector<V> v(place->second.size() / sizeof(V));
        std::memcpy(v.data(), place->second.data(), v.size() * sizeof(V));
        return v;
    }
    std::int64_t whole(int name) const { return values<std::int64_t>(name).at(0); }
    const description& part(int name) const { return *parts.at(name).at(0); }
};
struct description_handle { std::shared_ptr<description> held; };

inline std::string cudnn_reason;
inline cudnnStatus_t refused(cudnnStatus_t status, std::string reason) {
    cudnn_reason = std::move(reason);
    return status;
}

/// A tensor [N,C,H,W] of a graph, wherever its numbers lie.
struct image {
    std::array<std::int64_t, 4> extents{}, strides{};
    number type = number::float32;
    std::int64_t id = 0, alignment = 1;

    explicit image(const description& d) {
        const auto e = d.values<std::int64_t>(CUDNN_ATTR_TENSOR_DIMENSIONS), s = d.values<std::int64_t>(CUDNN_ATTR_TENSOR_STRIDES);
        std::copy_n(e.begin(), 4, extents.begin());
        std::copy_n(s.begin(), 4, strides.begin());
        const auto t = d.values<cudnnDataType_t>(CUDNN_ATTR_TENSOR_DATA_TYPE).at(0);
        type = t == CUDNN_DATA_DOUBLE ? number::float64 : t == CUDNN_DATA_FLOAT ? number::float32 : number::bfloat16;
        id = d.whole(CUDNN_ATTR_TENSOR_UNIQUE_ID), alignment = d.whole(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT);
    }
    std::size_t size() const { return static_cast<std::size_t>(extents[0] * extents[1] * extents[2] * extents[3]); }
    /// f(place in memory, place in a plain [N,H,W,C]) for every element.
    template <class F> void each(const F& f) const {
        std::size_t plain = 0;
        for (std::int64_t n = 0; n < extents[0]; ++n)
            for (std::int64_t h = 0; h < extents[2]; ++h)
                for (std::int64_t w = 0; w < extents[3]; ++w)
                    for (std::int64_t c = 0; c < extents[1]; ++c, ++plain)
                        f(static_cast<std::size_t>(n * strides[0] + c * strides[1] + h * strides[2] + w * strides[3]), plain);
    }
    std::vector<double> loaded(const void* from, int dropped) const {
        std::vector<double> values(size());
        each([&](std::size_t at, std::size_t plain) { values[plain] = operand(from, at, type, dropped); });
        return values;
    }
    void store(void* to, const std::vector<double>& values) const {
        each([&](std::size_t at, std::size_t plain) { write(to, at, type, values[plain]); });
    }
};

/// Everything a convolution needs, read out of its graph.
struct convolution {
    cudnnBackendDescriptorType_t way;
    image x, w, y;                                                                  ///< [N,C,H,W], [K,C,r,s], [N,K,H',W'] by extents
    std::array<std::int64_t, 2> stride{}, dilation{}, before{};
    bool biased = false;
    std::int64_t bias_id = 0, result_id = 0;                                        ///< of y with the bias added

    static convolution of(const description& graph) {
        const auto& operations = graph.parts.at(CUDNN_ATTR_OPERATIONGRAPH_OPS);
        const description& o = *operations.at(0);
        const bool forward = o.type == CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
                   data = o.type == CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR;
        const auto pick = [&](int f, int d, int w) -> const description& { return o.part(forward ? f : data ? d : w); };
        convolution c{o.type,
                      image{pick(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
                                 CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X)},
                      image{pick(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
                                 CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW)},
                      image{pick(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,
                                 CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY)}};
        const description& window = pick(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
                                         CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC);
        const auto pair = [&](int name) {
            const auto v = window.values<std::int64_t>(name);
            return std::array{v.at(0), v.at(1)};
        };
        c.stride = pair(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES), c.dilation = pair(CUDNN_ATTR_CONVOLUTION_DILATIONS);
        c.before = pair(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS);
        c.result_id = c.y.id;
        if (operations.size() > 1) {
            c.biased = true;
            c.bias_id = operations[1]->part(CUDNN_ATTR_OPERATION_POINTWISE_BDESC).whole(CUDNN_ATTR_TENSOR_UNIQUE_ID);
            const image result{operations[1]->part(CUDNN_ATTR_OPERATION_POINTWISE_YDESC)};
            c.result_id = result.id, c.y.type = result.type, c.y.strides = result.strides;
        }
        return c;
    }
    /// Whether an operation asks for what is imitated: a cross-correlation, with sums in the type asked for, that replaces what was in the result; or
    /// the addition of two tensors. Everything else would be another number on a GPU.
    static bool imitated(const description& o) {
        const auto one_of = [&](std::initializer_list<int> names, double value) {
            return std::ranges::all_of(names, [&](int name) {
                const auto place = o.attributes.find(name);
                if (place == o.attributes.end()) return true;
                return place->second.size() == 8 ? o.values<double>(name)[0] == value : static_cast<double>(o.values<float>(name)[0]) == value;
            });
        };
        if (o.type == CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR) {
            const description& way = o.part(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR);
            return way.values<cudnnPointwiseMode_t>(CUDNN_ATTR_POINTWISE_MODE).at(0) == CUDNN_POINTWISE_ADD;
        }
        for (const int window : {CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
                                 CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC})
            if (o.parts.contains(window)) {
                const description& w = o.part(window);
                if (w.values<cudnnConvolutionMode_t>(CUDNN_ATTR_CONVOLUTION_CONV_MODE).at(0) != CUDNN_CROSS_CORRELATION) return false;
                if (w.values<std::int64_t>(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS) != w.values<std::int64_t>(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS))
                    return false;
            }
        return one_of({CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
                       CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA}, 1) &&
               one_of({CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA,
                       CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA}, 0);
    }
    /// Whether the extents go together as the library asks.
    bool fits() const {
        bool good = w.extents[1] == x.extents[1] && w.extents[0] == y.extents[1] && x.extents[0] == y.extents[0];
        for (std::size_t k = 0; k < 2; ++k) {
            const std::int64_t window = dilation[k] * (w.extents[k + 2] - 1) + 1;
            good = good && y.extents[k + 2] == (x.extents[k + 2] + 2 * before[k] - window) / stride[k] + 1;
        }
        return good;
    }
    /// visit(row of x, row of w, row of y) for every place of the window on every place of y: rows hold the channels.
    template <class F> void each_window(const F& visit) const {
        const auto& [xs, ws, ys] = std::tie(x.extents, w.extents, y.extents);
        for (std::int64_t n = 0; n < ys[0]; ++n)
            for (std::int64_t p = 0; p < ys[2]; ++p)
                for (std::int64_t q = 0; q < ys[3]; ++q)
                    for (std::int64_t r = 0; r < ws[2]; ++r)
                        for (std::int64_t s = 0; s < ws[3]; ++s) {
                            const std::int64_t h = p * stride[0] - before[0] + r * dilation[0], v = q * stride[1] - before[1] + s * dilation[1];
                            if (h < 0 || v < 0 || h >= xs[2] || v >= xs[3]) continue;
                            visit(static_cast<std::size_t>((n * xs[2] + h) * xs[3] + v), static_cast<std::size_t>(r * ws[3] + s),
                                  static_cast<std::size_t>((n * ys[2] + p) * ys[3] + q));
                        }
    }
    /// Sums are double. `where` finds the operands, of whose bits as float some are dropped.
    template <class Where> void run(const Where& where, int dropped) const {
        const std::size_t in = static_cast<std::size_t>(x.extents[1]), out = static_cast<std::size_t>(y.extents[1]);
        const std::size_t taps = static_cast<std::size_t>(w.extents[2] * w.extents[3]);
        const bool to_x = way == CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
                   to_w = way == CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR;
        auto xv = to_x ? std::vector<double>(x.size()) : x.loaded(where(x.id), dropped);
        auto wv = to_w ? std::vector<double>(w.size()) : w.loaded(where(w.id), dropped);
        auto yv = to_x || to_w ? y.loaded(where(y.id), dropped) : std::vector<double>(y.size());
        each_window([&](std::size_t xr, std::size_t wr, std::size_t yr) {
            for (std::size_t o = 0; o < out; ++o) {
                double* const xs = xv.data() + xr * in;
                double* const ws = wv.data() + (o * taps + wr) * in;
                double& y_at = yv[yr * out + o];
                if (to_x) add(xs, y_at, ws, in);
                else if (to_w) add(ws, y_at, xs, in);
                else y_at += dot(xs, ws, in);
            }
        });
        if (biased)
            for (std::size_t k = 0; k < yv.size(); ++k) yv[k] += read(where(bias_id), k % out, y.type);
        if (to_x) x.store(where(x.id), xv);
        else if (to_w) w.store(where(w.id), wv);
        else y.store(where(result_id), yv);
    }
};

/// The list of heuristics for a graph. Without engines both lists are empty.
inline std::vector<cudnn_engine> engines_for(const convolution& c, cudnnBackendHeurMode_t mode) {
    if (!gpu.has_engines) return {};
    const cudnn_engine plain{};
    if (mode == CUDNN_HEUR_MODE_FALLBACK) return {plain};
    cudnn_engine unusable{{CUDNN_NUMERICAL_NOTE_TENSOR_CORE}, {}, false}, random{{CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC}, {}};
    cudnn_engine short_sums{{CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION}, {}}, fast{{CUDNN_NUMERICAL_NOTE_TENSOR_CORE}, {}};
    const cudnn_engine rounding{{CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS}, {}};
    if (c.biased) fast.behaviour = {CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION};
    return {unusable, random, short_sums, rounding, fast, plain};
}

}  // namespace cuda_on_host

struct cudnnContext { cudaStream_t stream = nullptr; };
using cudnnHandle_t = cudnnContext*;
using cudnnBackendDescriptor_t = void*;

inline std::size_t cudnnGetVersion() { return 91900; }
inline void cudnnGetLastErrorString(char* text, std::size_t n) {
    std::snprintf(text, n, "%s", cuda_on_host::cudnn_reason.c_str());
    cuda_on_host::cudnn_reason.clear();
}
inline const char* cudnnGetErrorString(cudnnStatus_t s) {
    return s == CUDNN_STATUS_NOT_SUPPORTED ? "CUDNN_STATUS_NOT_SUPPORTED" : "CUDNN_STATUS_BAD_PARAM";
}
inline cudnnStatus_t cudnnCreate(cudnnHandle_t* h) { return *h = new cudnnContext, CUDNN_STATUS_SUCCESS; }
inline cudnnStatus_t cudnnSetStream(cudnnHandle_t h, cudaStream_t s) { return h->stream = s, CUDNN_STATUS_SUCCESS; }

inline cudnnStatus_t cudnnBackendCreateDescriptor(cudnnBackendDescriptorType_t type, cudnnBackendDescriptor_t* made) {
    *made = new cuda_on_host::description_handle{std::make_shared<cuda_on_host::description>(cuda_on_host::description{type})};
    return CUDNN_STATUS_SUCCESS;
}
inline cuda_on_host::description_handle& description_of(cudnnBackendDescriptor_t raw) { return *static_cast<cuda_on_host::description_handle*>(raw); }
inline cudnnStatus_t cudnnBackendDestroyDescriptor(cudnnBackendDescriptor_t raw) {
    return delete &description_of(raw), CUDNN_STATUS_SUCCESS;
}
inline cudnnStatus_t cudnnBackendSetAttribute(cudnnBackendDescriptor_t raw, cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                                              std::int64_t count, const void* values) {
    using namespace cuda_on_host;
    description& d = *description_of(raw).held;
    if (d.finished) return refused(CUDNN_STATUS_BAD_PARAM, "a finished description cannot be changed");
    if (type == CUDNN_TYPE_BACKEND_DESCRIPTOR) {
        for (std::int64_t k = 0; k < count; ++k) {
            const auto& part = description_of(static_cast<const cudnnBackendDescriptor_t*>(values)[k]).held;
            if (!part->finished) return refused(CUDNN_STATUS_BAD_PARAM, "a description was referred to before it was finished");
            d.parts[name].push_back(part);
        }
        return CUDNN_STATUS_SUCCESS;
    }
    const std::map<int, std::size_t> sizes{{CUDNN_TYPE_INT64, 8}, {CUDNN_TYPE_DOUBLE, 8}, {CUDNN_TYPE_VOID_PTR, 8}, {CUDNN_TYPE_HANDLE, 8},
                                           {CUDNN_TYPE_BOOLEAN, sizeof(bool)}};
    const auto size = sizes.find(type);
    const auto* const first = static_cast<const std::byte*>(values);
    d.attributes[name].assign(first, first + static_cast<std::size_t>(count) * (size == sizes.end() ? 4 : size->second));
    return CUDNN_STATUS_SUCCESS;
}
inline cudnnStatus_t cudnnBackendFinalize(cudnnBackendDescriptor_t raw) {
    using namespace cuda_on_host;
    description& d = *description_of(raw).held;
    if (gpu.cudnn_fails_with != 0) return refused(static_cast<cudnnStatus_t>(gpu.cudnn_fails_with), "as it was told to");
    const bool operation = d.type == CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR ||
                           d.type == CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR ||
                           d.type == CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR;
    if (operation) {
        description graph{CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR};
        graph.parts[CUDNN_ATTR_OPERATIONGRAPH_OPS] = {description_of(raw).held};
        if (!convolution::of(graph).fits()) return refused(CUDNN_STATUS_BAD_PARAM, "the extents of a convolution do not fit together");
    }
    if ((operation || d.type == CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR) && !convolution::imitated(d))
        return refused(CUDNN_STATUS_NOT_SUPPORTED, "an operation that is not imitated");
    if (d.type == CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR) {
        d.engine = d.part(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG).engine;
        if (!d.engine.usable) return refused(CUDNN_STATUS_NOT_SUPPORTED, "this engine does not take these extents");
    }
    d.finished = true;
    return CUDNN_STATUS_SUCCESS;
}
inline cudnnStatus_t cudnnBackendGetAttribute(cudnnBackendDescriptor_t raw, cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                                              std::int64_t most, std::int64_t* count, void* values) {
    using namespace cuda_on_host;
    const description& d = *description_of(raw).held;
    const auto give = [&](const auto& all) {
        using V = typename std::decay_t<decltype(all)>::value_type;
        *count = static_cast<std::int64_t>(all.size());
        std::copy_n(all.begin(), std::min<std::int64_t>(most, *count), static_cast<V*>(values));
        return CUDNN_STATUS_SUCCESS;
    };
    const auto fill = [&](std::int64_t k, const description& part) {
        description& to = *description_of(static_cast<cudnnBackendDescriptor_t*>(values)[k]).held;
        if (to.type != part.type) return false;
        to = part;
        return to.finished = true;
    };
    if (type == CUDNN_TYPE_BACKEND_DESCRIPTOR && name == CUDNN_ATTR_ENGINEHEUR_RESULTS) {
        const description& graph = d.part(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH);
        const auto all = engines_for(convolution::of(graph), d.values<cudnnBackendHeurMode_t>(CUDNN_ATTR_ENGINEHEUR_MODE).at(0));
        *count = static_cast<std::int64_t>(all.size());
        for (std::int64_t k = 0; k < std::min(most, *count); ++k) {
            description configuration{CUDNN_BACKEND_ENGINECFG_DESCRIPTOR};
            configuration.engine = all[static_cast<std::size_t>(k)];
            configuration.parts[CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH] = d.parts.at(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH);
            if (!fill(k, configuration)) return refused(CUDNN_STATUS_BAD_PARAM, "a configuration was asked for in another description");
        }
        return CUDNN_STATUS_SUCCESS;
    }
    if (type == CUDNN_TYPE_BACKEND_DESCRIPTOR && name == CUDNN_ATTR_ENGINECFG_ENGINE) {
        description engine{CUDNN_BACKEND_ENGINE_DESCRIPTOR};
        engine.engine = d.engine;
        *count = 1;
        return most < 1 || fill(0, engine) ? CUDNN_STATUS_SUCCESS : refused(CUDNN_STATUS_BAD_PARAM, "an engine was asked for in another description");
    }
    if (name == CUDNN_ATTR_ENGINE_NUMERICAL_NOTE) return give(d.engine.numbers);
    if (name == CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE) return give(d.engine.behaviour);
    if (name == CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE) return give(std::vector{static_cast<std::int64_t>(gpu.workspace)});
    return refused(CUDNN_STATUS_NOT_SUPPORTED, "an attribute that is not imitated");
}
inline cudnnStatus_t cudnnBackendExecute(cudnnHandle_t handle, cudnnBackendDescriptor_t plan, cudnnBackendDescriptor_t pack) {
    using namespace cuda_on_host;
    const description &p = *description_of(plan).held, &v = *description_of(pack).held;
    if (!p.finished || !v.finished) return refused(CUDNN_STATUS_BAD_PARAM, "a plan or its operands are not finished");
    const auto c = convolution::of(p.part(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG).part(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH));
    const auto ids = v.values<std::int64_t>(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS);
    const auto places = v.values<void*>(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS), space = v.values<void*>(CUDNN_ATTR_VARIANT_PACK_WORKSPACE);
    std::map<std::int64_t, void*> where;
    for (std::size_t k = 0; k < ids.size() && k < places.size(); ++k) where[ids[k]] = places[k];
    const auto given = [&](std::int64_t id, std::size_t bytes) { return where.contains(id) && memory.holds(where.at(id), bytes); };
    const std::size_t out = static_cast<std::size_t>(c.y.extents[1]) * bytes_of(c.y.type);
    if (!given(c.x.id, c.x.size() * bytes_of(c.x.type)) || !given(c.w.id, c.w.size() * bytes_of(c.w.type)) ||
        !given(c.result_id, c.y.size() * bytes_of(c.y.type)) || (c.biased && !given(c.bias_id, out)))
        return refused(CUDNN_STATUS_BAD_PARAM, "an operand is missing, or is not the device's memory");
    const std::size_t bytes = gpu.workspace;
    if (bytes > 0 && (space.empty() || !memory.holds(space[0], bytes)))
        return refused(CUDNN_STATUS_BAD_PARAM, "the workspace is not the device's memory");
    const auto noted = [&](cudnnBackendNumericalNote_t note) { return std::ranges::find(p.engine.numbers, note) != p.engine.numbers.end(); };
    const int dropped = noted(CUDNN_NUMERICAL_NOTE_TENSOR_CORE) ? 13 : noted(CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS) ? 16 : 0;
    const auto aligned = [&](std::int64_t id, std::int64_t to) {
        return reinterpret_cast<std::uintptr_t>(where.at(id)) % static_cast<std::uintptr_t>(to) == 0;
    };
    if (!aligned(c.x.id, c.x.alignment) || !aligned(c.w.id, c.w.alignment) || !aligned(c.result_id, c.y.alignment))
        return refused(CUDNN_STATUS_BAD_PARAM, "an operand is not aligned as its description says");
    const cudaError_t status = handle->stream->ask([=, work = bytes > 0 ? space[0] : nullptr] {
        if (work) std::memset(work, 0xff, bytes);
        c.run([&](std::int64_t id) { return where.at(id); }, dropped);
    });
    return status == cudaSuccess ? CUDNN_STATUS_SUCCESS : refused(CUDNN_STATUS_EXECUTION_FAILED, "the stream takes nothing more");
}
