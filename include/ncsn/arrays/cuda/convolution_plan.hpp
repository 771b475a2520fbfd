// SPDX-License-Identifier: Apache-2.0
/// \file  How cuDNN does one convolution: its operation as a graph, and the engine that was chosen for it.
///
/// The graph interface and not cuDNN's older one: it offers all engines of a GPU (on Hopper those that bfloat16 in NHWC needs for full speed), adds
/// a bias in the same kernel, and says of each engine what it does to the numbers (docs/decisions/cuda.md).
#pragma once

#include <ncsn/arithmetic/bfloat16.hpp>
#include <ncsn/arrays/cuda/cudnn.hpp>
#include <ncsn/arrays/cuda/scratch.hpp>
#include <ncsn/arrays/windows.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>

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
inline cudnn_part cudnn_image(std::int64_t id, const shape& s, cudnnDataType_t type, bool inner = false) {
    const auto extent = [&](std::size_t axis) { return static_cast<std::int64_t>(s[axis]); };
    const std::array<std::int64_t, 4> extents{extent(0), extent(3), extent(1), extent(2)};
    const std::array<std::int64_t, 4> strides{extent(1) * extent(2) * extent(3), 1, extent(2) * extent(3), extent(3)};
    cudnn_part part{CUDNN_BACKEND_TENSOR_DESCRIPTOR};
    part.set(CUDNN_ATTR_TENSOR_DATA_TYPE, type).set(CUDNN_ATTR_TENSOR_DIMENSIONS, extents).set(CUDNN_ATTR_TENSOR_STRIDES, strides);
    part.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, id).set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, std::int64_t{16});
    if (inner) part.set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, true);
    return std::move(part.finish("describing a tensor"));
}
/// The operations of a task and the tensors between them. Without a handle it can be put together where there is no GPU, by cuDNN 9.19 at least.
inline cudnn_part convolution_graph(const convolution_task& task, cudnnHandle_t handle) {
    using ids = convolution_operands;
    const cudnnDataType_t sum_type = task.type == CUDNN_DATA_DOUBLE ? CUDNN_DATA_DOUBLE : CUDNN_DATA_FLOAT;
    const auto both = [](std::size_t v) { return std::array{static_cast<std::int64_t>(v), static_cast<std::int64_t>(v)}; };
    const auto stride = both(task.window.stride), padding = both(task.window.padding), dilation = both(task.window.dilation);
    cudnn_part window{CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR};
    window.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, sum_type).set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_CROSS_CORRELATION)
        .set(CUDNN_ATTR_CONVOLUTION_DILATIONS, dilation).set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, stride)
        .set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, padding).set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, padding)
        .set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, std::int64_t{2}).finish("describing a convolution");
    const cudnn_part x = cudnn_image(ids::x_id, task.x, task.type), w = cudnn_image(ids::w_id, task.w, task.type);
    const cudnn_part y = cudnn_image(ids::y_id, task.y, task.type), bias = cudnn_image(ids::bias_id, {1, 1, 1, task.w[0]}, task.type);
    const cudnn_part sum = cudnn_image(ids::sum_id, task.y, sum_type, true);

    std::vector<cudnn_part> operations;
    const auto factors = [&](cudnn_part& part, cudnnBackendAttributeName_t alpha, cudnnBackendAttributeName_t beta) {
        if (task.type == CUDNN_DATA_DOUBLE) part.set(alpha, 1.).set(beta, 0.);
        else part.set(alpha, 1.f).set(beta, 0.f);
    };
    if (task.way == convolution_way::forward) {
        cudnn_part& part = operations.emplace_back(CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR);
        factors(part, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA);
        part.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, window).set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, x)
            .set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, w).set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, task.biased ? sum : y);
    } else if (task.way == convolution_way::input_gradient) {
        cudnn_part& part = operations.emplace_back(CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR);
        factors(part, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA);
        part.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC, window).set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, x)
            .set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, w).set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, y);
    } else {
        cudnn_part& part = operations.emplace_back(CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR);
        factors(part, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA);
        part.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC, window).set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, x)
            .set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW, w).set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY, y);
    }
    operations.back().finish("describing a convolution");
    if (task.biased) {
        cudnn_part addition{CUDNN_BACKEND_POINTWISE_DESCRIPTOR};
        addition.set(CUDNN_ATTR_POINTWISE_MODE, CUDNN_POINTWISE_ADD).set(CUDNN_ATTR_POINTWISE_MATH_PREC, sum_type).finish("describing a bias");
        operations.emplace_back(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR)
            .set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, addition).set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, sum)
            .set(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, bias).set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, y).finish("describing a bias");
    }
    cudnn_part all{CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR};
    if (handle) all.set(cudnn_graph_handle, handle);
    all.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, operations).finish("putting a convolution together");
    return all;
}

