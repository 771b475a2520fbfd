// SPDX-License-Identifier: Apache-2.0
/// \file  What the programs that draw from a trained network share: options, step sizes, and chains in batches.
#pragma once

#include <ncsn/arrays/files/png.hpp>
#include <ncsn/arrays/random.hpp>
#include <ncsn/levels/schedule.hpp>
#include <ncsn/samplers/step_size.hpp>

#include "environment.hpp"
#include "networks/trained_network.hpp"
#include "packed_file.hpp"
#include "program.hpp"

namespace ncsn {

/// What every program is told that asks a trained network something.
struct network_options {
    std::string weights, out, average = "ema";
    std::size_t batch = 64, seed = 1;
    bool force = false;

    void add_to(program_options& app, const std::string& out_help, const std::string& batch_help) {
        app.add("--weights", weights, "folder of a run of train, or a .safetensors file that train wrote").required();
        app.add("--out", out, "folder for " + out_help).required();
        app.add("--average", average, "weights of a checkpoint: ema (the running average), or none (those of the last step)").show_default();
        app.add("--seed", seed, "seed of all random numbers").show_default();
        app.add("--batch", batch, batch_help).show_default();
        app.flag("--force", force, "replace results in --out");
    }
};

struct sampling_options : network_options {
    std::string convention = "full", precision = "fp32";
    std::size_t steps = 100;
    double epsilon = 0;

