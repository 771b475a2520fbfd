// SPDX-License-Identifier: Apache-2.0
/// \file  The kernels in which a RefineNet spends its time, each by itself at the sizes of CIFAR-10: gpu_kernels SECONDS prints one JSON line for
/// each. benchmarks/compare_gpu sets them against the copy that the GPU reaches and against peer.py.
///
/// They are captured, so that the host is out of the way, and work on eight batches in turn: more than the second-level cache keeps. "least" says
/// how many tensors must be read and written, in batches of images [128,32,32,128]; "ours", how many our kernels visit.
#include "gpu_timing.hpp"

#include <ncsn/arrays/convolution.hpp>
#include <ncsn/arrays/normalization.hpp>
#include <ncsn/arrays/graph_capture.hpp>
#include <ncsn/arrays/resampling.hpp>
#include <ncsn/models/refinenet.hpp>
#include <ncsn/training/adam.hpp>

#include <cstdio>
#include <string>

using namespace ncsn;

namespace {

using array = tensor<float, cuda>;
constexpr std::size_t batch = 128, extent = 32, channels = 128;
const shape images{batch, extent, extent, channels}, smaller{batch, extent / 2, extent / 2, channels};
constexpr std::size_t ring = 8, rounds = 4;

/// Microseconds of one kernel(k, rng), k < ring, whose results are kept until those of all k are made. Captured graphs of n and of 3 n passes are
/// timed; what the second takes longer is free of what a capture costs.
template <class Kernel> double microseconds(double seconds, const Kernel& kernel) {
    philox rng{0};
    array token{shape{1}};
    const auto elapsed = [&](std::size_t passes) {
        const double start = seconds_now();
        token = iterate(passes, std::move(token), rng, [&](const array& t, philox& own) {
            for (std::size_t round = 0; round < rounds; ++round) {
                std::vector<decltype(kernel(0, own))> results;
                for (std::size_t k = 0; k < ring; ++k) results.push_back(kernel(k, own));
            }
            return 1.0 * t;
        });
        cuda::synchronize();
        return seconds_now() - start;
    };
    constexpr std::size_t few = 10;                                                 // enough to be captured
    elapsed(few);
    const double pass = elapsed(few) / few;
    const auto n = static_cast<std::size_t>(std::clamp(seconds / (12 * pass), double{few}, 1000.0));
    std::vector<double> once, thrice;
    for (int i = 0; i < 3; ++i) once.push_back(elapsed(n)), thrice.push_back(elapsed(3 * n));
    std::sort(once.begin(), once.end());
    std::sort(thrice.begin(), thrice.end());
    return 1e6 * (thrice[1] - once[1]) / static_cast<double>(2 * n * ring * rounds);
}

/// What a kernel must move at least, and what ours does: "reads + writes".
struct traffic {
    double bytes;
    const char *least, *ours;
};
/// Prints a line for each kernel; one that fails leaves a line too.
struct report {
    double seconds;
    int failed = 0;

