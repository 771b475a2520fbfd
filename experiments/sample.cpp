// SPDX-License-Identifier: Apache-2.0
/// \file  Draws samples from a trained network. Defaults: annealed Langevin dynamics as in the image code of Song & Ermon (2019).
#include <ncsn/arrays/image.hpp>
#include <ncsn/arrays/npy.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/consistent.hpp>
#include <ncsn/samplers/denoised.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/training/run_directory.hpp>

#include "environment.hpp"
#include "network.hpp"

using namespace ncsn;

struct settings {
    std::string weights, out, sampler = "als", convention = "full", denoise = "none", start;
    std::size_t count = 64, steps = 100, levels = 1, batch = 64, columns = 0, trajectory = 0, seed = 1;
    double epsilon = 0;
    int threads = 0;
    bool force = false;
};

/// (L-1) n + 1 levels between the same ends, spread in the same way.
std::vector<double> finer(const trained_score& score, std::size_t n) {
    require(n > 0, "--levels 0: at least 1 is needed");
    return make_schedule(score.config.at("schedule"), {score.sigmas.front(), score.sigmas.back(), (score.sigmas.size() - 1) * n + 1});
}

/// The default step of consistent annealed sampling: η = 0.9, or what the coarsest ratio of levels needs. With the network of data/ the share of 100
/// denoised samples that a classifier accepted rose with η: 72 % at 0.18, 83 % at 0.36, 85 % at 0.64, 88 % at 0.91 (100 levels).
double consistent_step(const std::vector<double>& sigmas) {
    double gamma = 1;
    for (std::size_t i = 1; i < sigmas.size(); ++i) gamma = std::min(gamma, sigmas[i] / sigmas[i - 1]);
    return sigmas.back() * sigmas.back() * std::max(0.9, sigmas.size() == 1 ? 1 : 1 - gamma);
}

/// A sampler as a function of score, start, generator and observer.
using observer = std::function<void(const noise_level&, const array&)>;
using any_sampler = std::function<array(const trained_score&, const array&, philox&, const observer&)>;

template <class K> any_sampler with_denoising(const K& sampler, const std::string& denoise) {
    if (denoise == "none") return sampler;
    if (denoise == "after") return denoised{sampler, denoising_point::after_last_move};
    require(denoise == "before", "--denoise ", denoise, ": none, after and before are known");
    return denoised{sampler, denoising_point::before_last_move};
}

