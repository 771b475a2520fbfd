// SPDX-License-Identifier: Apache-2.0
/// \file  The benchmarks of the library, named as in peer.py; benchmarks/compare sets them against it.
#include "report.hpp"
#include "work.hpp"

#include <ncsn/models/adapters.hpp>
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/models/mlp.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/training/sliced.hpp>

using namespace ncsn;

namespace {

void refinenet_case(benchmark::State& state, std::size_t channels, std::size_t size, std::size_t features, void (*run)(refinenet_work&)) {
    refinenet_work work{channels, size, features, 8};
    run(work);
    for (auto _ : state) run(work);
    report_memory(state);
}
void forward(refinenet_work& w) { w.forward(); }
void step(refinenet_work& w) { w.step(); }
void sample(refinenet_work& w) { w.sample(); }

/// One iteration of sliced score matching on the two-mode mixture: data, loss, gradient, Adam. MLP 2-128-128-2, batch 128.
void toy_ssm(benchmark::State& state) {
    philox rng{0};
    const gaussian_mixture<array> data{{{0.8, {5, 5}}, {0.2, {-5, -5}}}, 1};
    learner of_model{unconditional{mlp<array>{2, 128, 2, rng}}};
    for (auto _ : state) of_model.step_on(sliced_score_matching{}, drawn_from{data, 128});
    report_memory(state);
}
/// Annealed Langevin dynamics with the exact score: 1,280 chains, 10 levels of 100 steps.
void gmm_als(benchmark::State& state) {
    philox rng{0};
    const gaussian_mixture<array> target{{0.8, {5, 5}}, {0.2, {-5, -5}}};
    const annealed als{geometric{{.first = 20, .last = 1, .levels = 10}}, repeat{100, langevin{half_step(0.1)}}};
    for (auto _ : state) benchmark::DoNotOptimize(als(target, uniform<array>({1280, 2}, -8, 8, rng), rng).data());
    report_memory(state);
}

}  // namespace

BENCHMARK(toy_ssm)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(gmm_als)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK_CAPTURE(refinenet_case, mnist64_b8_forward, 1, 28, 64, forward)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK_CAPTURE(refinenet_case, mnist64_b8_step, 1, 28, 64, step)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK_CAPTURE(refinenet_case, mnist64_b8_sample, 1, 28, 64, sample)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK_CAPTURE(refinenet_case, cifar128_b8_forward, 3, 32, 128, forward)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK_CAPTURE(refinenet_case, cifar128_b8_step, 3, 32, 128, step)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK_CAPTURE(refinenet_case, cifar128_b8_sample, 3, 32, 128, sample)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();

BENCHMARK_MAIN();
