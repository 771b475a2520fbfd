// SPDX-License-Identifier: Apache-2.0
/// \file  One piece of work on the GPU, timed: gpu CASE PRECISION SECONDS [unrepeatable] [uncaptured] prints one JSON line. benchmarks/compare_gpu
/// sets it against peer.py. unrepeatable: convolutions may differ in the last digits from run to run; uncaptured: the host starts every kernel.
#include "gpu_cases.hpp"
#include "training_work.hpp"

#include <ncsn/arrays/graph_capture.hpp>
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/models/mlp.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/training/sliced.hpp>

#include <span>

using namespace ncsn;

namespace {

void toy_ssm(const std::string& name, double seconds) {
    philox rng{0};
    const gaussian_mixture<array> data{{{0.8, {5, 5}}, {0.2, {-5, -5}}}, 1};
    learner of_model{unconditional{mlp<array>{2, 128, 2, rng}}};
    replayed<cuda> step;
    print(name, "fp32", "mlp", measured(seconds, [&] {
        step(of_model.rng, [&] { of_model.step_on(sliced_score_matching{}, drawn_from{data, 128}); });
    }), 0);
}
void gmm_als(const std::string& name, double seconds) {
    philox rng{0};
    const gaussian_mixture<array> target{{0.8, {5, 5}}, {0.2, {-5, -5}}};
    const annealed als{geometric{{.first = 20, .last = 1, .levels = 10}}, repeat{100, langevin{half_step(0.1)}}};
    print(name, "fp32", "mixture", measured(seconds, [&] { als(target, uniform<array>({1280, 2}, -8, 8, rng), rng); }), 0);
}

/// What the chip gives to the best of simple work: a copy of 4 GiB, and products of 8192 x 8192 matrices of random numbers.
void ceilings(double seconds) {
    constexpr std::size_t n = 8192, count = std::size_t{1} << 30;
    philox rng{0};
    const auto rate = [&]<class T>(T) {
        const auto a = normal<tensor<T, cuda>>({n, n}, rng), b = normal<tensor<T, cuda>>({n, n}, rng);
        return 2.0 * n * n * n / measured(seconds / 2, [&] { product(a, b, transposed::neither); }).best / 1e9;
    };
    cuda::math = cuda::precision::fp32;
    const double fp32 = rate(float{});
    cuda::math = cuda::precision::tf32;
    const double tf32 = rate(float{}), bf16 = rate(bfloat16{});
    const auto from = array({count}, 1.0f);
    array to({count}, 0.0f);
    constexpr std::size_t bytes = count * sizeof(float);
    const double copy = 2.0 * bytes / measured(seconds / 2, [&] { cuda::copy(to.write(), from.data(), bytes); }).best / 1e6;
    std::printf("{\"copy_gbs\": %.6g, \"bf16_tflops\": %.6g, \"tf32_tflops\": %.6g, \"fp32_tflops\": %.6g}\n", copy, bf16, tf32, fp32);
}

void run(const std::string& name, const std::string& precision, double seconds, std::span<char*> switches) {
    prepare_device();
    for (const std::string option : switches) {
        require(option == "unrepeatable" || option == "uncaptured", "gpu: ", option, ": unrepeatable and uncaptured are known");
        (option == "unrepeatable" ? cuda::repeatable : cuda::capture) = false;
    }
    if (name == "ceilings") return ceilings(seconds);
    require(precision == "fp32" || precision == "tf32" || precision == "bf16", "gpu: ", precision, ": fp32, tf32 and bf16 are known");
    cuda::math = precision == "fp32" ? cuda::precision::fp32 : cuda::precision::tf32;
    if (name == "toy_ssm") return toy_ssm(name, seconds);
    if (name == "gmm_als") return gmm_als(name, seconds);
    const network_case asked{name, precision, seconds};
    if (asked.what == "step") return time_training(asked);
    require(asked.what == "sample" || asked.what == "consistent" || asked.what == "whole", "gpu: ", name, ": ", asked.what,
            ": step, sample, consistent and whole are known");
    time_sampling(asked);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        require(argc >= 4, "usage: gpu CASE PRECISION SECONDS [unrepeatable] [uncaptured]");
        run(argv[1], argv[2], seconds_of(argv[3]), std::span{argv + 4, argv + argc});
        return 0;
    } catch (const std::exception& reason) {
        std::cerr << "gpu: " << reason.what() << '\n';
        return 1;
    }
}
