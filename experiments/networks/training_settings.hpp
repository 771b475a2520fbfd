// SPDX-License-Identifier: Apache-2.0
/// \file  The settings of a training run: options of the program, config.json of the run, and metadata of its checkpoints from one table.
#pragma once

#include <ncsn/training/adam.hpp>
#include <ncsn/training/learning_rate.hpp>
#include <ncsn/training/run_directory.hpp>

#include "../program.hpp"
#include "discriminator.hpp"
#include "catalogue.hpp"
#include "objectives.hpp"

#include <optional>
#include <set>

namespace ncsn {

struct training_settings {
    std::string data = "mnist", model = "refinenet", parametrisation = "score", precision = "fp32", init, initialisation = "own",
                schedule = "geometric", objective = "dsm", optimizer = "adam", rate_decay = "none", process = "code", data_dir, out,
                adversarial = "none";
    std::size_t features = 64, levels = 10, batch = 128, micro_batches = 1, warm_up = 0, seed = 1234, steps = 200'000, checkpoint_every = 1000,
                checkpoint_seconds = 600, snapshot_every = 0, sample_every = 0, sample_count = 64, sample_steps = 100, log_every = 50,
                test_every = 1000, test_batches = 8, loader_threads = 2, blocks = 2, moves = 30,
                discriminator_features = 64, discriminator_steps = 1;
    double sigma_first = 1, sigma_last = 0.01, power = 2, rate = 1e-3, beta1 = 0.9, beta2 = 0.999, clip = 0, ema = 0.999, sample_epsilon = 0,
        time_limit = 0, b_squared = 2e-4, energy_penalty = 0, adam_epsilon = 0, adversarial_weight = 1,
        discriminator_rate = hybrid_discriminator_adam.rate, discriminator_beta1 = hybrid_discriminator_adam.beta1,
        discriminator_beta2 = hybrid_discriminator_adam.beta2;
    int threads = 0;
    bool clamp_fakes = true, legacy_fake = false, loss_scale = true, dequantize = true, flip = false, resume = false, force = false;

