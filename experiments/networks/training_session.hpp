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
#include <ncsn/training/denoising.hpp>
#include <ncsn/training/recovery_likelihood.hpp>
#include <ncsn/training/run_directory.hpp>
#include <ncsn/training/sliced.hpp>
#include <ncsn/training/trainer.hpp>
#include <ncsn/training/training_state.hpp>

#include "../environment.hpp"
#include "discriminator.hpp"
#include "recovery_settings.hpp"
#include "training_settings.hpp"

#include <optional>

namespace ncsn {

/// A run as it was asked for, before its network is made. The folder of a run that is resumed is open already; another is made when all is known to
/// be well.
struct training_request {
    const training_settings& settings;
    const data_set& data;
    const data_set& test_data;                                                      ///< without samples where the set has no test split
    const std::vector<double>& sigmas;
    std::optional<run_directory>& run;
};

/// What a run tells while it goes: a line on the screen, and metrics.jsonl.
class training_log {
public:
    /// Of a run that has made so many steps in so many seconds.
    training_log(const training_settings& s, const run_directory& run, std::size_t step, double seconds)
        : settings_{s}, first_{step}, before_{seconds}, file_{run / "metrics.jsonl", step} {}

    void end() { line_.end(); }
    void say(const std::string& text) { line_.show(text); }
    void test_loss(const auto& state, double loss) const {
        const json entry{{"step", state.step}, {"test_loss", loss}, {"seconds", state.seconds}};  // by name: nvcc loses such a list in a call
        file_.add(entry);
    }
    /// For every step in turn; add(entry) puts more into a lasting one.
    void loss(const training_report& of, const auto& add) {
        const double made = static_cast<double>(of.step - first_), speed = made / (of.seconds - before_);
        const double images = speed * static_cast<double>(settings_.batch);
        const bool lasting = settings_.log_every != 0 && of.step % settings_.log_every == 0;
        sum_ += of.loss;
        ++terms_;
        smooth_ += (of.loss - smooth_) / std::min(made, 100.0);
        double left = static_cast<double>(settings_.steps - of.step) / speed;
        if (settings_.time_limit > 0) left = std::min(left, settings_.time_limit - watch_.seconds());
        line_.show("step " + std::to_string(of.step) + '/' + std::to_string(settings_.steps) + "  loss " + brief(smooth_) + "  " +
                   brief(images, 3) + " images/s  " + duration(left) + " left", lasting);
        if (!lasting) return;
        json entry{{"step", of.step}, {"loss", sum_ / static_cast<double>(terms_)}, {"rate", of.rate}, {"images_per_second", images},
                   {"seconds", of.seconds}};
        add(entry);
        file_.add(entry);
        sum_ = 0, terms_ = 0;
    }

private:
    const training_settings& settings_;
    std::size_t first_;
    double before_;
    metrics_file file_;
    progress_line line_;
    stopwatch watch_;
    double sum_ = 0, smooth_ = 0;                                                   // of the losses since the last entry; their moving average
    std::size_t terms_ = 0;
};

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

/// The levels that a run's settings name.
inline recovery_settings recovery_of(const training_settings& s) {
    return {.process = s.process, .levels = s.levels, .moves = s.moves, .b_squared = s.b_squared, .loss_scale = s.loss_scale};
}

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

/// What a step of the score looks at beside a discriminator: a state that is another's, with the norm of its gradient, and the batch of the
/// discriminator's last turn.
template <class State> struct watched_step {
    State& state;
    decltype(State::model)& model = state.model;
    decltype(State::optimizer)& optimizer = state.optimizer;
    decltype(State::average)& average = state.average;
    philox& rng = state.rng;
    std::size_t step = state.step;
    array gradient_norm{shape{1, 1}};
};
struct held_batch {
    array x;
    std::size_t size() const { return x.shape()[0]; }
    array operator()(std::size_t, const sample_range&, philox&) const { return x; }
};
/// A batch seen at levels and through noise drawn for it.
struct noisy_batch {
    noise_levels levels;
    array z, noisy;
    noisy_batch(const std::vector<double>& sigmas, const array& x, philox& rng)
        : levels{draw_levels(sigmas, x.shape()[0], rng)}, z{normal_like(x, rng)}, noisy{x + column(levels, x) * z} {}
};
/// One step of a run with a discriminator (hybrid_step): so many turns of the discriminator, a batch each, then the score's on the last of them.
template <class Rate> struct adversarial_step {
    discriminator_training* discriminating;
    Rate rate;
    gradient_settings gradient;

    template <class State, BatchSource B> array operator()(State& state, B& batches) const {
        held_batch held;
        for (std::size_t k = 0; k < discriminating->turns(); ++k) {
            held.x = batches(state.step * discriminating->turns() + k, sample_range{0, batches.size()}, state.rng);
            const noisy_batch seen{discriminating->sigmas(), held.x, state.rng};
            const array fake = discriminating->fakes(state.model(seen.noisy, seen.levels), seen.noisy, seen.levels);
            discriminating->teach(*state.discriminator, held.x, fake, state.step + 1);
        }
        const auto objective = [&](const auto& score, const array& x, philox& rng) {
            const noisy_batch seen{discriminating->sigmas(), x, rng};
            return discriminating->loss(*state.discriminator, score(seen.noisy, seen.levels), x, seen.noisy, seen.levels, seen.z);
        };
        watched_step<State> watched{state};
        const array loss = discriminating->blamed([&] { return gradient_step{objective, rate, gradient}(watched, held); });
        discriminating->end_step(*state.discriminator, watched.gradient_norm, state.step + 1);
        return loss;
    }
    template <class State> void check(const State& state) const {
        named_network(the_score, [&] { require_finite(state.model, state.step); });
        named_network(the_discriminator, [&] { require_finite(state.discriminator->network, state.step); });
    }
};

/// What the chains of a run's steps were like since it was last told: by level, the gap f(y⁺) - f(y⁻) = E(y⁻) - E(y⁺), which is near 0 where data and
/// chains look alike, the size of f at the data, and how far the chains went from where they began.
class chain_watch {
public:
    explicit chain_watch(std::size_t levels) : sums_(levels) {}

