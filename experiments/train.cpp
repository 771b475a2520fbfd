// SPDX-License-Identifier: Apache-2.0
/// \file  Trains a score network on images. Defaults: MNIST in Song & Ermon (2019); CIFAR-10 there has --features 128 --flip.
#include <ncsn/arrays/image.hpp>
#include <ncsn/data/loader.hpp>
#include <ncsn/data/transforms.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/training/denoising.hpp>
#include <ncsn/training/run_directory.hpp>
#include <ncsn/training/sliced.hpp>
#include <ncsn/training/trainer.hpp>

#include "network.hpp"

#include <numeric>

using namespace ncsn;

struct settings {
    std::string data = "mnist", model = "refinenet", schedule = "geometric", objective = "dsm", rate_decay = "none", data_dir, out;
    std::size_t features = 64, levels = 10, batch = 128, seed = 1234, steps = 200'000, checkpoint_every = 1000, snapshot_every = 0, sample_every = 0,
                sample_count = 64, sample_steps = 100, log_every = 50, test_every = 1000, test_batches = 8;
    double sigma_first = 1, sigma_last = 0.01, power = 2, rate = 1e-3, beta1 = 0.9, beta2 = 0.999, ema = 0.999, sample_epsilon = 2e-5, time_limit = 0;
    int threads = 0;
    bool dequantize = true, flip = false, resume = false, force = false;

