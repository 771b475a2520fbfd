// SPDX-License-Identifier: Apache-2.0
/// \file  The engine with which cuDNN does a convolution: chosen once for every task, and kept.
#pragma once

#include <ncsn/arrays/cuda/convolution_graph.hpp>
#include <ncsn/arrays/cuda/scratch.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace ncsn {

/// A task that cuDNN can run.
class convolution_plan {
public:
    /// The plan for a task, or null with cuDNN's reason. Engines are asked in the order of cuDNN's heuristics, then of its fallback list. What is no
    /// matter of this convolution, such as a library that does not start or memory that is used up, is an error.
    static std::unique_ptr<convolution_plan> make(const convolution_task& task, const convolution_operands& operands, std::string& reason) {
        auto plan = std::unique_ptr<convolution_plan>{new convolution_plan{task}};
        const cudnnHandle_t handle = cudnn_handle();
        for (const cudnnBackendHeurMode_t mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK}) {
            try {
                plan->consider(convolution_graph(task, handle), mode, operands, reason);
                if (plan->chosen_) return plan;
            } catch (const cudnn_refusal& refusal) {
                reason = refusal.what();
            }
        }
        if (reason.empty()) reason = "every engine was ruled out by the wish for repeatable results or exact floats";
        return nullptr;
    }
    void run(const convolution_operands& operands) const {
        if (cuda::updating()) (void)workspace_of(chosen_->workspace);                // counted as in the capture
        else check(execute(chosen_->plan, chosen_->workspace, operands), "running a convolution");
    }

private:
    /// A sixteenth of the GPU's memory: what a plan asks for beside its operands depends on the GPU alone, not on what else is held.
    static std::int64_t most_workspace() {
        static const auto most = static_cast<std::int64_t>(cuda_memory::free_and_total().second / 16);
        return most;
    }
    struct candidate {
        cudnn_description plan, configuration;
        std::int64_t workspace;
    };

    explicit convolution_plan(const convolution_task& task) : task_{task} {}

    /// Whether an engine does with the numbers what was asked for.
    bool acceptable(const cudnn_description& configuration) {
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
    void consider(const cudnn_description& graph, cudnnBackendHeurMode_t mode, const convolution_operands& operands, std::string& reason) {
        static constexpr std::int64_t most_timed = 10;
        cudnn_description heuristics{CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR};
        heuristics.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph).set(CUDNN_ATTR_ENGINEHEUR_MODE, mode);
        heuristics.finish("choosing an engine");
        const std::int64_t count = heuristics.count(CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_TYPE_BACKEND_DESCRIPTOR);
        const bool timed = cuda::tune && cuda::state().mode == device_mode::work;
        float least = std::numeric_limits<float>::infinity();
        std::int64_t tried = 0;
        for (auto& configuration : heuristics.parts(CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, count)) {
            if (!acceptable(configuration)) continue;
            cudnn_description plan{CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR};
            plan.set(cudnn_plan_handle, cudnn_handle()).set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, configuration);
            if (const cudnnStatus_t status = plan.try_finish(); status != CUDNN_STATUS_SUCCESS) {      // another engine may do it
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
            const float time = milliseconds(plan, workspace, operands, reason);
            if (time < least) {
                least = time;
                chosen_ = std::make_unique<candidate>(candidate{std::move(plan), std::move(configuration), workspace});
            }
            if (++tried == most_timed) return;
        }
    }

    /// The shortest of three runs after a first one; infinite, with a reason, if the engine fails or its workspace does not fit.
    float milliseconds(const cudnn_description& plan, std::int64_t workspace, const convolution_operands& operands, std::string& reason) const {
        float least = std::numeric_limits<float>::infinity();
        cudaEvent_t start = nullptr, stop = nullptr;
        try {
            check(cudaEventCreate(&start), "an event");
            check(cudaEventCreate(&stop), "an event");
            for (int repeat = 0; repeat < 4; ++repeat) {
                check(cudaEventRecord(start, cuda::stream()), "timing a convolution");
                check(execute(plan, workspace, operands), "timing a convolution");
                check(cudaEventRecord(stop, cuda::stream()), "timing a convolution");
                check(cudaEventSynchronize(stop), "timing a convolution");
                float time = 0;
                check(cudaEventElapsedTime(&time, start, stop), "timing a convolution");
                if (repeat > 0) least = std::min(least, time);
            }
        } catch (const error& failure) {
            reason = failure.what();
            least = std::numeric_limits<float>::infinity();
        }
        (void)cudaEventDestroy(start);
        (void)cudaEventDestroy(stop);
        return least;
    }

    cudnnStatus_t execute(const cudnn_description& plan, std::int64_t workspace, const convolution_operands& operands) const {
        const cuda_scratch scratch = workspace_of(workspace);
        const std::array<std::int64_t, 4> ids{operands.x_id, operands.w_id, operands.y_id, operands.bias_id};
        const std::array<void*, 4> places{const_cast<void*>(operands.x), const_cast<void*>(operands.w), const_cast<void*>(operands.y),
                                          const_cast<void*>(operands.bias)};
        const std::size_t count = task_.biased ? 4 : 3;
        const std::array<void*, 1> space{scratch.data()};
        cudnn_description pack{CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR};
        pack.set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, std::span<void* const>{places.data(), count})
            .set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, std::span<const std::int64_t>{ids.data(), count})
            .set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, std::span<void* const>{space}).finish("naming the operands of a convolution");
        return cudnnBackendExecute(cudnn_handle(), plan.raw(), pack.raw());
    }

    cuda_scratch workspace_of(std::int64_t bytes) const {
        return {static_cast<std::size_t>(bytes), [this](std::ostream& out) { out << "workspace of " << task_; }};
    }

    static constexpr int most_compiled = 3;
    convolution_task task_;
    std::unique_ptr<candidate> chosen_;
    int compiled_ = 0;                                                              // engines that had to be compiled
};

/// The plan of a task, made at its first use, or null where cuDNN has none; then the reason stands beside it, and whether it was told.
struct planned_convolution {
    std::unique_ptr<convolution_plan> plan;
    std::string reason;
    bool told = false;

    static planned_convolution& get(const convolution_task& task, const convolution_operands& operands) {
        static auto* made = new std::map<convolution_task::key_type, planned_convolution>;      // goes with the process, as cuDNN's own state does
        static std::mutex mutex;
        const std::lock_guard lock{mutex};
        if (const auto known = made->find(task.key()); known != made->end()) return known->second;
        planned_convolution planned;                                                // kept once it is made: an error may be gone the next time
        planned.plan = convolution_plan::make(task, operands, planned.reason);
        return made->emplace(task.key(), std::move(planned)).first->second;
    }
};

}  // namespace ncsn
