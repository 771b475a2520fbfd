// SPDX-License-Identifier: Apache-2.0
/// \file  The settings of a training run: options of the program, config.json of the run, and metadata of its checkpoints from one table.
#pragma once

#include <ncsn/training/run_directory.hpp>

#include "common.hpp"

namespace ncsn {

struct training_settings {
    std::string data = "mnist", model = "refinenet", schedule = "geometric", objective = "dsm", rate_decay = "none";
    std::string precision = "fp32", data_dir, out;
    std::size_t features = 64, levels = 10, batch = 128, seed = 1234, steps = 200'000, checkpoint_every = 1000, checkpoint_seconds = 600,
                snapshot_every = 0, sample_every = 0, sample_count = 64, sample_steps = 100, log_every = 50, test_every = 1000, test_batches = 8,
                loader_threads = 1;
    double sigma_first = 1, sigma_last = 0.01, power = 2, rate = 1e-3, beta1 = 0.9, beta2 = 0.999, ema = 0.999, sample_epsilon = 2e-5, time_limit = 0;
    int threads = 0;
    bool dequantize = true, flip = false, resume = false, force = false;

    /// f(name, value, help) for what the weights depend on: a resumed run keeps these.
    template <class F> void each_fixed(const F& f) {
        f("data", data, data_help);
        f("model", model, "network: refinenet, or baseline (one noise level, which it is not told)");
        f("features", features, "width of the network");
        f("sigma-first", sigma_first, "largest standard deviation of the noise, pixels being in [0,1]");
        f("sigma-last", sigma_last, "smallest standard deviation of the noise");
        f("levels", levels, "number of noise levels");
        f("schedule", schedule, "how they are spread: geometric, linear or hybrid");
        f("objective", objective, "dsm (denoising) or ssm (sliced score matching), both annealed");
        f("power", power, "power of sigma that weights the loss of a level (dsm)");
        f("batch", batch, "images a step");
        f("rate", rate, "learning rate of Adam");
        f("rate-decay", rate_decay, "none, or cosine: to zero at --steps");
        f("beta1", beta1, "Adam's first decay");
        f("beta2", beta2, "Adam's second decay");
        f("ema", ema, "decay of the running average of the weights, a step");
        f("dequantize", dequantize, "uniform noise of one grey value on the data");
        f("flip", flip, "left and right exchanged in half of the images");
        f("seed", seed, "seed of all random numbers");
    }
    template <class F> void each_free(const F& f) {
        f("steps", steps, "steps of training in all");
        f("data-dir", data_dir, data_dir_help);
        f("precision", precision, "fp32, tf32 or bf16 (network in bfloat16, parameters and everything else in float); the cpu knows fp32");
        f("threads", threads, "threads; 0: one a core");
        f("loader-threads", loader_threads, "threads that read the batches of the next steps; 0: none, a step reads its own");
        f("checkpoint-every", checkpoint_every, "steps between checkpoints; 0: none");
        f("checkpoint-seconds", checkpoint_seconds, "seconds after which a checkpoint is written anyway; 0: none");
        f("snapshot-every", snapshot_every, "steps between files with the averaged weights, which are kept; 0: none");
        f("sample-every", sample_every, "steps between pictures of samples; 0: none");
        f("sample-count", sample_count, "samples in a picture");
        f("sample-steps", sample_steps, "Langevin steps at each level for a picture");
        f("sample-epsilon", sample_epsilon, "their step size at the last level, as full step, in squared pixel values");
        f("log-every", log_every, "steps between lines of metrics.jsonl; 0: none");
        f("test-every", test_every, "steps between test losses of the averaged network; 0: none");
        f("test-batches", test_batches, "batches of the test split in a test loss");
        f("time-limit", time_limit, "seconds after which to save and stop; 0: none");
    }
    void add_to(CLI::App& app) {
        const auto add = [&app](const std::string& name, auto& value, const char* help) {
            if constexpr (std::is_same_v<std::remove_reference_t<decltype(value)>, bool>)
                app.add_flag("--" + name + ",!--no-" + name, value, help + std::string{value ? " (default: on)" : " (default: off)"});
            else app.add_option("--" + name, value, help)->capture_default_str();
        };
        app.add_option("--out", out, "folder of the run")->required();
        each_fixed(add);
        each_free(add);
        app.add_flag("--resume", resume, "continue the run in --out, with its settings");
        app.add_flag("--force", force, "replace the run in --out");
    }
    /// All of them, or only those that the weights depend on.
    json to_json(bool all = true) const {
        json config;
        const auto put = [&config](const char* name, const auto& value, const char*) { config[name] = value; };
        training_settings s = *this;                                                // the table serves reading and writing
        s.each_fixed(put);
        if (all) s.each_free(put);
        return config;
    }
};

/// The settings of a run that continues: those it has, and the given ones where that changes no step already made.
inline training_settings resumed(const training_settings& given, const run_directory& run, int argc, char** argv) {
    const json config = run.read_json("config.json");
    training_settings s;
    try {
        s.each_fixed([&config](const char* name, auto& value, const char*) { config.at(name).get_to(value); });
        s.each_free([&config](const char* name, auto& value, const char*) { value = config.value(name, value); });
    } catch (const json::exception& reason) {
        fail("run ", given.out, ": config.json is incomplete (", reason.what(), "); restore it or start a new run");
    }
    CLI::App again;
    again.allow_extras();                                                           // --device, which was read already
    s.add_to(again);
    again.parse(argc, argv);
    s.each_fixed([&](const char* name, const auto& value, const char*) {
        require(json(value) == config[name], "--", name, " ", json(value), ": the run was started with ", config[name],
                "; leave it out, or start a new run");
    });
    require(s.rate_decay == "none" || s.steps == config["steps"], "--steps ", s.steps, ": the rate of this run falls to zero at step ",
            config["steps"], "; leave --steps out, or start a new run");
    return s;
}

}  // namespace ncsn
