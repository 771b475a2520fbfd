// SPDX-License-Identifier: Apache-2.0
/// \file  How many images a second are read, by how many threads, and how long a step waits for them. docs/results/data.md has the numbers.
#include "../tests/support/files.hpp"
#include "../tests/support/jpeg.hpp"

#include <ncsn/arrays/files/npy.hpp>
#include <ncsn/data/open_dataset.hpp>
#include <ncsn/data/read_ahead.hpp>

#include <benchmark/benchmark.h>

#include <sys/resource.h>

using namespace ncsn;
using array = tensor<float, cpu>;

namespace {

constexpr std::size_t images = 5000, side = 64, batch = 128;

/// 5,000 JPEG files of 64 x 64 pixels in colour, 2.2 kB each, in a folder of their own, and the same images in one .npy file.
struct files {
    scratch_folder folder;

    files() {
        std::filesystem::create_directory(folder / "jpeg");
        auto all = image_bytes::uninitialized({images, side, side, 3});
        for (std::size_t i = 0; i < images; ++i) {
            write_text(folder / "jpeg" / (std::to_string(i) + ".jpg"), jpeg_of(photograph(i)));
            const auto x = load_image(folder / "jpeg" / (std::to_string(i) + ".jpg"));
            std::copy_n(x.data(), x.size(), all.write() + i * x.size());
        }
        save_npy(folder / "packed.npy", all);
    }
    /// Waves of all lengths in random directions, like a photograph in its spectrum.
    static image_bytes photograph(std::size_t number) {
        philox rng{number};
        std::array<std::array<double, 4>, 12> waves;
        for (std::size_t k = 0; k < waves.size(); ++k) {
            const auto words = rng.block(k);
            for (std::size_t j = 0; j < 4; ++j) waves[k][j] = half_open_unit<double>(words[j]);
        }
        auto pixels = image_bytes::uninitialized({side, side, 3});
        std::uint8_t* to = pixels.write();
        for (std::size_t y = 0; y < side; ++y)
            for (std::size_t x = 0; x < side; ++x)
                for (std::size_t c = 0; c < 3; ++c) {
                    double sum = 128;
                    for (std::size_t k = 0; k < waves.size(); ++k) {
                        const auto& [across, down, phase, hue] = waves[k];
                        const double length = 1. + static_cast<double>(k);
                        const double place = across * static_cast<double>(x) + down * static_cast<double>(y);
                        sum += 60 / length * std::sin(0.2 * length * place + 6.28 * phase + hue * static_cast<double>(c));
                    }
                    *to++ = static_cast<std::uint8_t>(std::clamp(sum, 0., 255.));
                }
        return pixels;
    }
};
const any_dataset<array>& data(const std::string& name) {
    static const files all;
    static const any_dataset<array> jpeg = open_dataset<array>(all.folder / "jpeg"), packed = open_dataset<array>(all.folder / "packed.npy");
    return name == "jpeg" ? jpeg : packed;
}

/// Of all threads, which other work on the machine does not lengthen.
double processor_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec); };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// One step: a batch, and so many milliseconds of another device's work, in which the processor is free.
void steps(benchmark::State& state, const char* name) {
    const auto threads = static_cast<std::size_t>(state.range(0));
    const std::chrono::milliseconds work{state.range(1)};
    const auto& set = data(name);
    batch_loader<any_dataset<array>> batches{{set, {set.size(), batch, 1}}, {.threads = threads}};
    batches.at(0);
    std::size_t step = 0;
    double waited = 0;
    const double before = processor_seconds();
    for (auto _ : state) {
        const auto begin = std::chrono::steady_clock::now();
        benchmark::DoNotOptimize(batches.at(++step).data());
        waited += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        std::this_thread::sleep_for(work);
    }
    state.counters["cpu_us_per_image"] = 1e6 * (processor_seconds() - before) / static_cast<double>(batch * step);
    state.counters["waited_ms"] = 1000 * waited / static_cast<double>(step);
    state.counters["images_per_second"] = benchmark::Counter(static_cast<double>(batch * step), benchmark::Counter::kIsRate);
}
/// Nothing but batches; then steps of 20 ms, 6,400 images a second.
void cases(benchmark::internal::Benchmark* of) {
    for (const int work : {0, 20})
        for (const int threads : {0, 1, 2}) of->Args({threads, work});
    of->ArgNames({"threads", "work_ms"})->Unit(benchmark::kMillisecond)->UseRealTime()->MinTime(3);
}

}  // namespace

BENCHMARK_CAPTURE(steps, jpeg, "jpeg")->Apply(cases);
BENCHMARK_CAPTURE(steps, packed, "packed")->Apply(cases);

BENCHMARK_MAIN();
