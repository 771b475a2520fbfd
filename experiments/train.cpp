// SPDX-License-Identifier: Apache-2.0
/// \file  Trains a score network on images. Defaults: MNIST in Song & Ermon (2019); CIFAR-10 there has --features 128 --flip.
#include <ncsn/arrays/image.hpp>
#include <ncsn/data/loader.hpp>
#include <ncsn/data/transforms.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/training/denoising.hpp>
#include <ncsn/training/sliced.hpp>
#include <ncsn/training/trainer.hpp>

#include "environment.hpp"
#include "network.hpp"
#include "training_settings.hpp"

using namespace ncsn;

using objective = std::variant<denoising_score_matching<std::vector<double>>, annealed_sliced_score_matching<std::vector<double>>>;

/// The baseline is trained by denoising only, which spares the compiler a fourth of this program.
template <class M> inline constexpr bool told_the_level = true;
template <class M> inline constexpr bool told_the_level<unconditional<M>> = false;

objective make_objective(const training_settings& s, const std::vector<double>& sigmas) {
    if (s.objective == "dsm") return denoising_score_matching{sigmas, s.power};
    require(s.objective == "ssm", "--objective ", s.objective, ": no objective has this name; dsm and ssm are known");
    require(s.model != "baseline", "--objective ssm: not for --model baseline; use dsm");
    return annealed_sliced_score_matching{sigmas};
}

template <Module M>
int train(training_settings s, const images<array>& data, const images<array>& test_data, batch_order order, const std::vector<double>& sigmas,
          training_state<M> state, const run_directory& run) {
    json config = s.to_json(false);
    config["image"] = {data.shape()[1], data.shape()[2], data.shape()[3]};
    const file_metadata about{{"config", config.dump()}};
    const auto last = run / "checkpoints" / "last.safetensors";
    std::size_t saved = 0;
    stopwatch since_saved;
    const auto save = [&] {
        save_checkpoint(last, state, about);
        saved = state.step;
        since_saved = {};
    };
    if (s.resume) load_checkpoint(last, state);
    else save();
    saved = state.step;
    require(saved <= s.steps, "--steps ", s.steps, ": the run has made ", saved, " steps already; give more");
    run.begin();
    run.write_json("config.json", s.to_json());
    run.write_json("environment.json", describe_environment());
    const metrics_file metrics{run / "metrics.jsonl", state.step};
    std::cout << s.model << " with " << parameter_count(state.model) << " parameters, " << data.size() << " images of " << s.data << ", step "
              << state.step << " of " << s.steps << ", run in " << s.out << std::endl;

    const objective loss = make_objective(s, sigmas);
    const auto prepared = [&s](array x, philox& rng) {
        if (s.dequantize) x = dequantized{}(std::move(x), rng);
        return s.flip ? horizontal_flip{}(std::move(x), rng) : x;
    };
    constexpr std::uint32_t test_stream = 1, sample_stream = 2;                     // apart from the run's own numbers, which these must not move
    const auto test_loss = [&] {                                                    // denoising, whatever the objective: comparable between runs
        philox rng{s.seed, test_stream};                                            // the same noise every time: only the network differs
        batch_order test_order{test_data.size(), std::min(s.batch, test_data.size()), rng};
        double sum = 0;
        for (std::size_t i = 0; i < s.test_batches; ++i) {
            const array x = prepared(test_data.batch(test_order.rows(i)), rng);
            sum += static_cast<double>(denoising_score_matching{sigmas, s.power}(state.average.model(), x, rng).item());
        }
        return sum / static_cast<double>(s.test_batches);
    };
    const auto named = [&state](const char* before, const char* after) { return before + std::to_string(state.step) + after; };
    const auto draw_samples = [&] {
        philox rng{s.seed, sample_stream};
        const annealed sampler{sigmas, repeat{s.sample_steps, langevin{full_step(s.sample_epsilon)}}};
        const auto x0 = uniform<array>(data.shape().with_rows(s.sample_count), 0, 1, rng);
        save_grid(run / "samples" / named("step-", ".png"), sampler(state.average.model(), x0, rng));
    };

    progress_line line;
    const stopwatch watch;
    const double seconds_before = state.seconds;
    const std::size_t first = state.step;
    double sum = 0, smooth = 0;                                                     // of the losses since the last entry; their moving average
    std::size_t terms = 0;
    const auto every = [&state](std::size_t n) { return n != 0 && state.step % n == 0; };
    const auto report = [&] {
        const double made = static_cast<double>(state.step - first), speed = made / watch.seconds(), images = speed * static_cast<double>(s.batch);
        double left = static_cast<double>(s.steps - state.step) / speed;
        if (s.time_limit > 0) left = std::min(left, s.time_limit - watch.seconds());
        line.show("step " + std::to_string(state.step) + '/' + std::to_string(s.steps) + "  loss " + brief(smooth) + "  " + brief(images, 3) +
                  " images/s  " + duration(left) + " left", every(s.log_every));
        if (!every(s.log_every)) return;
        metrics.add({{"step", state.step}, {"loss", sum / static_cast<double>(terms)}, {"rate", state.optimizer.settings.rate},
                     {"images_per_second", images}, {"seconds", state.seconds}});
        sum = 0, terms = 0;
    };
    try {
        while (state.step < s.steps && !stop_requested && (s.time_limit <= 0 || watch.seconds() < s.time_limit)) {
            state.optimizer.settings.rate = s.rate * (s.rate_decay == "cosine" ? cosine_decay(state.step, s.steps) : 1);
            const array x = prepared(data.batch(order.rows(state.step)), state.rng);
            const auto result = std::visit([&](const auto& l) -> value_and_gradient<M> {
                if constexpr (!told_the_level<M> && requires { l.form; }) fail("--objective ssm: not with --model baseline");
                else return value_and_grad(l, state.model, x, state.rng);
            }, loss);
            require_finite(result, state.step + 1);
            state.optimizer.step(state.model, result.gradient);
            state.average.update(state.model);
            ++state.step;

            state.seconds = seconds_before + watch.seconds();
            sum += result.value;
            ++terms;
            smooth += (result.value - smooth) / std::min(static_cast<double>(state.step - first), 100.0);
            report();
            if (every(s.checkpoint_every) || (s.checkpoint_seconds > 0 && since_saved.seconds() > static_cast<double>(s.checkpoint_seconds))) save();
            if (every(s.snapshot_every)) save_weights(run / "checkpoints" / named("weights-", ".safetensors"), state.average.model(), about);
            if (every(s.test_every) && s.test_batches > 0)
                metrics.add({{"step", state.step}, {"test_loss", test_loss()}, {"seconds", state.seconds}});
            if (every(s.sample_every)) {
                try {
                    draw_samples();
                } catch (const error& reason) {                                     // a picture that fails is no reason to end a run
                    line.show(std::string{"no picture: "} + reason.what());
                }
            }
        }
        if (saved != state.step) save();
        line.end();
        if (state.step < s.steps) {
            std::cout << "stopped after step " << state.step << "; saved " << last.string() << "\ncontinue with: train --resume --out " << s.out
                      << '\n';
            return 0;
        }
        save_weights(run / "weights.safetensors", state.average.model(), about);
        run.finish();
    } catch (const error& reason) {
        line.end();
        fail(reason.what(), "\nThe last good checkpoint, of step ", saved, ", is ", last.string(),
             "; when the cause is gone, continue with: train --resume --out ", s.out);
    }
    std::cout << "finished " << s.steps << " steps in " << duration(state.seconds) << "; weights: " << (run / "weights.safetensors").string()
              << "\nnext: sample --weights " << s.out << " --out " << (run / "samples").string() << '\n';
    return 0;
}