    void add_to(program_options& app, const std::string& default_epsilon, const std::string& steps_help) {
        network_options::add_to(app, "the results", "chains at a time; changes no result");
        app.add("--steps-per-level", steps, steps_help).show_default();
        app.add("--epsilon", epsilon, "step size at the last level, in squared pixel values; 0: " + default_epsilon).show_default();
        app.add("--convention", convention, "of epsilon: full (x + a s + sqrt(2a) z) or half (x + a/2 s + sqrt(a) z)").show_default();
        app.add("--precision", precision, "of the network: fp32, tf32 or bf16; the cpu knows fp32").show_default();
    }
    /// The step size given, or where none was the default, a full_step.
    step_size step(double default_full) const {
        require(convention == "full" || convention == "half", "--convention ", convention,
                ": full (x + a s + sqrt(2a) z) and half (x + a/2 s + sqrt(a) z) are known");
        if (epsilon == 0) return full_step(default_full);
        require(std::isfinite(epsilon) && epsilon >= double{std::numeric_limits<float>::min()}, "--epsilon ", epsilon, ": a step size that float can "
                "hold was expected, or 0 for the default");
        return convention == "half" ? half_step(epsilon) : full_step(epsilon);
    }
    trained_network network() const { return trained_network{weights, precision, average}; }
    /// What the numbers of a chain depend on in every program that draws: a file that is begun with other ones is not gone on with. Size and time of
    /// the weights tell whether they are the ones that it was begun with.
    json drawn_from(const trained_network& score, std::optional<step_size> used) const {
        return {{"network", score.config}, {"weights", identity_of(score.path())}, {"device", program_device},
                {"epsilon", used.value_or(step_size{0}).full}, {"average", average}, {"precision", precision}, {"seed", seed}};
    }
    /// What was done, for the results' own .json.
    json to_json(const trained_network& score, const step_size& used, double seconds) const {
        return {{"weights", score.path().string()}, {"network", score.config}, {"steps_per_level", steps},
                {"epsilon", convention == "half" ? 2 * used.full : used.full}, {"convention", convention}, {"epsilon_full", used.full},
                {"average", average}, {"precision", precision}, {"device", program_device},
                {"seed", seed}, {"batch", batch}, {"seconds", seconds},
                {"environment", describe_environment()}};
    }
};

/// Throws where a network cannot take the images of a data set.
inline void require_images_of(const trained_network& network, const std::string& name, const data_set& data) {
    require(data.shape() == network.images(1), "--data ", name, ": its images are ", data.shape(), "; the network was trained on ",
            network.images(1));
}
/// A split of a data set whose images a network can take.
inline data_set open_data_of(const trained_network& network, const std::string& name, split which, const std::filesystem::path& folder) {
    data_set data = open_dataset<host_array>(name, which, folder);
    require_images_of(network, name, data);
    return data;
}

/// Throws, before images [N,H,W,C] are drawn, where the picture of all of them could not be made: its sides, and the memory that images and picture
/// take together. `options` begins the message.
inline void require_picture(const std::string& options, const std::filesystem::path& path, const shape& images, const image_grid_layout& layout) {
    shape canvas;
    try {
        canvas = image_grid_shape(images, layout);
        require_png_sides(path, canvas);
    } catch (const error& reason) {
        fail(options, ": ", reason.what(), "; draw fewer at a time, with other seeds, or lay them out otherwise");
    }
    const auto numbers_of = [](const shape& s) {
        double n = 1;
        for (const std::size_t extent : s) n *= static_cast<double>(extent);
        return n;
    };
    constexpr double bytes = sizeof(float) + 2;                                     // of a number there: itself, its byte, that in the file
    const double needed = sizeof(float) * numbers_of(images) + bytes * numbers_of(canvas);
    require(needed <= physical_memory(), options, ": ", images, " and ", path, " of ", canvas, " take ", brief(needed, 3), " bytes of memory; ",
            brief(physical_memory(), 3), " are there; draw fewer at a time, with other seeds");
}

/// (L-1) n + 1 levels between the same ends, spread in the same way.
inline std::vector<double> finer(const trained_network& score, std::size_t n) {
    require(n > 0, "--subdivide 0: at least 1 is needed");
    const std::size_t levels = extent_of("--subdivide", score.sigmas.size() - 1, n, 1);
    return make_schedule(score.config.at("schedule"), {score.sigmas.front(), score.sigmas.back(), levels});
}

/// The default step of consistent annealed sampling: η = 0.9, or what the coarsest ratio of levels needs. With the network of data/ the share of 100
/// denoised samples that a classifier accepted rose with η: 72 % at 0.18, 83 % at 0.36, 85 % at 0.64, 88 % at 0.91 (100 levels).
inline double consistent_step(const std::vector<double>& sigmas) {
    double gamma = 1;
    for (std::size_t i = 1; i < sigmas.size(); ++i) gamma = std::min(gamma, sigmas[i] / sigmas[i - 1]);
    return sigmas.back() * sigmas.back() * std::max(0.9, sigmas.size() == 1 ? 1 : 1 - gamma);
}

/// Calls sample(first, count, reached, stop) for the chains `begin`, ..., total - 1 in parts of `batch` and use(first, part) with each result, with a
/// line of progress: after every evaluation of the network and, as a GPU repeats a loop without asking the host, when sample calls reached(level,
/// levels). A signal to end asks for a stop at the same places.
template <class Sample, class Use>
void in_batches(trained_network& score, std::size_t begin, std::size_t total, std::size_t batch, std::size_t evaluations, const Sample& sample,
                const Use& use) {
    require(total > begin && batch > 0, "0 samples, or batches of 0, were asked for; at least one is needed");
    batch = std::min(batch, total - begin);                                         // the next batch begins below 2^64
    const std::size_t all_evaluations = (total - begin + batch - 1) / batch * evaluations;
    progress_line line;
    const stopwatch watch;
    stopwatch since_lasting;
    std::size_t made = 0;
    std::stop_source stop;
    stop_on_signals();
    const auto show = [&](double sigma) {
        if (stop_requested) stop.request_stop();
        const double done = static_cast<double>(made) / static_cast<double>(all_evaluations);
        line.show("sigma " + brief(sigma) + "  " + std::to_string(made) + '/' + std::to_string(all_evaluations) + " evaluations  " +
                  duration(watch.seconds() * (1 / done - 1)) + " left", since_lasting.seconds() > 10);
        if (since_lasting.seconds() > 10) since_lasting = {};
    };
    score.asked = [&](double sigma) {
        ++made;
        show(sigma);
    };
    for (std::size_t first = begin; first < total; first += batch) {
        const auto reached = [&](const noise_level& level, std::size_t levels) {
            made = std::max(made, (first - begin) / batch * evaluations + evaluations * (level.index + 1) / levels);
            show(level.sigma);
        };
        use(first, host_array{on_device<cpu>(sample(first, std::min(batch, total - first), reached, stop.get_token()))});
    }
    score.asked = {};
}
/// Chains 0, ..., total - 1 in a file that has them as soon as they are made, so that the same command goes on after a kill: a chain depends on its
/// number alone. The first `again` are drawn anew by every process, for what they passed through is not kept.
template <class Sample>
host_array in_batches(trained_network& score, packed_file<float>& file, std::size_t total, std::size_t batch, std::size_t evaluations,
                      const Sample& sample, const char* what, std::size_t again = 0) {
    const std::size_t begin = file.done();
    if (begin > 0) std::cout << "continues after " << begin << " of " << total << ' ' << what << std::endl;
    const auto keep = [&](std::size_t first, const host_array& part) {
        const std::size_t known = std::min(file.done() - std::min(first, file.done()), part.shape()[0]), row = part.shape().row_size();
        if (known == part.shape()[0]) return;
        file.append(known == 0 ? part : host_array{part.shape().with_rows(part.shape()[0] - known), part.values().subspan(known * row)});
        file.keep();
    };
    try {
        if (begin > 0 && again > 0) in_batches(score, 0, std::min(again, begin), batch, evaluations, sample, keep);
        if (file.done() < total) in_batches(score, file.done(), total, batch, evaluations, sample, keep);
    } catch (const stopped& reason) {
        if (file.done() == 0) throw;
        fail(reason.what(), "\n", file.done(), " of ", total, ' ', what, " are kept; the same command continues");
    }
    return load_npy<host_array>(file.partial());
}

}  // namespace ncsn