    /// f(name, value, help) for what the weights depend on: a resumed run keeps these.
    template <class F> void each_fixed(const F& f) {
        f("data", data, "data set: mnist, fashion-mnist or cifar10");
        f("model", model, "network: refinenet, or baseline (one noise level, which it is not told)");
        f("features", features, "width of the network");
        f("sigma-first", sigma_first, "largest standard deviation of the noise, pixels being in [0,1]");
        f("sigma-last", sigma_last, "smallest standard deviation of the noise");
        f("levels", levels, "number of noise levels");
        f("schedule", schedule, "how they are spread: geometric, linear or hybrid");
        f("objective", objective, "dsm (denoising) or ssm (sliced score matching), both annealed");
        f("power", power, "the loss of a level is weighted with sigma to this power (dsm)");
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
        f("steps", steps, "steps in all");
        f("data-dir", data_dir, "folder of the data set (default: $NCSN_DATA/NAME or data/NAME)");
        f("threads", threads, "threads; 0: one a core");
        f("checkpoint-every", checkpoint_every, "steps between checkpoints; 0: at the end only");
        f("snapshot-every", snapshot_every, "steps between files with the averaged weights, which are kept; 0: none");
        f("sample-every", sample_every, "steps between pictures of samples; 0: none");
        f("sample-count", sample_count, "samples in a picture");
        f("sample-steps", sample_steps, "Langevin steps at each level for a picture");
        f("sample-epsilon", sample_epsilon, "their step size at the last level, as full_step");
        f("log-every", log_every, "steps between lines of metrics.jsonl");
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
    json to_json() {
        json config;
        const auto put = [&config](const char* name, const auto& value, const char*) { config[name] = value; };
        each_fixed(put);
        each_free(put);
        return config;
    }
};

/// The settings of a run that continues: those it has, and the given ones where that changes no step already made.
settings resumed(settings given, const run_directory& run, int argc, char** argv) {
    const json config = run.read_json("config.json");
    settings s;
    try {
        const auto get = [&config](const char* name, auto& value, const char*) { config.at(name).get_to(value); };
        s.each_fixed(get);
        s.each_free(get);
    } catch (const json::exception& reason) {
        fail("run ", given.out, ": config.json is incomplete (", reason.what(), "); restore it or start a new run");
    }
    CLI::App again;
    s.add_to(again);
    again.parse(argc, argv);
    s.each_fixed([&](const char* name, const auto& value, const char*) {
        require(json(value) == config[name], "--", name, " ", json(value), ": the run was started with ", config[name], "; leave it out, or start a new run");
    });
    require(s.rate_decay == "none" || s.steps == config["steps"], "--steps ", s.steps, ": the rate of this run falls to zero at step ", config["steps"],
            "; leave --steps out, or start a new run");
    return s;
}

using objective = std::variant<denoising_score_matching<std::vector<double>>, annealed_sliced_score_matching<std::vector<double>>>;

objective make_objective(const settings& s, const std::vector<double>& sigmas) {
    if (s.objective == "dsm") return denoising_score_matching{sigmas, s.power};
    require(s.objective == "ssm", "--objective ", s.objective, ": no objective has this name; dsm and ssm are known");
    return annealed_sliced_score_matching{sigmas};
}

template <Module M> int train(const settings& s, const json& config, const run_directory& run, const std::vector<double>& sigmas, training_state<M> state) {
    const auto data = open_data(s.data, s.data_dir, split::train), test_data = open_data(s.data, s.data_dir, split::test);
    const objective loss = make_objective(s, sigmas);
    const auto last = run / "checkpoints" / "last.safetensors";
    const file_metadata about{{"config", config.dump()}};
    if (s.resume) load_checkpoint(last, state);
    std::size_t saved = state.step;
    const auto save = [&] {
        save_checkpoint(last, state, about);
        saved = state.step;
    };
    if (!s.resume) save();
    const metrics_file metrics{run / "metrics.jsonl", state.step};
    std::cout << s.model << " with " << parameter_count(state.model) << " parameters, " << data.size() << " images of " << s.data << ", step " << state.step
              << " of " << s.steps << ", run in " << s.out << std::endl;

    const auto prepared = [&s](array x, philox& rng) {
        if (s.dequantize) x = dequantized{}(std::move(x), rng);
        return s.flip ? horizontal_flip{}(std::move(x), rng) : x;
    };
    constexpr std::uint32_t test_stream = 1, sample_stream = 2;                     // apart from the run's own numbers, which these must not move
    const auto test_loss = [&] {
        philox rng{s.seed, test_stream};                                            // the same noise every time: only the network differs
        batch_order order{test_data.size(), std::min(s.batch, test_data.size()), rng};
        double sum = 0;
        for (std::size_t i = 0; i < s.test_batches; ++i) {
            const array x = prepared(test_data.batch(order.rows(i)), rng);
            sum += std::visit([&](const auto& l) { return static_cast<double>(l(state.average.model(), x, rng).item()); }, loss);
        }
        return sum / static_cast<double>(s.test_batches);
    };
    const auto draw_samples = [&] {
        philox rng{s.seed, sample_stream};
        const annealed sampler{sigmas, repeat{s.sample_steps, langevin{full_step(s.sample_epsilon)}}};
        const auto x0 = uniform<array>(data.shape().with_rows(s.sample_count), 0, 1, rng);
        save_grid(run / "samples" / ("step-" + std::to_string(state.step) + ".png"), sampler(state.average.model(), x0, rng));
    };
    const auto every = [&state](std::size_t n) { return n != 0 && state.step % n == 0; };

    batch_order order{data.size(), s.batch, s.seed};
    progress_line line;
    const stopwatch watch;
    const double seconds_before = state.seconds;
    const std::size_t first = state.step;
    double sum = 0, smooth = 0;                                                     // of the losses since the last entry; their moving average
    std::size_t terms = 0;
    const auto out_of_time = [&] { return s.time_limit > 0 && watch.seconds() >= s.time_limit; };
    try {
        while (state.step < s.steps && !stop_requested && !out_of_time()) {
            state.optimizer.settings.rate = s.rate * (s.rate_decay == "cosine" ? cosine_decay(state.step, s.steps) : 1);
            const array x = prepared(data.batch(order.rows(state.step)), state.rng);
            const auto result = std::visit([&](const auto& l) { return value_and_grad(l, state.model, x, state.rng); }, loss);
            require_finite(result, state.step + 1);
            state.optimizer.step(state.model, result.gradient);
            state.average.update(state.model);
            ++state.step;

            const double made = static_cast<double>(state.step - first), speed = made / watch.seconds();
            state.seconds = seconds_before + watch.seconds();
            sum += result.value;
            ++terms;
            smooth += (result.value - smooth) / std::min(made, 100.0);
            double left = static_cast<double>(s.steps - state.step) / speed;
            if (s.time_limit > 0) left = std::min(left, s.time_limit - watch.seconds());
            line.show("step " + std::to_string(state.step) + '/' + std::to_string(s.steps) + "  loss " + brief(smooth) + "  " +
                      brief(speed * static_cast<double>(s.batch)) + " images/s  " + duration(left) + " left", every(s.log_every));
            if (every(s.log_every)) {
                metrics.add({{"step", state.step}, {"loss", sum / static_cast<double>(terms)}, {"rate", state.optimizer.settings.rate},
                             {"images_per_second", speed * static_cast<double>(s.batch)}, {"seconds", state.seconds}});
                sum = 0, terms = 0;
            }
            if (every(s.checkpoint_every)) save();
            if (every(s.snapshot_every)) save_weights(run / "checkpoints" / ("weights-" + std::to_string(state.step) + ".safetensors"), state.average.model(), about);
            if (every(s.test_every) && s.test_batches > 0) metrics.add({{"step", state.step}, {"test_loss", test_loss()}, {"seconds", state.seconds}});
            if (every(s.sample_every)) draw_samples();
        }
        if (saved != state.step) save();
        line.end();
        if (state.step < s.steps) {
            std::cout << "stopped after step " << state.step << "; saved " << last.string() << "\ncontinue with: train --resume --out " << s.out << '\n';
            return 0;
        }
        save_weights(run / "weights.safetensors", state.average.model(), about);
        run.finish();
    } catch (const error& reason) {
        line.end();
        fail(reason.what(), "\nthe last good checkpoint, of step ", saved, ", is ", last.string(), "; continue from it with: train --resume --out ", s.out);
    }
    std::cout << "finished " << s.steps << " steps in " << duration(state.seconds) << "; weights: " << (run / "weights.safetensors").string()
              << "\nnext: sample --weights " << s.out << " --out " << (run / "samples").string() << '\n';
    return 0;
}

int main(int argc, char** argv) {
    settings s;
    CLI::App app{"Trains a score network on images and keeps everything about the run in one folder.", "train"};
    s.add_to(app);
    return run_program(app, argc, argv, [&] {
        require(!s.resume || !s.force, "--resume continues a run and --force replaces it; give one of them");
        const auto begin = [&](const run_directory& run) {
            if (s.threads > 0) omp_set_num_threads(s.threads);
            const auto sigmas = make_schedule(s.schedule, {s.sigma_first, s.sigma_last, s.levels});
            make_objective(s, sigmas);
            require(s.rate_decay == "none" || s.rate_decay == "cosine", "--rate-decay ", s.rate_decay, ": none and cosine are known");
            const auto image = open_data(s.data, s.data_dir, split::test).shape();
            json config = s.to_json();
            config["image"] = {image[1], image[2], image[3]};
            philox rng{s.seed};
            return with_network(s.model, {image[3], s.features, s.levels}, rng, [&](auto model) {
                run.write_json("config.json", config);
                run.write_json("environment.json", describe_environment());
                stop_on_signals();
                training_state state{std::move(model), adam_settings{.rate = s.rate, .beta1 = s.beta1, .beta2 = s.beta2}, s.ema, rng};
                return train(s, config, run, sigmas, std::move(state));
            });
        };
        const run_directory run{s.out, s.resume ? existing_run::resume : s.force ? existing_run::replace : existing_run::refuse};
        if (s.resume) s = resumed(s, run, argc, argv);
        return begin(run);
    });
}
