// SPDX-License-Identifier: Apache-2.0
/// \file  What sampling in TF32 and bfloat16 costs: gpu_precision DATA COUNT SECONDS draws digits in each precision from the same noise, by the
/// network in the folder DATA, lets the classifier there judge them, and prints a table. Of 100 steps a level it leaves out what SECONDS do not hold.
///
/// Annealed Langevin dynamics and the expected denoised sample. The scale of every difference is that of two sets in fp32 with different seeds.
#include "gpu_network.hpp"
#include "gpu_timing.hpp"

#include <ncsn/models/digit_classifier.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/denoised.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/statistics/frechet.hpp>
#include <ncsn/training/checkpoint.hpp>
#include <ncsn/training/cross_entropy.hpp>

#include <nlohmann/json.hpp>

#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>

using namespace ncsn;

namespace {

using host_array = tensor<float, cpu>;
const shape digit{1, 28, 28, 1};

/// The network in one precision; that of what is left in float is a property of the process.
struct sampled_network {
    std::string precision;
    any_score score;

    sampled_network(const std::string& precision_, const refinenet<array>& network)
        : precision{precision_}, score{in_precision(precision, network)} {}
    void use() const { cuda::math = precision == "fp32" ? cuda::precision::fp32 : cuda::precision::tf32; }

    /// Seconds of a step, from a capture as long as a level.
    double step(const geometric& schedule, std::size_t count) const {
        use();
        constexpr std::size_t steps = 20;
        philox rng{0};
        array x = uniform<array>(digit.with_rows(count), 0, 1, rng);
        const auto run = [&] { x = repeat{steps, langevin{full_step(2e-5)}}(score, x, level_at(schedule, schedule.size() - 1), rng); };
        return measured(0, run, 1).best / 1e3 / steps;
    }
    host_array draw(const geometric& schedule, std::size_t count, std::size_t steps, std::uint64_t seed) const {
        use();
        const double last = schedule[schedule.size() - 1], epsilon = 2e-5 * last * last / 1e-4;  // Song & Ermon's (2019) for σ_L = 0.01
        philox rng{seed};
        const array x0 = uniform<array>(digit.with_rows(count), 0, 1, rng);
        const array x = denoised{annealed{schedule, repeat{steps, langevin{full_step(epsilon)}}}}(score, x0, rng);
        return map(on_device<cpu>(x), [](float v) { return v < 0 ? 0.f : v > 1 ? 1.f : v; });
    }
};

/// What the classifier says of a set.
struct judgement {
    std::vector<std::size_t> accepted = std::vector<std::size_t>(10);  ///< of each digit, with probability above 0.9
    moments features;

    judgement(const digit_classifier<array>& classifier, const host_array& digits) {
        cuda::math = cuda::precision::fp32;
        const array h = classifier.features(on_device<cuda>(digits));
        for (const prediction& p : predictions(classifier.fc2(h)))
            if (p.probability > 0.9) ++accepted[p.label];
        features = moments_of(h);
    }
    double share(std::size_t count) const {
        std::size_t sum = 0;
        for (const std::size_t n : accepted) sum += n;
        return static_cast<double>(sum) / static_cast<double>(count);
    }
};

double mean_squared_difference(const host_array& a, const host_array& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
    return sum / static_cast<double>(a.size());
}

/// The network of a file that `train` wrote, and its levels.
struct trained_network {
    geometric schedule;
    refinenet<array> network;
};
trained_network load_network(const std::filesystem::path& path) {
    const auto config = nlohmann::json::parse(safetensors_file::open(path).metadata().at("config"));
    require(config.at("model") == "refinenet" && config.at("schedule") == "geometric", "gpu_precision: ", path, ": a refinenet with geometric levels "
            "was expected");
    const std::size_t levels = config.at("levels");
    philox rng;
    trained_network found{geometric{{.first = config.at("sigma-first"), .last = config.at("sigma-last"), .levels = levels}},
                          refinenet<array>{{.channels = 1, .features = config.at("features"), .levels = levels}, rng}};
    load_weights(path, found.network, "");
    return found;
}

/// As many steps a level as fit, 10 at least: with fewer there are no digits to judge. fp32 is drawn twice.
std::size_t steps_that_fit(const std::vector<sampled_network>& networks, const geometric& schedule, std::size_t count, double seconds) {
    double step = networks.front().step(schedule, count);
    for (const auto& network : networks) step += network.step(schedule, count);
    return std::clamp<std::size_t>(static_cast<std::size_t>(seconds / (step * static_cast<double>(schedule.size()))), 10, 100);
}

void compare(const std::filesystem::path& data, std::size_t count, double seconds) {
    const double begun = seconds_now();
    require(count > 1, "gpu_precision: ", count, " digits; at least 2 were expected");
    philox rng;
    digit_classifier<array> classifier{rng};
    load_weights(data / "mnist_classifier.safetensors", classifier);
    const auto [schedule, network] = load_network(data / "mnist_refinenet.safetensors");
    std::vector<sampled_network> networks;
    for (const char* precision : {"fp32", "tf32", "bf16"}) networks.emplace_back(precision, network);
    constexpr double share = 0.85;                                                  // the rest: the classifier, and steps that turn out dearer
    const std::size_t steps = steps_that_fit(networks, schedule, count, share * (seconds - (seconds_now() - begun)));

    std::printf("%zu digits of mnist_refinenet.safetensors, %zu levels of %zu steps and the expected denoised sample. Accepted: the classifier gives "
                "a class more than 0.9. Differences are from the first set; the second shows what other noise makes.\n\n"
                "| precision | seed | seconds | accepted | of each digit, 0 to 9 | mean squared difference of pixels | Fréchet distance of the "
                "classifier's features |\n|---|---|---|---|---|---|---|\n", count, schedule.size(), steps);
    struct set {
        host_array digits;
        judgement judged;
    };
    std::optional<set> first;
    const auto add = [&, &schedule = schedule](const sampled_network& in, std::uint64_t seed) {
        const double start = seconds_now();
        const host_array digits = in.draw(schedule, count, steps, seed);
        const double took = seconds_now() - start;
        const judgement judged{classifier, digits};
        std::printf("| %s | %d | %.3g | %.1f %% |", in.precision.c_str(), static_cast<int>(seed), took, 100 * judged.share(count));
        for (const std::size_t n : judged.accepted) std::printf(" %zu", n);
        if (first)
            std::printf(" | %.3g | %.3g |\n", mean_squared_difference(first->digits, digits),
                        frechet_distance(first->judged.features, judged.features));
        else std::printf(" | - | - |\n");
        std::fflush(stdout);
        if (!first) first.emplace(set{digits, judged});
    };
    add(networks[0], 1);
    add(networks[0], 2);
    add(networks[1], 1);
    add(networks[2], 1);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        require(argc == 4, "usage: gpu_precision DATA COUNT SECONDS");
        prepare_device();
        compare(argv[1], count_of("COUNT", argv[2]), seconds_of(argv[3]));
        return 0;
    } catch (const std::exception& reason) {
        std::cerr << "gpu_precision: " << reason.what() << '\n';
        return 1;
    }
}
