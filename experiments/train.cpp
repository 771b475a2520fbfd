// SPDX-License-Identifier: Apache-2.0
/// \file  Trains a score network on images. Defaults: MNIST in Song & Ermon (2019); CIFAR-10 there has --features 128 --flip.
#include <ncsn/data/read_ahead.hpp>
#include <ncsn/training/sliced.hpp>
#include <ncsn/training/trainer.hpp>

#include "environment.hpp"
#include "network.hpp"
#include "training_session.hpp"

using namespace ncsn;

using objective = std::variant<denoising_score_matching<std::vector<double>>, annealed_sliced_score_matching<std::vector<double>>>;

/// The baseline is trained by denoising only, which spares the compiler a fourth of this program.
template <class M> inline constexpr bool told_the_level = true;
template <class M> inline constexpr bool told_the_level<unconditional<M>> = false;

objective make_objective(const training_settings& s, const std::vector<double>& sigmas) {
    if (s.objective == "dsm") return denoising_score_matching{sigmas, s.power};
    require(s.objective == "ssm", "--objective ", s.objective, ": no objective has this name; dsm and ssm are known");
    require(s.model != "baseline" && s.precision != "bf16", "--objective ssm: not for --model baseline, nor with --precision bf16; use dsm");
    return annealed_sliced_score_matching{sigmas};
}

/// One step of training. A GPU captures its work and does it again every step, so what changes from step to step is uploaded.
template <Module M> void train_once(training_session<M>& session, const objective& losses, batch_loader<data_set>& batches) {
    training_state<M>& state = session.state;
    const training_settings& s = session.settings;
    state.optimizer.settings.rate = s.rate * (s.rate_decay == "cosine" ? cosine_decay(state.step, s.steps) : 1);
    session.work(state.rng, [&] {
        const array x = session.prepared(batches.at(state.step), state.rng);
        const auto result = std::visit([&](const auto& loss) -> loss_and_gradient<M> {
            if constexpr ((!told_the_level<M> || is_reduced<M>) && requires { loss.form; })
                fail("--objective ssm: not with --model baseline, nor with --precision bf16");
            else return loss_and_grad(loss, state.model, x, state.rng);
        }, losses);
        if constexpr (default_device::is_host) require_finite(result, state.step + 1);
        state.optimizer.step(state.model, result.gradient);
        state.average.update(state.model);
        default_device::copy(session.loss.write(), result.loss.data(), sizeof(float));
    });
}

/// Reads and tells the losses of the steps so far but for the last `unread` ones.
template <Module M> void tell_losses(training_session<M>& session, training_log& log, std::size_t unread) {
    while (session.losses_read + unread < session.state.step) log.loss(session.next_loss());
}

/// What is due after a step.
template <Module M> void look_after(training_session<M>& session, training_log& log) {
    const training_settings& s = session.settings;
    const auto every = [&](std::size_t n) { return n != 0 && session.state.step % n == 0; };
    const bool late = s.checkpoint_seconds > 0 && session.since_saved.seconds() > static_cast<double>(s.checkpoint_seconds);
    const bool save = late || every(s.checkpoint_every), test = session.tests() && every(s.test_every);
    if (save || test || every(s.snapshot_every) || every(s.sample_every)) tell_losses(session, log, 0);    // nothing is kept of a loss that is none
    if (save) session.save();
    if (every(s.snapshot_every)) save_weights(session.path("checkpoints/weights-", ".safetensors"), session.state.average.model(), session.about);
    if (test) log.test_loss(session.state, session.test_loss());
    if (!every(s.sample_every)) return;
    try {
        session.draw_samples();
    } catch (const error& reason) {                                                 // a picture that fails is no reason to end a run
        log.say(std::string{"no picture: "} + reason.what());
    }
}

template <Module M> int train(training_session<M> session, batch_loader<data_set>& batches) {
    const training_settings& s = session.settings;
    const run_directory& run = session.run;
    training_state<M>& state = session.state;
    s.resume ? session.resume() : session.save();
    session.losses_read = state.step;
    require(state.step <= s.steps, "--steps ", s.steps, ": the run has made ", state.step, " steps already; give more");
    run.begin();
    run.write_json("config.json", s.to_json());
    run.write_json("environment.json", describe_environment());
    std::cout << s.model << " with " << parameter_count(state.model) << " parameters, " << session.data.size() << " images of " << s.data << ", step "
              << state.step << " of " << s.steps << ", run in " << s.out << std::endl;
    if (session.test_data.size() == 0) std::cout << s.data << " has no test split: there will be no test losses" << std::endl;

    const objective losses = make_objective(s, session.sigmas);
    training_log log{s, run, state.step, state.seconds};
    const std::string last = session.last_checkpoint().string();
    try {
        while (state.step < s.steps && !stop_requested && (s.time_limit <= 0 || log.seconds() < s.time_limit)) {
            train_once(session, losses, batches);
            session.made(log.seconds_in_all());
            tell_losses(session, log, default_device::is_host ? 0 : 1);                // a GPU goes on while the host reads
            look_after(session, log);
        }
        tell_losses(session, log, 0);
        if (session.saved != state.step) session.save();
        log.end();
        if (state.step < s.steps) {
            std::cout << "stopped after step " << state.step << "; saved " << last << "\ncontinue with: train --resume --out " << s.out << '\n';
            return 0;
        }
        save_weights(run / "weights.safetensors", state.average.model(), session.about);
        run.finish();
    } catch (const error& reason) {
        log.end();
        fail(reason.what(), "\nThe last good checkpoint, of step ", session.saved, ", is ", last,
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
        const data_set data = open_dataset<host_array>(s.data, split::train, s.data_dir);
        const data_set test_data = find_dataset<host_array>(s.data, split::test, s.data_dir).value_or(data_set{});
        batch_loader<data_set> batches{{data, {data.size(), s.batch, s.seed}}, {.threads = s.loader_threads}};
        philox rng{s.seed};
        return with_network(s.model, s.precision, {data.shape()[3], s.features, s.levels}, rng, [&](auto model) {
            using network = decltype(model);
            training_state<network> state{std::move(model), adam_settings{.rate = s.rate, .beta1 = s.beta1, .beta2 = s.beta2}, s.ema, rng};
            if (!run) run.emplace(s.out, s.force ? existing_run::replace : existing_run::refuse);      // not before all is known to be well
            stop_on_signals();
            json config = s.to_json(false);
            config["image"] = {data.shape()[1], data.shape()[2], data.shape()[3]};
            return train(training_session<network>{s, *run, data, test_data, sigmas, std::move(state), {{"config", config.dump()}}}, batches);
        });
    });
}