int main(int argc, char** argv) {
    training_settings s;
    CLI::App app{"Trains a score network on images and keeps everything about the run in one folder.", "train"};
    s.add_to(app);
    return run_program(app, argc, argv, [&] {
        require(!s.resume || !s.force, "--resume continues a run and --force replaces it; give one of them");
        std::optional<run_directory> run;
        if (s.resume) {
            run.emplace(s.out, existing_run::resume);
            s = resumed(s, *run, argc, argv);
        }
        if (s.threads > 0) omp_set_num_threads(s.threads);
        const auto sigmas = make_schedule(s.schedule, {s.sigma_first, s.sigma_last, s.levels});
        make_objective(s, sigmas);
        require(s.rate_decay == "none" || s.rate_decay == "cosine", "--rate-decay ", s.rate_decay, ": none and cosine are known");
        const auto data = open_data(s.data, s.data_dir, split::train), test_data = open_data(s.data, s.data_dir, split::test);
        const batch_order order{data.size(), s.batch, s.seed};
        philox rng{s.seed};
        return with_network(s.model, {data.shape()[3], s.features, s.levels}, rng, [&](auto model) {
            training_state state{std::move(model), adam_settings{.rate = s.rate, .beta1 = s.beta1, .beta2 = s.beta2}, s.ema, rng};
            if (!run) run.emplace(s.out, s.force ? existing_run::replace : existing_run::refuse);      // not before all is known to be well
            stop_on_signals();
            return train(s, data, test_data, order, sigmas, std::move(state), *run);
        });
    });
}
