// SPDX-License-Identifier: Apache-2.0
/// \file  Networks of two papers, their training and a move of an energy's chains, named as in peer.py; benchmarks/compare sets them against it.
/// `networks --write FOLDER` writes weights, images, results and gradients of each network, with which peer.py compares its own.
#include "report.hpp"
#include "training_work.hpp"

#include <ncsn/levels/schedule.hpp>
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/biggan_discriminator.hpp>
#include <ncsn/models/ncsnv2.hpp>
#include <ncsn/models/recovery_resnet.hpp>
#include <ncsn/models/unet.hpp>
#include <ncsn/training/hybrid_step.hpp>
#include <ncsn/training/denoising.hpp>
#include <ncsn/training/recovery_likelihood.hpp>
#include <ncsn/training/training_state.hpp>
#include <ncsn/training/weights.hpp>

#include <filesystem>
#include <string>

using namespace ncsn;
using array = tensor<float, cpu>;

namespace {

constexpr std::size_t batch = 8;
const geometric schedule{{.first = 1, .last = 0.01, .levels = 10}};

same_batch<array> batch_of(std::size_t extent, std::size_t channels, double first = 0) {
    philox rng{1};
    return {uniform<array>({batch, extent, extent, channels}, first, 1, rng)};
}

struct make_ncsnv2 {
    std::size_t extent = 32, channels = 3, features = 64;
    auto operator()(philox& rng) const { return ncsnv2<array>{{.channels = channels, .features = features}, rng}; }
};
struct make_unet {
    std::size_t extent = 32, channels = 3, features = 64;
    auto operator()(philox& rng) const { return unet<array>{{.channels = channels, .features = features}, rng}; }
};
constexpr make_ncsnv2 wide_ncsnv2{}, digits_ncsnv2{28, 1};
constexpr make_unet wide_unet{};
struct make_energy {
    std::size_t extent = 32, channels = 3, width = 32;
    auto operator()(philox& rng) const { return recovery_resnet<array>{{.channels = channels, .width = width}, rng}; }
};
struct make_discriminator {
    std::size_t extent = 32, channels = 3, features = 32;
    auto operator()(philox& rng) const { return biggan_discriminator<array>{{.channels = channels, .features = features}, rng}; }
};

template <class Make> void forward(benchmark::State& state, const Make& make) {
    philox rng{0};
    const auto network = make(rng);
    const array x = batch_of(make.extent, make.channels).images;
    network(x);                                                                     // memory is touched, kernels are compiled
    for (auto _ : state) benchmark::DoNotOptimize(network(x).data());
    report_memory(state);
}
/// Whole steps of training, what `trainer` repeats; step(state, batches).
template <class State, class Step> void steps(benchmark::State& state, State& training, const Step& step, same_batch<array> batches) {
    const auto next = [&] {
        step(training, batches);
        ++training.step;
    };
    next();
    for (auto _ : state) next();
    report_memory(state);
}
/// Denoising score matching for the score f/σ, with Adam and the running average.
template <class Make> void train(benchmark::State& state, const Make& make) {
    philox rng{0};
    training_state training{scaled_by_noise{make(rng)}};
    steps(state, training, gradient_step{denoising_score_matching{schedule}}, batch_of(make.extent, make.channels));
}
/// A turn of the discriminator and a step of the score, by least squares.
void play(benchmark::State& state) {
    philox rng{0};
    hybrid_state training{scaled_by_noise{wide_ncsnv2(rng)}, make_discriminator{}(rng)};
    steps(state, training, hybrid_step{hybrid_score_matching{schedule}}, batch_of(32, 3));
}
/// Recovery likelihood with chains of 30 moves.
void train_energy(benchmark::State& state) {
    philox rng{0};
    training_state training{make_energy{}(rng), adam_settings{.rate = 1e-4, .epsilon = 1e-7, .keras = true}};
    steps(state, training, gradient_step{recovery_likelihood{recovery_code()}}, batch_of(32, 3, -1));
}
/// One move of a chain, after which the spectral norms' vectors go on.
void langevin_move(benchmark::State& state) {
    philox rng{0};
    const recovery_process process = recovery_code();
    const array x = batch_of(32, 3, -1).images;
    recovery_conditional conditional{process, make_energy{}(rng), x};
    const recovery_langevin move{process};
    const noise_levels levels = process.levels({0, 1, 2, 3, 4, 5, 0, 1});
    array y = x;
    const auto next = [&] {
        y = move(conditional, y, levels, rng);
        advance(conditional.marginal);
    };
    next();
    for (auto _ : state) next();
    report_memory(state);
}

/// Weights, images x, f(x) and the derivatives of ½ Σ f² for them; of an energy at the levels 0, 1, ...
template <class Make> void write(const std::filesystem::path& path, const Make& make, double first = 0) {
    philox rng{0};
    const auto network = make(rng);
    const array x = batch_of(make.extent, make.channels, first).images;
    const noise_levels levels = recovery_code().levels({0, 1, 2, 3, 4, 5, 0, 1});
    const auto result = [&](const auto& net, const auto& at) {
        if constexpr (std::same_as<Make, make_energy>) return net(at, levels);
        else return net(at);
    };
    const auto loss = [](const auto& f) { return 0.5 * sum(f * f); };
    safetensors_writer file;
    add_model(file, "weights/", network);
    add_model(file, "of/weights/", loss_and_grad([&](const auto& net) { return loss(result(net, x)); }, network).gradient);
    file.add("x", x);
    file.add("f", result(network, x));
    file.add("of/x", vjp([&](const auto& at) { return loss(result(network, at)); }, x, array{shape{}, 1}).derivative);
    file.save(path);
}

}  // namespace

BENCHMARK_CAPTURE(forward, ncsnv2_w64_b8_forward, wide_ncsnv2)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK_CAPTURE(train, ncsnv2_w64_b8_step, wide_ncsnv2)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK_CAPTURE(forward, ncsnv2_mnist64_b8_forward, digits_ncsnv2)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK_CAPTURE(train, ncsnv2_mnist64_b8_step, digits_ncsnv2)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK_CAPTURE(forward, unet_w64_b8_forward, wide_unet)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK_CAPTURE(train, unet_w64_b8_step, wide_unet)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(langevin_move)->Name("moves/recovery_w32_b8_langevin")->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(train_energy)->Name("train/recovery_w32_b8_step")->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();
BENCHMARK(play)->Name("train/adversarial_w64_b8_step")->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime()->UseRealTime();

int main(int argc, char** argv) {
    if (argc == 3 && std::string{argv[1]} == "--write") {
        const std::filesystem::path folder = argv[2];
        write(folder / "ncsnv2_w64.safetensors", wide_ncsnv2);
        write(folder / "ncsnv2_mnist64.safetensors", digits_ncsnv2);
        write(folder / "unet_w64.safetensors", wide_unet);
        write(folder / "recovery_w32.safetensors", make_energy{}, -1);
        write(folder / "discriminator_w32.safetensors", make_discriminator{});
        return 0;
    }
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
    benchmark::RunSpecifiedBenchmarks();
}
