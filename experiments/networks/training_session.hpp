// SPDX-License-Identifier: Apache-2.0
/// \file  A run of `train` for one type of network: what happens beside its steps, and what is told about it.
#pragma once

#include <ncsn/arrays/files/png.hpp>
#include <ncsn/data/read_ahead.hpp>
#include <ncsn/data/transforms.hpp>
#include <ncsn/models/reduced_precision.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/samplers/progressive.hpp>
#include <ncsn/training/checkpoint.hpp>
#include <ncsn/training/run_directory.hpp>
#include <ncsn/training/trainer.hpp>
#include <ncsn/training/training_state.hpp>

#include "../environment.hpp"
#include "adversarial_step.hpp"
#include "training_log.hpp"

#include <optional>

namespace ncsn {

/// The images of a batch as the network gets them: in [0, 1], or for an energy in [-1, 1].
struct prepared_images {
    bool dequantize, flip, centred = false;
    host_array operator()(host_array x, philox& rng) const {
        if (dequantize) x = dequantized{}(std::move(x), rng);
        if (flip) x = horizontal_flip{}(std::move(x), rng);
        return centred ? host_array{2.0 * x - 1.0} : x;
    }
};

/// An energy of images in [-1, 1], told the level's index: what marks it for the programs.
template <class M> struct image_energy {
    M network;
    static constexpr std::tuple members{field{"", &image_energy::network}};
    auto operator()(const Differentiable auto& x, const noise_levels& z) const { return network(x, z); }
};
template <class M> image_energy(M) -> image_energy<M>;
template <class M> inline constexpr bool is_energy = false;
template <class M> inline constexpr bool is_energy<image_energy<M>> = true;

/// Networks that compute in less than float, which have no digits for derivatives along the images.
template <class M> inline constexpr bool is_reduced = false;
template <class Low, class M> inline constexpr bool is_reduced<reduced_precision<Low, M>> = true;
template <class M> inline constexpr bool is_reduced<parametrised<M>> = is_reduced<M>;

/// A score whose chains end where a signal asks for it: those of a picture, which may be long.
template <Module M> struct ended_by_signals {
    const M& model;
    array operator()(const array& x, const noise_levels& z) const {
        end_on_signal("chains");
        return model(x, z);
    }
};
template <Module M> ended_by_signals(const M&) -> ended_by_signals<M>;

/// The state of an energy's training, with the norm of the last gradient, which is told and not kept.
template <Module M> struct watched_state : training_state<M> {
    using training_state<M>::training_state;
    array gradient_norm{shape{1, 1}};
};

/// The state of a score's training, with the discriminator beside it.
template <Module M> struct score_state : training_state<M> {
    using training_state<M>::training_state;
    std::optional<discriminator_state> discriminator = {};
    static constexpr std::tuple state = std::tuple_cat(training_state<M>::state, std::tuple{field{"discriminator", &score_state::discriminator}});
};
template <Module M> using run_state = std::conditional_t<is_energy<M>, watched_state<M>, score_state<M>>;

/// The observer of a run: logs every loss, and does what is due between steps.
template <Module M> class training_session {
public:
    training_session(const training_request& request, run_state<M>& state, file_metadata about)
        : request_{request}, settings_{request.settings}, run_{*request.run}, state_{state}, about_{std::move(about)} {}

    std::filesystem::path last_checkpoint() const { return run_ / "checkpoints" / "last.safetensors"; }
    std::size_t saved() const { return saved_; }                                    ///< the step of the last checkpoint
    const file_metadata& about() const { return about_; }
    std::stop_token stop() const { return stop_.get_token(); }
    std::function<void(json&)> more;                                                ///< what else a lasting entry of the log holds
    std::function<double()> waited = [] { return 0.0; };                            ///< seconds that steps have waited for their batches, in all

    void save() {
        save_checkpoint(last_checkpoint(), state_, about_);
        saved_ = state_.step;
        since_saved_ = {};
    }
    void resume() {
        load_checkpoint(last_checkpoint(), state_);
        saved_ = state_.step;
    }
    /// From here on losses are logged.
    training_log& open_log() { return log_.emplace(settings_, run_, state_.step, state_.seconds); }

    void operator()(const training_report& report) {
        // The published code stops at a loss below -1e6; a gap as large the other way means the same.
        if constexpr (is_energy<M>)
            require(std::abs(report.loss) < most_loss, "training: at step ", report.step, " the loss is ", report.loss, ", beyond ", most_loss,
                    settings_.objective == "recovery" ? ": the energy grows without bound where the chains do not go. Use more moves, a smaller "
                                                        "rate, a smaller --beta1, data with noise (--dequantize) or an --energy-penalty"
                                                      : ": the energy grows without bound. Use a smaller rate");
        log_->loss(report, [this](json& entry) {
            entry["waited"] = waited() - told_waited_;
            told_waited_ = waited();
            if (more) more(entry);
        });
        run_.keep();                                                                // a step was made: what the run replaced is not needed any more
        if (stop_requested) stop_.request_stop();
    }
    bool due(const run_state<M>&) const {
        return saves() || tests() || every(settings_.snapshot_every) || every(settings_.sample_every);
    }
    void visit(const run_state<M>&) {
        if (every(settings_.snapshot_every))
            attempt("weights", [&] { save_weights(path("checkpoints/weights-", ".safetensors"), state_.average.model(), about_); });
        if (tests()) attempt("test loss", [&] { log_->test_loss(state_, test_loss()); });
        if (every(settings_.sample_every)) attempt("picture", [&] { draw_samples(); });
        if (saves()) save();                                                        // last: a run that was killed before does all of it again
        if (stop_requested) stop_.request_stop();                                   // what is made besides takes as long as one likes
    }

private:
    /// What is made besides: one that fails is no reason to end a run, and would end it again whenever it is resumed.
    void attempt(const std::string& what, const auto& make) {
        try {
            make();
        } catch (const std::bad_alloc&) {
            log_->say("no " + what + ": out of memory; use fewer samples (--sample-count) or smaller batches (--batch of a new run)");
        } catch (const std::exception& reason) {
            log_->say("no " + what + ": " + reason.what());
        }
    }

    static constexpr double most_loss = 1e6;
    static constexpr std::uint32_t test_stream = 1, sample_stream = 2;              // apart from the run's own numbers, which these must not move

    bool every(std::size_t n) const { return n != 0 && state_.step % n == 0; }
    bool saves() const {
        const bool late = settings_.checkpoint_seconds > 0 && since_saved_.seconds() > static_cast<double>(settings_.checkpoint_seconds);
        return late || every(settings_.checkpoint_every);
    }
    bool tests() const { return settings_.test_batches > 0 && request_.test_data.size() > 0 && every(settings_.test_every); }
    /// "checkpoints/weights-", ".safetensors" with the number of the step between.
    std::filesystem::path path(const char* before, const char* after) const { return run_ / (before + std::to_string(state_.step) + after); }

    /// Denoising, whatever the objective (of an energy its own): comparable between runs. Always the same images and noise, so that only the network
    /// differs.
    double test_loss() const {
        const data_set& data = request_.test_data;
        philox rng{settings_.seed, test_stream};
        batch_order order{data.size(), std::min(settings_.batch, data.size()), rng};
        double sum = 0;
        for (std::size_t i = 0; i < settings_.test_batches; ++i) {
            const auto x = on_device<default_device>(prepared_images{settings_.dequantize, settings_.flip, is_energy<M>}(data.batch(order.rows(i)),
                                                                                                                         rng));
            const array loss = [&] {
                if constexpr (is_energy<M>) return recovery_objective(recovery_of(settings_))(state_.average.model(), x, rng);
                else return denoising_score_matching{request_.sigmas, settings_.power}(state_.average.model(), x, rng);
            }();
            sum += static_cast<double>(loss.item());
        }
        return sum / static_cast<double>(settings_.test_batches);
    }
    void draw_samples() const {
        philox rng{settings_.seed, sample_stream};
        if constexpr (is_energy<M>) {
            const recovery_settings levels = recovery_of(settings_);
            const recovery_process process = levels.make();
            const progressive sampler{process, repeat{levels.moves, recovery_move{process, levels.approximated(), published_chain_noise}}};
            const auto x0 = normal<array>(request_.data.shape().with_rows(settings_.sample_count), rng);
            save_image_grid(path("samples/step-", ".png"), 0.5 * sampler(state_.average.model(), x0, rng) + 0.5);
            return;
        } else {
        const double last = request_.sigmas.back(), epsilon = settings_.sample_epsilon > 0 ? settings_.sample_epsilon : published_step(last);
        const annealed sampler{request_.sigmas, repeat{settings_.sample_steps, langevin{full_step(epsilon)}}};
        const auto x0 = uniform<array>(request_.data.shape().with_rows(settings_.sample_count), 0, 1, rng);
        save_image_grid(path("samples/step-", ".png"), sampler(ended_by_signals{state_.average.model()}, x0, rng));
        }
    }

    const training_request& request_;
    const training_settings& settings_;
    run_directory& run_;
    run_state<M>& state_;
    const file_metadata about_;
    std::size_t saved_ = 0;
    stopwatch since_saved_;
    double told_waited_ = 0;
    std::optional<training_log> log_;
    std::stop_source stop_;
};

/// What the files of a run say about their network.
inline json described_network(const training_settings& s, const shape& image) {
    json config = s.to_json(false);
    config["image"] = {image[1], image[2], image[3]};
    config["range"] = network_named(s.model).range();
    return config;
}

/// Throws unless weights to start from are of the network that the settings make: the same output, for images of the same extents and the same
/// levels. Files that do not say whose they are (converted ones) pass.
inline void check_start(const file_metadata& about, const training_settings& s, const shape& image) {
    if (!about.contains("config")) return;
    const json its = parse_json(about.at("config"), "--init " + s.init + ": 'config' in its metadata"), ours = described_network(s, image);
    const bool energy = network_named(s.model).energy;
    const std::vector<const char*> of_scores{"parametrisation", "schedule", "sigma-first", "sigma-last"}, of_energies{"process", "b-squared"};
    std::vector<const char*> all{"model", "image", "range", "levels"};
    all.insert(all.end(), energy ? of_energies.begin() : of_scores.begin(), energy ? of_energies.end() : of_scores.end());
    for (const char* const name : all)                                              // what files of earlier versions do not say is not compared
        require(!its.contains(name) || its.at(name) == ours.at(name), "--init ", s.init, ": its network has ", name, ' ',
                its.value(name, json{}).dump(), "; the run has ", ours.at(name).dump(), ". What it learnt means something else there: give the run "
                "the same ", name);
}

/// Throws, before anything is written, where the network cannot take images of this size.
template <Module M> void try_network(const M& model, const training_request& request) {
    const noise_levels level{{0}, {request.sigmas.front()}};
    try {
        (void)model(array{request.data.shape().with_rows(1)}, level);
    } catch (const error& reason) {
        fail("--data ", request.settings.data, ": ", request.settings.model, " cannot take images ", request.data.shape(), " (", reason.what(), ")");
    }
}

/// All of a run whose network is made: `rng` goes on where the making of the network left it.
template <Module M> int train(const training_request& request, M model, philox rng) {
    const training_settings& s = request.settings;
    for_each_objective([&](const auto& named) {
        if constexpr (requires { named.check(request); })
            if (s.objective == named.name) named.check(request);
    });
    if (!s.init.empty()) {
        const auto file = safetensors_file::open(s.init);
        check_start(file.metadata(), s, request.data.shape());
        read_model(file, s.init, is_checkpoint(file.metadata()) ? "ema/" : "", model);
    }
    run_state<M> state{std::move(model), s.adam(), s.ema, rng};
    batch_loader<data_set> loader{{request.data, batch_order{request.data.size(), s.batch, s.seed}}, {.threads = s.loader_threads}};
    auto batches = batches_of<array>(loader, s.batch, prepared_images{s.dequantize, s.flip, is_energy<M>});
    try_network(state.model, request);
    std::optional<discriminator_training> discriminating;
    if constexpr (!is_energy<M>)
        if (s.is_adversarial()) state.discriminator = discriminating.emplace(s.discriminator(), request.sigmas).start(request.data.shape(), s.seed);
    if (!request.run) request.run.emplace(s.out, s.force ? existing_run::replace : existing_run::refuse);
    run_directory& run = *request.run;
    stop_on_signals();
    training_session<M> session{request, state, {{"config", described_network(s, request.data.shape()).dump()}}};
    session.waited = [&loader] { return loader.waited(); };
    s.resume ? session.resume() : session.save();
    require(state.step <= s.steps, "--steps ", s.steps, ": the run has made ", state.step, " steps already; give more");
    run.begin();
    run.write_json("config.json", s.to_json());
    run.write_json("environment.json", describe_environment());
    std::cout << s.model << " with " << parameter_count(state.model) << " parameters, " << request.data.size() << " images of " << s.data << ", step "
              << state.step << " of " << s.steps << ", run in " << s.out << std::endl;
    if (request.test_data.size() == 0) std::cout << s.data << " has no test split: there will be no test losses" << std::endl;

    const std::string last = session.last_checkpoint().string(), again = "train --resume --out " + shell_quoted(s.out);
    training_log& log = session.open_log();
    try {
        const training_limits limits{.steps = s.steps, .seconds = s.time_limit > 0 ? s.time_limit : training_limits{}.seconds};
        const gradient_settings gradient{.parts = s.micro_batches, .clip = s.clip > 0 ? s.clip : gradient_settings{}.clip};
        const auto run_with = [&](const auto& step) {
            const trainer loop{step, limits};
            try {
                loop(state, batches, session, session.stop());
            } catch (const stopped&) {                                              // within the chains of a step, which the next session makes again
                step.check(state);
            }
        };
        chain_watch chains{s.levels};
        if constexpr (is_energy<M>)
            session.more = [&](json& entry) {
                chains.tell(entry);
                entry["gradient_norm"] = state.gradient_norm.item();
            };
        if (discriminating) {
            session.more = [&](json& entry) { discriminating->tell(entry, state.step); };
            const auto rate = s.learning_rate();
            if constexpr (!is_energy<M>) run_with(adversarial_step<decltype(rate)>{&*discriminating, rate, gradient});
        } else for_each_objective([&]<class O>(const O& named) {
            if constexpr (O::of_energies == is_energy<M> && !(O::of_floats && is_reduced<M>))
                if (s.objective == named.name) run_with(gradient_step{O::make(request, &chains), s.learning_rate(), gradient});
        });
        session.more = {};
        if (session.saved() != state.step) session.save();
        if (state.step < s.steps && run.replaces()) {                               // a limit or a signal came before the first step
            log.end();
            std::cout << "stopped before the first step; the run that was to be replaced is as it was\n";
            return 0;
        }
        run.keep();
        log.end();
        if (state.step < s.steps) {
            std::cout << "stopped after step " << state.step << "; saved " << last << "\ncontinue with: " << again << '\n';
            return 0;
        }
        save_weights(run / "weights.safetensors", state.average.model(), session.about());
        run.finish();
    } catch (const std::exception& reason) {
        log.end();
        const bool memory = dynamic_cast<const std::bad_alloc*>(&reason) != nullptr;
        const std::string why = memory ? "out of memory; use smaller batches (--batch of a new run, --micro-batches)" : reason.what();
        require(!run.replaces(), why, "\nNo step was made; the run that was to be replaced is as it was");
        fail(why, "\nThe last good checkpoint, of "
             "step ",
             session.saved(), ", is ", last, "; when the cause is gone, continue with: ", again);
    }
    std::cout << "finished " << s.steps << " steps in " << duration(state.seconds) << "; weights: " << (run / "weights.safetensors").string()
              << "\nnext: sample --weights " << shell_quoted(s.out) << " --out " << shell_quoted((run / "samples").string()) << '\n';
    return 0;
}

}  // namespace ncsn
