// SPDX-License-Identifier: Apache-2.0
/// \file  Bits a dimension of images under the probability flow of a trained score (Song et al. 2021, Section 4.3 and Appendix D.2).
#include <ncsn/data/transforms.hpp>
#include <ncsn/statistics/likelihood.hpp>

#include "sampling.hpp"

#include <numbers>
#include <optional>

using namespace ncsn;

struct settings : network_options {
    std::string data, data_dir;
    std::size_t images = 64, probes = 1, subdivide = 1;
    settings() { batch = 16; }
};

/// Mean and variance of the numbers of up to a thousand images.
white_noise prior_of(const data_set& data) {
    constexpr std::size_t enough = 1000;
    const host_array x = data.batch(consecutive(std::min(enough, data.size())));
    const double middle = mean(x).item();
    return {middle, mean(square(x - middle)).item()};
}

int likelihood(const settings& s) {
    require(s.images > 1 && s.batch > 0, "--images ", s.images, ", --batch ", s.batch, ": at least 2 and 1 were expected");
    trained_network score{s.weights, "fp32", s.average};
    score.require_score("likelihood");
    const std::vector<double> sigmas = finer(score, s.subdivide);
    require(sigmas.size() > 1, "--weights ", score.path(), ": a network of one level has no flow; two levels or more were expected");
    const std::string data_name = s.data.empty() ? score.data() : s.data;
    const data_set data = open_data_of(score, data_name, split::test, s.data_dir);
    const auto training = find_dataset<host_array>(data_name, split::train, s.data_dir);
    const white_noise prior = prior_of(training.value_or(data));
    const std::size_t n = std::min(s.images, data.size()), dimensions = data.shape().row_size();
    require(n > 1, "--data ", data_name, ": one image has no standard error; two or more were expected");
    require(s.probes <= most_extent, "--probes ", s.probes, ": up to ", most_extent, " were expected, or 0 for the exact trace");

    const std::filesystem::path out = s.out, rows = out / "log_densities.safetensors";
    make_folder_of_rows(out, {"log_densities.safetensors", "likelihood.json"}, s.force);
    const json what{{"network", score.config}, {"weights", identity_of(score.path())}, {"device", program_device}, {"average", s.average},
                    {"seed", s.seed}, {"data", {data_name, fingerprint_of(data)}}, {"probes", s.probes}, {"subdivide", s.subdivide},
                    {"prior", {prior.mean, prior.variance}}};
    tensors_file file{rows, n, {{"log_densities", {1, 1}}}, {{"config", score.config.dump()}}, what, s.force ? begun::go_on_or_anew : begun::go_on};
    forget(out / "likelihood.json");                                                // what it says is replaced
    if (file.done() > 0) std::cout << "continues after " << file.done() << " of " << n << " images" << std::endl;

    const stopwatch watch;
    const flow_likelihood flow{sigmas, s.probes, prior};
    constexpr std::size_t slopes = 4;                                               // of the classical Runge-Kutta rule, a level
    const std::size_t evaluations = slopes * (sigmas.size() - 1) * (s.probes == 0 ? dimensions : s.probes);
    const auto densities = [&](std::size_t first, std::size_t count, const auto&, const std::stop_token& stop) {
        philox gaps = philox{s.seed, 2}.at_sample(first), signs = philox{s.seed}.at_sample(first);   // an image's own, whatever the batch
        const host_array x = dequantized{}(data.batch(consecutive(count, first)), gaps);
        return flow(score, on_device<default_device>(x), signs, stop);
    };
    try {
        if (file.done() < n) in_batches(score, file.done(), n, s.batch, evaluations, densities, [&](std::size_t, const host_array& part) {
            file.append(part.size(), {part.data()});
            file.keep();
        });
    } catch (const stopped& reason) {
        fail(reason.what(), "\n", file.done(), " of ", n, " images are kept; the same command continues");
    }

    const auto kept = safetensors_file::open(file.partial()).load<float>("log_densities");
    constexpr double spacing = 1.0 / 256;
    double sum = 0, squares = 0;
    for (const float v : kept.values()) {
        const double bits = bits_per_dimension(v, dimensions, spacing);
        sum += bits, squares += bits * bits;
    }
    const double count = static_cast<double>(n), mean = sum / count, error = std::sqrt(std::max(0.0, squares / count - mean * mean) / (count - 1));
    // What has noise of variance σ² has a density of (2πσ²)^(-D/2) at most.
    const double least = std::log2(sigmas.back() * std::sqrt(2 * std::numbers::pi) / spacing);
    const json result{{"bits_per_dimension", mean}, {"standard_error", error}, {"least_with_such_noise", least}, {"data", data_name},
                      {"images", n}, {"dimensions", dimensions},
                      {"of", "the density of images under the noise of the last level, at images without it"}, {"sigma", sigmas.back()},
                      {"levels", sigmas.size()}, {"probes", s.probes}, {"prior", {{"mean", prior.mean}, {"variance", prior.variance},
                      {"of", std::string{"the first images of the "} + (training ? "training" : "test") + " split, up to 1,000"}}},
                      {"dequantisation", "(byte + u)/256, u uniform on [0, 1)"}, {"weights", score.path().string()}, {"network", score.config},
                      {"seed", s.seed}, {"seconds", watch.seconds()}, {"environment", describe_environment()}};
    save_json(out / "likelihood.json", result);
    std::cout << mean << " +- " << error << " bits a dimension of " << n << " test images of " << data_name << ", uniformly dequantised, under the "
                 "density with noise of sigma " << sigmas.back() << "; " << sigmas.size() << " levels, "
              << (s.probes == 0 ? "exact traces" : std::to_string(s.probes) + " random signs for a trace") << '\n';
    if (mean < least)
        std::cout << "warning: fewer than the " << least << " bits of any density with that noise: the network's outputs are the scores of none, or "
                     "the flow needs finer steps (--subdivide)\n";
    file.commit();                                                                  // last: where the densities are, everything is
    return 0;
}

int main(int argc, char** argv) {
    settings s;
    program_options app{
        "Bits a dimension of test images under the probability flow of a trained score. When it was stopped or killed, the same command "
        "continues.", "likelihood"};
    s.add_to(app, "likelihood.json and log_densities.safetensors, in nats, an image a row", "images at a time; changes no draw");
    app.add("--data", s.data, std::string{data_help} + " (default: the network's own)");
    app.add("--data-dir", s.data_dir, data_dir_help);
    app.add("--images", s.images, "how many test images").show_default();
    app.add("--probes", s.probes, "random signs for each trace; 0: exact, a derivative a pixel").show_default();
    app.add("--subdivide", s.subdivide, "so many steps of the flow from level to level").show_default();
    return run_program(app, argc, argv, [&] { return likelihood(s); });
}