    void add(const recovery_draw<array>& drawn, const array& differences, const recovery_process& process) {
        if constexpr (array::device_type::is_host) {                                 // elsewhere a step is captured, and nothing is looked at
            const array kept = process.column_of(&recovery_step::kept, drawn.levels, drawn.synthesized);
            const array way = drawn.synthesized / kept - drawn.noisier, squares = row_dot(way, way);
            require(all_finite(squares), "the chains are no longer finite: the energy has become too steep for the steps of Langevin dynamics");
            for (std::size_t n = 0; n < drawn.levels.index.size(); ++n) {
                level& of = sums_.at(drawn.levels.index[n]);
                of.gap -= static_cast<double>(differences[n]);
                of.displacement += std::sqrt(static_cast<double>(squares[n]));
                ++of.count;
            }
        }
    }
    /// Adds the means to an entry of metrics.jsonl and begins anew.
    void tell(json& entry) {
        level all;
        json gaps = json::array(), ways = json::array();
        for (level& of : sums_) {
            all.gap += of.gap, all.displacement += of.displacement, all.count += of.count;
            const auto mean = [&of](double sum) { return of.count > 0 ? json(sum / static_cast<double>(of.count)) : json(); };
            gaps.push_back(mean(of.gap)), ways.push_back(mean(of.displacement));
            of = {};
        }
        if (all.count == 0) return;
        entry["gap"] = all.gap / static_cast<double>(all.count);
        entry["displacement"] = all.displacement / static_cast<double>(all.count);
        constexpr std::size_t few = 32;
        if (sums_.size() <= few) entry["gap_of_level"] = gaps, entry["displacement_of_level"] = ways;
    }

private:
    struct level {
        double gap = 0, displacement = 0;
        std::size_t count = 0;
    };
    std::vector<level> sums_;
};

/// Recovery likelihood that is watched.
struct watched_recovery {
    recovery_likelihood<recovery_move> objective;
    chain_watch* watch;

    auto operator()(const auto& energy, const array& x, philox& rng) const {
        const recovery_draw<array> drawn = objective.draw(energy, x, rng);
        const auto differences = objective.differences(energy, drawn);
        watch->add(drawn, plain(differences), objective.process);
        return objective.loss(differences, drawn.levels);
    }
    void advance(auto& model) const { objective.advance(model); }
};
inline recovery_likelihood<recovery_move> recovery_objective(const recovery_settings& s) {
    const recovery_process process = s.make();
    recovery_likelihood objective{process, s.moves, recovery_move{process, s.approximated()}};
    objective.spare = s.approximated() ? 0 : 1;
    return objective;
}

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
                    ": the energy grows without bound where the chains do not go. Use more moves, a smaller rate or a smaller --beta1");
        log_->loss(report, [this](json& entry) {
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
    }

private:
    /// What is made besides: one that fails is no reason to end a run, and would end it again whenever it is resumed.
    void attempt(const std::string& what, const auto& make) {
        try {
            make();
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
        save_image_grid(path("samples/step-", ".png"), sampler(state_.average.model(), x0, rng));
        }
    }

    const training_request& request_;
    const training_settings& settings_;
    run_directory& run_;
    run_state<M>& state_;
    const file_metadata about_;
    std::size_t saved_ = 0;
    stopwatch since_saved_;
    std::optional<training_log> log_;
    std::stop_source stop_;
};

/// Networks that compute in less than float, which have no digits for derivatives along the images.
template <class M> inline constexpr bool is_reduced = false;
template <class Low, class M> inline constexpr bool is_reduced<reduced_precision<Low, M>> = true;
template <class M> inline constexpr bool is_reduced<parametrised<M>> = is_reduced<M>;

/// What the files of a run say about their network.
inline json described_network(const training_settings& s, const shape& image) {
    json config = s.to_json(false);
    config["image"] = {image[1], image[2], image[3]};
    config["range"] = {network_named(s.model).energy ? -1 : 0, 1};
    return config;
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
    if (!s.init.empty()) {
        const auto file = safetensors_file::open(s.init);
        read_model(file, s.init, file.metadata().contains("format") ? "ema/" : "", model);
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
        const auto run_with = [&](const auto& objective) {
            const trainer loop{gradient_step{objective, s.learning_rate(), gradient}, limits};
            loop(state, batches, session, session.stop());
        };
        if constexpr (is_energy<M>) {
            chain_watch chains{s.levels};
            session.more = [&](json& entry) {
                chains.tell(entry);
                entry["gradient_norm"] = state.gradient_norm.item();
            };
            const auto objective = recovery_objective(recovery_of(s));
            if (s.objective == "recovery") run_with(watched_recovery{objective, &chains});
            else run_with(recovery_denoising{objective.process, s.loss_scale});
            session.more = {};
        } else if (discriminating) {
            session.more = [&](json& entry) { discriminating->tell(entry, state.step); };
            const auto rate = s.learning_rate();
            const trainer loop{adversarial_step<decltype(rate)>{&*discriminating, rate, gradient}, limits};
            loop(state, batches, session, session.stop());
            session.more = {};
        } else if (s.objective == "dsm") run_with(denoising_score_matching{request.sigmas, s.power});
        else if constexpr (!is_reduced<M>) run_with(annealed_sliced_score_matching{request.sigmas});
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