    /// f(name, value, help) for what the weights depend on: a resumed run keeps these.
    template <class F> void each_fixed(const F& f) {
        f("data", data, data_help);
        static const std::string networks = "network: " + known_networks(true);
        f("model", model, networks.c_str());
        f("parametrisation", parametrisation, "what its output f means: score (s = f), noise (s = f/sigma) or denoiser (s = (f - x)/sigma^2)");
        f("precision", precision, "fp32, tf32 or bf16 (network in bfloat16, parameters and everything else in float); the cpu knows fp32");
        f("init", init, "file with weights (or a checkpoint) of such a network to start from");
        f("initialisation", initialisation, "initial weights: own (those of the network's paper), keras (Glorot's, zero biases) or others that a "
          "network knows");
        f("features", features, "width of the network");
        f("sigma-first", sigma_first, "largest standard deviation of the noise, pixels being in [0,1]");
        f("sigma-last", sigma_last, "smallest standard deviation of the noise");
        f("levels", levels, "number of noise levels");
        f("schedule", schedule, "how they are spread: geometric, linear or hybrid");
        static const std::string objectives = "of a score, annealed: " + known_objectives(false, true) + "; of an energy: " +
                                              known_objectives(true, true);
        f("objective", objective, objectives.c_str());
        static const std::string losses = "denoising score matching with a discriminator of denoised samples: none, or its loss, " +
                                          known_adversarial_losses() + "; the defaults of --rate, --beta1 and --beta2 are then 1e-4, 0 and 0.9";
        f("adversarial", adversarial, losses.c_str());
        f("adversarial-weight", adversarial_weight, "of the discriminator's judgement in the loss of the score (adversarial)");
        f("discriminator-features", discriminator_features, "width of the discriminator, BigGAN's (adversarial)");
        f("discriminator-steps", discriminator_steps, "steps of the discriminator, each on a batch of its own, to one of the score (adversarial)");
        f("discriminator-rate", discriminator_rate, "learning rate of its Adam (adversarial)");
        f("discriminator-beta1", discriminator_beta1, "first decay of its Adam (adversarial)");
        f("discriminator-beta2", discriminator_beta2, "second decay of its Adam (adversarial)");
        f("clamp-fakes", clamp_fakes, "denoised samples are brought to [0,1] before the discriminator sees them (adversarial)");
        f("legacy-fake", legacy_fake, "the score is judged by x + sigma^2 s, as the published code did before October 2020 (adversarial)");
        f("blocks", blocks, "residual blocks at each resolution, the N of recovery likelihood (energies)");
        f("process", process, "levels of an energy: code (T = --levels blocks, as published), paper (variances on a line), fine (1000 levels) or "
          "marginal (one)");
        f("moves", moves, "K, Langevin moves a level (energies; 1 for fine)");
        f("b-squared", b_squared, "b^2, the step of a move in units of the level's variance (energies, but fine)");
        f("loss-scale", loss_scale, "a level counts sigma_1/sigma (energies)");
        f("energy-penalty", energy_penalty, "weight in the loss of the squares of energies, which keeps them bounded; 0: none (recovery)");
        f("power", power, "power of sigma that weights the loss of a level (dsm)");
        f("batch", batch, "images a step");
        f("micro-batches", micro_batches, "parts of a batch whose gradients are added up: less memory, the same noise");
        f("optimizer", optimizer, "adam, or keras-adam (Keras' form: epsilon 1e-7, which the correction of bias leaves alone)");
        f("rate", rate, "learning rate of Adam");
        f("rate-decay", rate_decay, "none, or cosine: to zero at --steps");
        f("warm-up", warm_up, "steps over which the rate rises to its value");
        f("clip", clip, "largest norm of the gradient; 0: any");
        f("beta1", beta1, "Adam's first decay");
        f("beta2", beta2, "Adam's second decay");
        f("adam-epsilon", adam_epsilon, "Adam's epsilon; 0: the optimizer's own, 1e-8, of keras-adam 1e-7");
        f("ema", ema, "decay of the running average of the weights, a step");
        f("dequantize", dequantize, "uniform noise of one grey value on the data");
        f("flip", flip, "left and right exchanged in half of the images");
        f("seed", seed, "seed of all random numbers");
    }
    template <class F> void each_free(const F& f) {
        f("steps", steps, "steps of training in all");
        f("data-dir", data_dir, data_dir_help);
        f("threads", threads, "threads; 0: one a core");
        f("loader-threads", loader_threads, "threads that read the batches of the next steps; 0: none, a step reads its own");
        f("checkpoint-every", checkpoint_every, "steps between checkpoints; 0: none");
        f("checkpoint-seconds", checkpoint_seconds, "seconds after which a checkpoint is written anyway; 0: none");
        f("snapshot-every", snapshot_every, "steps between files with the averaged weights, which are kept; 0: none");
        f("sample-every", sample_every, "steps between pictures of samples; 0: none");
        f("sample-count", sample_count, "samples in a picture");
        f("sample-steps", sample_steps, "Langevin steps at each level for a picture");
        f("sample-epsilon", sample_epsilon, "their step size at the last level, as full step, in squared pixel values; 0: 0.2 sigma_L^2, the "
          "paper's");
        f("log-every", log_every, "steps between lines of metrics.jsonl; 0: none");
        f("test-every", test_every, "steps between test losses of the averaged network; 0: none");
        f("test-batches", test_batches, "batches of the test split in a test loss");
        f("time-limit", time_limit, "seconds after which to save and stop; 0: none");
    }
    /// Settings that runs of earlier versions do not have; theirs are the defaults.
    static bool newer(const std::string& name) {
        static const std::set<std::string> added{"parametrisation", "init", "warm-up", "clip", "micro-batches", "blocks", "process", "moves",
                                                 "b-squared", "loss-scale", "energy-penalty", "adam-epsilon", "initialisation", "optimizer",
                                                 "adversarial", "adversarial-weight", "discriminator-features", "discriminator-steps",
                                                 "discriminator-rate", "discriminator-beta1", "discriminator-beta2", "clamp-fakes", "legacy-fake"};
        return added.contains(name);
    }
    void add_to(program_options& app) {
        const auto add = [&app](const std::string& name, auto& value, const char* help) {
            if constexpr (std::is_same_v<std::remove_reference_t<decltype(value)>, bool>)
                app.flag("--" + name + ",!--no-" + name, value, help + std::string{value ? " (default: on)" : " (default: off)"});
            else app.add("--" + name, value, help).show_default();
        };
        app.add("--out", out, "folder of the run").required();
        each_fixed(add);
        each_free(add);
        app.flag("--resume", resume, "continue the run in --out, with its settings");
        app.flag("--force", force, "replace the run in --out");
    }
    /// The network that they name, for images of these extents.
    network_settings network(const ncsn::shape& image) const {
        return {.network = model, .parametrisation = parametrisation, .precision = precision, .initialisation = initialisation, .image = image,
                .features = features, .levels = levels, .blocks = blocks};
    }
    adam_settings adam() const {
        adam_settings s = optimizer == "keras-adam" ? keras_adam : adam_settings{};
        s.rate = rate, s.beta1 = beta1, s.beta2 = beta2;
        if (adam_epsilon > 0) s.epsilon = adam_epsilon;
        return s;
    }
    bool is_adversarial() const { return adversarial != "none"; }
    discriminator_training_settings discriminator() const {
        return {.losses = {.loss = adversarial_loss_named(adversarial), .fooling = adversarial_weight, .clamped = clamp_fakes,
                           .legacy_fake = legacy_fake},
                .rates = {.rate = discriminator_rate, .beta1 = discriminator_beta1, .beta2 = discriminator_beta2},
                .features = discriminator_features, .turns = discriminator_steps};
    }
    std::function<double(std::size_t)> learning_rate() const {
        const auto chosen = [this]() -> std::function<double(std::size_t)> {
            if (rate_decay == "cosine") return cosine_rate{rate, steps};
            return constant_rate{rate};
        }();
        if (warm_up > 0) return ncsn::warm_up{warm_up, chosen};
        return chosen;
    }
    /// Throws where they do not fit together, before anything is read or made.
    void check() const {
        const bool energy = network_named(model).energy;
        parametrisation_of(parametrisation);
        bool known = false, fits = false, of_floats = false;
        for_each_objective([&](const auto& entry) {
            if (objective == entry.name) known = true, fits = entry.of_energies == energy, of_floats = entry.of_floats;
        });
        require(known, "--objective ", objective, ": no objective has this name; ", known_objectives(false), " (scores), ", known_objectives(true),
                " (energies) are known");
        require(fits, "--objective ", objective, ": --model ", model, " is ", energy ? "an energy" : "a score", "; use ", known_objectives(energy),
                energy ? "" : ", or --model recovery");
        require(!energy || parametrisation == "score", "--parametrisation ", parametrisation, ": --model ", model, " is an energy; leave it out");
        require(!energy || precision != "bf16", "--precision bf16: --model ", model, " is an energy, whose gradient needs more digits; use tf32");
        require(!of_floats || precision != "bf16", "--objective ", objective, ": not with --precision bf16, which has no digits for it; use tf32");
        require(std::isfinite(energy_penalty) && energy_penalty >= 0, "--energy-penalty ", energy_penalty, ": a number of at least 0 was expected");
        require(energy_penalty == 0 || objective == "recovery", "--energy-penalty ", energy_penalty, ": --objective ", objective, " has no chains "
                "that energies could outrun; only recovery takes it");
        require(std::isfinite(adam_epsilon) && adam_epsilon >= 0, "--adam-epsilon ", adam_epsilon, ": a positive number was expected, or 0");
        require(optimizer == "adam" || optimizer == "keras-adam", "--optimizer ", optimizer, ": adam and keras-adam are known");
        require(rate_decay == "none" || rate_decay == "cosine", "--rate-decay ", rate_decay, ": none and cosine are known");
        require(std::isfinite(power), "--power ", power, ": a finite number was expected");
        require(std::isfinite(clip) && (clip == 0 || clip >= double{std::numeric_limits<float>::min()}), "--clip ", clip, ": a norm that float can "
                "hold was expected, or 0 for none");
        require(std::isfinite(time_limit) && time_limit >= 0, "--time-limit ", time_limit, ": seconds were expected, or 0 for none");
        require(std::isfinite(sample_epsilon) && sample_epsilon >= 0, "--sample-epsilon ", sample_epsilon, ": a step size was expected, or 0");
        require(micro_batches > 0 && batch % micro_batches == 0, "--micro-batches ", micro_batches, ": even parts of --batch ", batch, " were "
                "expected");
        require(sample_every == 0 || (sample_count > 0 && sample_count <= most_extent && sample_steps > 0), "--sample-count ", sample_count,
                ", --sample-steps ", sample_steps, ": a picture has 1 to ", most_extent, " samples, of one step or more a level");
        if (is_adversarial()) check_discriminator();
    }
    void check_discriminator() const {
        constexpr std::size_t widest = 512;
        const std::string option = "--adversarial " + adversarial + ": ";
        try {
            discriminator().rates.check();
        } catch (const error& reason) {
            fail("--adversarial ", adversarial, ": ", reason.what());
        }
        require(objective == "dsm" && power == 2, option, "the score learns by denoising, --objective dsm with --power 2, beside its discriminator; ",
                "found ", objective, " with ", power);
        require(micro_batches == 1 || !compares_with_means(discriminator().losses.loss), option, "its loss compares images with the mean of a whole "
                "batch; leave --micro-batches out");
        require(std::isfinite(adversarial_weight) && adversarial_weight >= 0, "--adversarial-weight ", adversarial_weight, ": 0 or more was "
                "expected");
        require(discriminator_features > 0 && discriminator_features <= widest, "--discriminator-features ", discriminator_features, ": 1 to ",
                widest, " were expected");
        require(discriminator_steps > 0 && discriminator_steps <= most_extent, "--discriminator-steps ", discriminator_steps, ": 1 to ", most_extent,
                " were expected");
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

/// A run as it was asked for, before its network is made. The folder of a run that is resumed is open already; another is made when all is known to
/// be well.
struct training_request {
    const training_settings& settings;
    const data_set& data;
    const data_set& test_data;                                                      ///< without samples where the set has no test split
    const std::vector<double>& sigmas;
    std::optional<run_directory>& run;
};

/// The settings of a run that continues: those it has, and the given ones where that changes no step already made.
inline training_settings resumed(const training_settings& given, const run_directory& run, int argc, char** argv) {
    const json config = run.read_json("config.json");
    training_settings s;
    const std::string place = "run " + given.out + ": config.json";
    std::optional<std::size_t> falls_to_zero;                                       // the step at which the rate does, where it does
    const auto take = [&]<class T>(const char* name, T& value, const char*) {
        const json& found = config.at(name);
        if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) value = number_of<T>(found, place, name);
        else found.get_to(value);
    };
    try {
        s.each_fixed([&](const char* name, auto& value, const char* help) {
            if (config.contains(name) || !training_settings::newer(name)) take(name, value, help);
        });
        s.each_free([&](const char* name, auto& value, const char* help) {
            if (config.contains(name)) take(name, value, help);
        });
        if (s.rate_decay != "none") take("steps", falls_to_zero.emplace(), "");
    } catch (const json::exception& reason) {
        fail("run ", given.out, ": config.json is incomplete (", reason.what(), "); restore it or start a new run");
    }
    program_options again;
    s.add_to(again);
    again.parse(argc, argv, program_options::unknown_options::left);                // --device, which was read already
    s.each_fixed([&](const char* name, const auto& value, const char*) {
        const json was = config.contains(name) ? config[name] : json(value);
        require(json(value) == was, "--", name, " ", json(value), ": the run was started with ", was,
                "; leave it out, or start a new run");
    });
    require(!falls_to_zero || s.steps == *falls_to_zero, "--steps ", s.steps, ": the rate of this run falls to zero at step ",
            falls_to_zero.value_or(0), "; leave --steps out, or start a new run");
    return s;
}

}  // namespace ncsn