/// A task that cuDNN can run.
class convolution_plan {
public:
    /// The plan for a task, or null with cuDNN's reason. Engines are asked in the order of cuDNN's heuristics, then of its fallback list.
    static std::unique_ptr<convolution_plan> make(const convolution_task& task, const convolution_operands& operands, std::string& reason) {
        auto plan = std::unique_ptr<convolution_plan>{new convolution_plan{task}};
        try {
            const cudnn_part graph = convolution_graph(task, cudnn_handle());
            for (const cudnnBackendHeurMode_t mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK}) {
                plan->consider(graph, mode, operands, reason);
                if (plan->chosen_) return plan;
            }
        } catch (const error& problem) {
            reason = problem.what();
        }
        if (reason.empty()) reason = "every engine was ruled out by the wish for repeatable results or exact floats";
        return nullptr;
    }
    void run(const convolution_operands& operands) const {
        if (cuda::rehearsing()) (void)cuda_scratch{static_cast<std::size_t>(chosen_->workspace)};   // counted as in the recording
        else check(execute(chosen_->plan, chosen_->workspace, operands), "running a convolution");
    }

private:
    /// A sixteenth of the GPU's memory: what a plan asks for beside its operands depends on the GPU alone, not on what else is held.
    static std::int64_t most_workspace() {
        static const auto most = static_cast<std::int64_t>(cuda_memory::free_and_total().second / 16);
        return most;
    }
    struct candidate {
        cudnn_part plan, configuration;
        std::int64_t workspace;
    };

    explicit convolution_plan(const convolution_task& task) : task_{task} {}

    /// Whether an engine does with the numbers what was asked for.
    bool acceptable(const cudnn_part& configuration) {
        const auto engines = configuration.parts(CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_BACKEND_ENGINE_DESCRIPTOR, 1);
        if (engines.empty()) return false;
        const auto notes = engines[0].values<cudnnBackendNumericalNote_t>(CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE,
                                                                         CUDNN_NUMERICAL_NOTE_TYPE_COUNT);
        const auto noted = [&](cudnnBackendNumericalNote_t note) { return std::ranges::find(notes, note) != notes.end(); };
        if (cuda::repeatable && noted(CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC)) return false;
        if (noted(CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION)) return false;
        if (task_.type == CUDNN_DATA_FLOAT && noted(CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS)) return false;
        if (task_.type == CUDNN_DATA_FLOAT && cuda::math == cuda::precision::fp32 && noted(CUDNN_NUMERICAL_NOTE_TENSOR_CORE)) return false;
        if (task_.biased) {                                                         // compiling takes long; adding the bias afterwards does not
            const auto behaviour = engines[0].values<cudnnBackendBehaviorNote_t>(CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE, CUDNN_TYPE_BEHAVIOR_NOTE,
                                                                                CUDNN_BEHAVIOR_NOTE_TYPE_COUNT);
            if (std::ranges::find(behaviour, CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION) != behaviour.end()) {
                if (!cuda::tune || compiled_ == most_compiled) return false;
                ++compiled_;
            }
        }
        return true;
    }

    /// Takes the first engine of a list that can be built or, when tuning, the fastest.
    void consider(const cudnn_part& graph, cudnnBackendHeurMode_t mode, const convolution_operands& operands, std::string& reason) {
        static constexpr std::int64_t most_timed = 10;
        cudnn_part heuristics{CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR};
        heuristics.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph).set(CUDNN_ATTR_ENGINEHEUR_MODE, mode);
        if (const cudnnStatus_t status = heuristics.try_finish(); status != CUDNN_STATUS_SUCCESS) {
            reason = cudnn_message(status);
            return;
        }
        const std::int64_t count = heuristics.count(CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_TYPE_BACKEND_DESCRIPTOR);
        const bool timed = cuda::tune && cuda::state().mode == device_mode::work;
        float least = std::numeric_limits<float>::infinity();
        std::int64_t tried = 0;
        for (auto& configuration : heuristics.parts(CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, count)) {
            if (!acceptable(configuration)) continue;
            cudnn_part plan{CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR};
            plan.set(cudnn_plan_handle, cudnn_handle()).set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, configuration);
            if (const cudnnStatus_t status = plan.try_finish(); status != CUDNN_STATUS_SUCCESS) {
                reason = cudnn_message(status);
                continue;
            }
            const auto workspace = plan.values<std::int64_t>(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, CUDNN_TYPE_INT64, 1).at(0);
            if (workspace > most_workspace()) {
                reason = "its engines ask for " + std::to_string(workspace) + " bytes of workspace";
                continue;
            }
            if (!timed) {
                chosen_ = std::make_unique<candidate>(candidate{std::move(plan), std::move(configuration), workspace});
                return;
            }
            const float time = milliseconds(plan, workspace, operands);
            if (time < least) {
                least = time;
                chosen_ = std::make_unique<candidate>(candidate{std::move(plan), std::move(configuration), workspace});
            }
            if (++tried == most_timed) return;
        }
    }

    /// The shortest of three runs after a first one; infinite if the engine fails.
    float milliseconds(const cudnn_part& plan, std::int64_t workspace, const convolution_operands& operands) const {
        float least = std::numeric_limits<float>::infinity();
        if (execute(plan, workspace, operands) != CUDNN_STATUS_SUCCESS) return least;
        cudaEvent_t start = nullptr, stop = nullptr;
        check(cudaEventCreate(&start), "an event");
        check(cudaEventCreate(&stop), "an event");
        for (int repeat = 0; repeat < 3; ++repeat) {
            check(cudaEventRecord(start, cuda::stream()), "timing a convolution");
            if (execute(plan, workspace, operands) != CUDNN_STATUS_SUCCESS) break;
            check(cudaEventRecord(stop, cuda::stream()), "timing a convolution");
            check(cudaEventSynchronize(stop), "timing a convolution");
            float time = 0;
            check(cudaEventElapsedTime(&time, start, stop), "timing a convolution");
            least = std::min(least, time);
        }
        (void)cudaEventDestroy(start);
        (void)cudaEventDestroy(stop);
        return least;
    }

    cudnnStatus_t execute(const cudnn_part& plan, std::int64_t workspace, const convolution_operands& operands) const {
        const cuda_scratch scratch{static_cast<std::size_t>(workspace)};
        const std::array<std::int64_t, 4> ids{operands.x_id, operands.w_id, operands.y_id, operands.bias_id};
        const std::array<void*, 4> places{const_cast<void*>(operands.x), const_cast<void*>(operands.w), const_cast<void*>(operands.y),
                                          const_cast<void*>(operands.bias)};
        const std::size_t count = task_.biased ? 4 : 3;
        const std::array<void*, 1> space{scratch.data()};
        cudnn_part pack{CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR};
        pack.set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, std::span<void* const>{places.data(), count})
            .set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, std::span<const std::int64_t>{ids.data(), count})
            .set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, std::span<void* const>{space}).finish("naming the operands of a convolution");
        return cudnnBackendExecute(cudnn_handle(), plan.raw(), pack.raw());
    }

    static constexpr int most_compiled = 3;
    convolution_task task_;
    std::unique_ptr<candidate> chosen_;
    int compiled_ = 0;                                                              // engines that had to be compiled
};

/// The plan of a task, made at its first use, or null where cuDNN has none; then the reason stands beside it.
struct planned_convolution {
    std::unique_ptr<convolution_plan> plan;
    std::string reason;

    static const planned_convolution& get(const convolution_task& task, const convolution_operands& operands) {
        static auto* made = new std::map<convolution_task::key_type, planned_convolution>;      // goes with the process, as cuDNN's own state does
        static std::mutex mutex;
        const std::lock_guard lock{mutex};
        const auto [place, fresh] = made->try_emplace(task.key());
        if (fresh) place->second.plan = convolution_plan::make(task, operands, place->second.reason);
        return place->second;
    }
};

}  // namespace ncsn