    template <class Kernel> void operator()(const char* name, const char* precision, const traffic& moved, double flop, const Kernel& kernel) {
        std::printf("{\"kernel\": \"%s\", \"precision\": \"%s\", ", name, precision);
        try {
            std::printf("\"us\": %.6g, ", microseconds(seconds, kernel));
        } catch (const error& reason) {
            ++failed;
            std::cerr << "gpu_kernels: " << name << ", " << precision << ": " << reason.what() << '\n';
        }
        std::printf("\"bytes\": %.6g, \"least\": \"%s\", \"ours\": \"%s\", \"flop\": %.6g}\n", moved.bytes, moved.least, moved.ours, flop);
        std::fflush(stdout);                                                        // what is measured stays, whatever comes next
    }
};

template <class T> std::vector<tensor<T, cuda>> batches(const shape& s, philox& rng) {
    std::vector<tensor<T, cuda>> all;
    for (std::size_t k = 0; k < ring; ++k) all.push_back(normal<tensor<T, cuda>>(s, rng));
    return all;
}

template <class T> void time_image_kernels(report& time, const char* precision) {
    using tensor_type = tensor<T, cuda>;
    philox rng{1};
    const auto x = batches<T>(images, rng), y = batches<T>(images, rng), half = batches<T>(smaller, rng);
    const auto rows = normal<tensor_type>({batch, 3 * channels}, rng);              // γ, α, β of each sample's level
    const double one = static_cast<double>(images.size() * sizeof(T));
    time("norm++ with ELU", precision, {2 * one, "1 + 1", "2 + 1"}, 0, [&](std::size_t k, philox&) {
        instance_norm_plus_saved<tensor_type> saved;
        return instance_norm_plus_forward(x[k], rows, true, saved);
    });
    std::vector<instance_norm_plus_saved<tensor_type>> saved(ring);
    for (std::size_t k = 0; k < ring; ++k) instance_norm_plus_forward(x[k], rows, true, saved[k]);
    time("norm++ with ELU, backward", precision, {3 * one, "2 + 1", "4 + 1"}, 0, [&](std::size_t k, philox&) {
        return instance_norm_plus_backward(y[k], x[k], rows, true, saved[k]);
    });
    time("mean pool 5x5", precision, {2 * one, "1 + 1", "1 + 1"}, 0, [&](std::size_t k, philox&) {
        return average_pool(x[k], pool_window{5, 1, 2});
    });
    time("bilinear 16 to 32", precision, {1.25 * one, "1/4 + 1", "1/4 + 1"}, 0, [&](std::size_t k, philox&) {
        return resize_bilinear(half[k], extent, extent);
    });
    time("bilinear 16 to 32, backward", precision, {1.25 * one, "1 + 1/4", "1 + 1/4"}, 0, [&](std::size_t k, philox&) {
        return resize_bilinear_transpose(x[k], smaller);
    });
    time("normal noise", precision, {one, "0 + 1", "0 + 1"}, 0, [](std::size_t, philox& own) { return normal<tensor_type>(images, own); });
}

/// The parameters of the CIFAR-10 RefineNet, in all its tensors.
void time_adam(report& time) {
    philox rng{2};
    const refinenet_settings settings{.channels = 3, .features = 128};
    refinenet<array> model{settings, rng};
    const refinenet<array> gradient{settings, rng};
    adam optimizer{model, {.rate = 1e-3}};
    const double bytes = 7.0 * sizeof(float) * static_cast<double>(parameter_count(model));
    time("Adam, 30 M parameters", "fp32", {bytes, "4 + 3", "4 + 3"}, 0, [&](std::size_t, philox&) {
        optimizer.step(model, gradient);
        return 0;
    });
}

/// 3x3, 128 to 128 channels.
template <class T> void time_convolutions(report& time, const char* precision) {
    philox rng{3};
    const auto x = batches<T>(images, rng), y = batches<T>(images, rng);
    const auto w = normal<tensor<T, cuda>>({channels, 3, 3, channels}, rng);
    const conv_window window{1, 1, 1};
    const double flop = 2. * static_cast<double>(images.size() * w.size() / channels), one = static_cast<double>(images.size() * sizeof(T));
    time("convolution 3x3", precision, {2 * one, "1 + 1", "-"}, flop, [&](std::size_t k, philox&) { return convolve(x[k], w, {}, window); });
    time("convolution 3x3, to the images", precision, {2 * one, "1 + 1", "-"}, flop, [&](std::size_t k, philox&) {
        return convolve_input_gradient(y[k], w, images, window);
    });
    time("convolution 3x3, to the weights", precision, {2 * one, "2 + 0", "-"}, flop, [&](std::size_t k, philox&) {
        return convolve_filter_gradient(y[k], x[k], w.shape(), window);
    });
}

}  // namespace

int main(int argc, char** argv) {
    try {
        require(argc == 2, "usage: gpu_kernels SECONDS");
        prepare_device();
        report time{seconds_of(argv[1])};
        time_image_kernels<bfloat16>(time, "bf16");
        time_image_kernels<float>(time, "fp32");
        time_adam(time);
        cuda::math = cuda::precision::tf32;
        time_convolutions<bfloat16>(time, "bf16");
        time_convolutions<float>(time, "tf32");
        return time.failed > 0;
    } catch (const std::exception& reason) {
        std::cerr << "gpu_kernels: " << reason.what() << '\n';
        return 1;
    }
}