int sample(settings s) {
    if (s.threads > 0) omp_set_num_threads(s.threads);
    trained_score score{s.weights};
    const bool consistently = s.sampler == "cas";
    require(consistently || s.sampler == "als" || s.sampler == "langevin", "--sampler ", s.sampler, ": als, cas and langevin are known");
    require(consistently || s.levels == 1, "--levels ", s.levels, ": only --sampler cas takes more levels than the network was trained with");
    const std::vector<double> sigmas = consistently ? finer(score, s.levels) : s.sampler == "als" ? score.sigmas : std::vector{score.sigmas.back()};
    if (s.epsilon == 0) {
        constexpr double published = 2e-5;                                          // ncsn, for sigma_L = 0.01
        s.epsilon = (consistently ? consistent_step(sigmas) : published) * (s.convention == "half" ? 2 : 1);
    }
    const step_size epsilon = make_step(s.epsilon, s.convention);
    const any_sampler sampler = consistently ? with_denoising(annealed{sigmas, consistent{epsilon}}, s.denoise)
                                             : with_denoising(annealed{sigmas, repeat{s.steps, langevin{epsilon}}}, s.denoise);
    if (s.start.empty()) s.start = consistently ? "noise" : "uniform";
    require(s.start == "noise" || s.start == "uniform", "--start ", s.start, ": uniform and noise are known");
    make_folder(s.out, "samples.npy", s.force);

    const std::size_t evaluations = sigmas.size() * (consistently ? 1 : s.steps) + (s.denoise == "after"), chains = std::min(s.trajectory, s.count);
    constexpr std::size_t most_columns = 10;                                        // of the picture of trajectories
    const std::size_t columns = std::min(sigmas.size(), most_columns);
    array trajectory = array::uninitialized(score.images(std::max<std::size_t>(1, chains * columns)));
    const stopwatch watch;
    const array samples = in_batches(score, s.count, s.batch, evaluations, [&](std::size_t first, std::size_t count) {
        philox rng = philox{s.seed}.at_sample(first);                               // each batch makes the same draws, so its size changes nothing
        array x0 = uniform<array>(score.images(count), 0, 1, rng);
        if (s.start == "noise") x0 = x0 + sigmas.front() * normal_like(x0, rng);
        return sampler(score, x0, rng, [&](const noise_level& level, const array& x) {
            const std::size_t column = (level.index + 1) * columns / sigmas.size(), size = x.shape().row_size();
            if (column == level.index * columns / sigmas.size()) return;
            for (std::size_t i = 0; i < count && first + i < chains; ++i)
                std::copy_n(x.data() + i * size, size, trajectory.write() + ((first + i) * columns + column - 1) * size);
        });
    });
    const double seconds = watch.seconds();

    const std::filesystem::path out = s.out;
    save_npy(out / "samples.npy", samples);
    save_grid(out / "samples.png", samples, {.columns = s.columns});
    if (chains > 0) save_grid(out / "trajectory.png", trajectory, {.columns = columns});
    save_json(out / "sample.json", {{"weights", score.path().string()},
                                    {"network", score.config},
                                    {"sampler", s.sampler},
                                    {"sigmas", sigmas},
                                    {"steps_per_level", consistently ? 1 : s.steps},
                                    {"epsilon", s.epsilon},
                                    {"convention", s.convention},
                                    {"epsilon_full", epsilon.a},
                                    {"denoise", s.denoise},
                                    {"start", s.start},
                                    {"count", s.count},
                                    {"seed", s.seed},
                                    {"batch", s.batch},
                                    {"evaluations_per_sample", evaluations},
                                    {"seconds", seconds},
                                    {"environment", describe_environment()}});
    std::cout << s.count << " samples in " << duration(seconds) << ": " << (out / "samples.png").string() << ", samples.npy, sample.json\n"
              << "next: inpaint --weights " << s.weights << " --out " << (out / "inpaint").string() << '\n';
    return 0;
}

int main(int argc, char** argv) {
    settings s;
    CLI::App app{"Draws samples from a trained network: samples.png, samples.npy and sample.json in a folder.", "sample"};
    app.add_option("--weights", s.weights, "folder of a run of train, or a .safetensors file that train wrote")->required();
    app.add_option("--out", s.out, "folder for the results")->required();
    app.add_option("--sampler", s.sampler, "als (annealed Langevin), cas (consistent annealed sampling) or langevin (at the last level)")
        ->capture_default_str();
    app.add_option("--count", s.count, "number of samples")->capture_default_str();
    app.add_option("--steps-per-level", s.steps, "Langevin steps at each level (als, langevin)")->capture_default_str();
    app.add_option("--epsilon", s.epsilon, "step size at the last level, in squared pixel values; 0: 2e-5 as full step, for cas 0.9 sigma_L^2")
        ->capture_default_str();
    app.add_option("--convention", s.convention, "of epsilon: full (x + a s + sqrt(2a) z) or half (x + a/2 s + sqrt(a) z)")->capture_default_str();
    app.add_option("--levels", s.levels, "n for (L-1) n + 1 levels (cas); between its L levels the network is asked at the next larger one")
        ->capture_default_str();
    app.add_option("--denoise", s.denoise, "none, after (x + sigma_L^2 s at the end) or before (at the point before the last move)")
        ->capture_default_str();
    app.add_option("--start", s.start, "uniform (on [0,1], the papers' code), or noise (that and noise of the first level; the default of cas)");
    app.add_option("--seed", s.seed, "seed of all random numbers")->capture_default_str();
    app.add_option("--threads", s.threads, "threads; 0: one a core")->capture_default_str();
    app.add_option("--batch", s.batch, "samples at a time; changes no result")->capture_default_str();
    app.add_option("--columns", s.columns, "columns of samples.png; 0: a square")->capture_default_str();
    app.add_option("--trajectory", s.trajectory, "chains to show in trajectory.png, one a row, a column after each level (10 at most)")
        ->capture_default_str();
    app.add_flag("--force", s.force, "replace results in --out");
    return run_program(app, argc, argv, [&] { return sample(s); });
}
