// SPDX-License-Identifier: Apache-2.0
/// \file  Features of images by both published networks, from [N,H,W,3] in [0, 1] to [N,D]; benchmarks/compare_features sets them against others.
#include "../tests/support/inception_by_rule.hpp"

#include <ncsn/data/data_folder.hpp>
#include <ncsn/models/efficientnet_lite0.hpp>
#include <ncsn/models/inception_v3.hpp>
#include <ncsn/training/published_weights.hpp>

#include <benchmark/benchmark.h>

using namespace ncsn;

namespace {

using array = tensor<float, cpu>;

void run(benchmark::State& state, const auto& network) {
    philox rng{1};
    const auto x = uniform<array>({static_cast<std::size_t>(state.range(0)), 32, 32, 3}, 0, 1, rng);
    benchmark::DoNotOptimize(network.features(x).data());
    for (auto _ : state) benchmark::DoNotOptimize(network.features(x).data());
    state.counters["images_per_second"] = benchmark::Counter(static_cast<double>(state.iterations() * state.range(0)), benchmark::Counter::kIsRate);
}

/// Weights that keep the size of activations, as those of a trained network do: with smaller ones denormal numbers would be timed.
void efficientnet_lite0_case(benchmark::State& state) {
    philox rng{1};
    efficientnet_lite0<array> network{rng};
    if (const auto weights = find_published("efficientnet-lite0"); !weights.empty()) load_published(weights, network);
    else for_each_leaf([](array& p) { p = 2.4 * p; }, network);
    run(state, network);
}
void inception_v3_case(benchmark::State& state) {
    philox rng{1};
    inception_v3<array> network{rng};
    take_published(network, [&](const std::string& name) { return inception_by_rule(name, network); });
    run(state, network);
}

}  // namespace

BENCHMARK(efficientnet_lite0_case)->Name("efficientnet_lite0")->Arg(16)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(inception_v3_case)->Name("inception_v3")->Arg(4)->Unit(benchmark::kMillisecond)->UseRealTime();

BENCHMARK_MAIN();
