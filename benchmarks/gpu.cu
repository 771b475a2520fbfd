// SPDX-License-Identifier: Apache-2.0
/// \file  One piece of work on the GPU, timed: gpu CASE PRECISION SECONDS prints one JSON line. benchmarks/compare_gpu sets it against peer.py.
#include "work.hpp"

#include <ncsn/arrays/recording.hpp>
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/models/mlp.hpp>
#include <ncsn/models/reduced_precision.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/training/sliced.hpp>

#include <chrono>
#include <cstdio>
#include <functional>
#include <iostream>
#include <limits>

using namespace ncsn;

namespace {

struct timing {
    double best = std::numeric_limits<double>::infinity(), median = 0, peak_mib = 0;
};

/// Milliseconds of a call, of which several are asked for between two looks at the clock: the host runs ahead, as in use.
timing measured(double seconds, const std::function<void()>& work) {
    const auto now = [] { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); };
    for (int i = 0; i < 5; ++i) work();                                             // choices, recordings and kept forms are made
    cuda::synchronize();
    double start = now();
    work();
    cuda::synchronize();
    const int each = std::max(1, std::min(20, static_cast<int>(0.2 / (now() - start))));
    cuda::pool().restart();
    std::vector<double> times;
    for (const double end = now() + seconds; times.size() < 3 || now() < end;) {
        start = now();
        for (int i = 0; i < each; ++i) work();
        cuda::synchronize();
        times.push_back(1e3 * (now() - start) / each);
    }
    std::sort(times.begin(), times.end());
    return {times.front(), times[times.size() / 2], static_cast<double>(cuda::pool().most_bytes_in_use()) / (1 << 20)};
}

void print(const std::string& name, const std::string& precision, const char* network, const timing& t, double flop) {
    std::printf("{\"case\": \"%s\", \"precision\": \"%s\", \"network\": \"%s\", \"best_ms\": %.6g, \"median_ms\": %.6g, \"peak_mib\": %.6g, "
                "\"flop\": %.6g}\n",
                name.c_str(), precision.c_str(), network, t.best, t.median, t.peak_mib, flop);
}

/// Multiplications and additions in the convolutions of one evaluation for one image of size x size pixels. The first cascade, the first block of the
/// second and the last refine block (but for its smaller input) work on the whole image, everything else on a quarter of the pixels.
double refinenet_flop(const refinenet<array>& network, std::size_t size) {
    double multiplications = 0;
    for_each_named([&](const std::string& name, const auto& weight) {
        if (weight.shape().rank() != 4) return;
        const bool smaller = name.starts_with("refine4.adapt_convs.1") || name.starts_with("refine4.msf.convs.1");
        const auto is = [&](const char* part) { return name.starts_with(part); };
        const bool whole = is("begin_conv") || is("end_conv") || is("res1") || is("res2.0") || (is("refine4") && !smaller);
        multiplications += static_cast<double>(weight.size() * size * size) / (whole ? 1 : 4);
    }, network);
    return 2 * multiplications;
}

template <class M> void refinenet_case(const std::string& name, const std::string& precision, double seconds, std::size_t channels, std::size_t size,
                                       std::size_t batch, double flop, M model, philox rng) {
    const geometric schedule{{.first = 1, .last = 0.01, .levels = 10}};
    const bool trains = name.ends_with("step");
    array images = uniform<array>({batch, size, size, channels}, 0, 1, rng);
    const double evaluation = flop * static_cast<double>(batch);
    if (!trains) {
        constexpr std::size_t steps = 20;                                           // at one level, of which a run has 10 x 100
        const repeat moves{steps, langevin{full_step(2e-5)}};
        timing t = measured(seconds, [&] { images = moves(model, images, level_at(schedule, 9), rng); });
        t.best /= steps, t.median /= steps;
        print(name, precision, "refinenet", t, evaluation);
        return;
    }
    adam optimizer{model, {.rate = 1e-3}};
    repeated<cuda> step;
    array loss{shape{1}};
    const timing t = measured(seconds, [&] {
        step(rng, [&] {
            const auto result = loss_and_grad(denoising_score_matching{schedule}, model, images, rng);
            optimizer.step(model, result.gradient);
            cuda::copy(loss.write(), result.loss.data(), sizeof(float));
        });
    });
    print(name, precision, "refinenet", t, 3 * evaluation);
}

void toy_ssm(const std::string& name, double seconds) {
    philox rng{0};
    const gaussian_mixture<array> data{{{0.8, {5, 5}}, {0.2, {-5, -5}}}, 1};
    unconditional model{mlp<array>{2, 128, 2, rng}};
    adam optimizer{model, {.rate = 1e-3}};
    repeated<cuda> step;
    print(name, "fp32", "mlp", measured(seconds, [&] {
        step(rng, [&] {
            const auto result = loss_and_grad(sliced_score_matching{}, model, data.sample(128, rng), rng);
            optimizer.step(model, result.gradient);
        });
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

int run(const std::string& name, const std::string& precision, double seconds) {
    cuda::on_warning = [](const std::string& text) { std::cerr << text << '\n'; };
    cuda::tune = true;
    if (name == "ceilings") return ceilings(seconds), 0;
    require(precision == "fp32" || precision == "tf32" || precision == "bf16", "gpu: ", precision, ": fp32, tf32 and bf16 are known");
    cuda::math = precision == "fp32" ? cuda::precision::fp32 : cuda::precision::tf32;
    if (name == "toy_ssm") return toy_ssm(name, seconds), 0;
    if (name == "gmm_als") return gmm_als(name, seconds), 0;
    const bool cifar = name.starts_with("cifar128_b");
    require(cifar || name.starts_with("mnist64_b"), "gpu: ", name, ": ceilings, toy_ssm, gmm_als, mnist64_bN_{step,sample} and "
            "cifar128_bN_{step,sample} are known");
    const std::size_t channels = cifar ? 3 : 1, size = cifar ? 32 : 28, features = cifar ? 128 : 64, batch = std::stoul(name.substr(cifar ? 10 : 9));
    philox rng{0};
    refinenet<array> network{{.channels = channels, .features = features}, rng};
    const double flop = refinenet_flop(network, size);
    if (precision == "bf16")
        refinenet_case(name, precision, seconds, channels, size, batch, flop, reduced_precision<bfloat16, refinenet<array>>{std::move(network)}, rng);
    else refinenet_case(name, precision, seconds, channels, size, batch, flop, std::move(network), rng);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        require(argc == 4, "usage: gpu CASE PRECISION SECONDS");
        return run(argv[1], argv[2], std::stod(argv[3]));
    } catch (const std::exception& reason) {
        std::cerr << "gpu: " << reason.what() << '\n';
        return 1;
    }
}
