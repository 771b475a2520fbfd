// SPDX-License-Identifier: Apache-2.0
/// \file  A training run under way, beside its steps: checkpoints, test losses, pictures, and what is told about it.
#pragma once

#include <ncsn/arrays/files/png.hpp>
#include <ncsn/arrays/async_readback.hpp>
#include <ncsn/arrays/graph_capture.hpp>
#include <ncsn/data/loader.hpp>
#include <ncsn/data/transforms.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/training/checkpoint.hpp>
#include <ncsn/training/denoising.hpp>
#include <ncsn/training/trainer.hpp>

#include "training_settings.hpp"

namespace ncsn {

/// The loss of a step, the rate that Adam took, and how long the run had gone on when the device had been asked for all of the step.
struct step_loss {
    std::size_t step;
    double rate, seconds, value;
};

template <Module M> struct training_session {
    const training_settings& settings;
    const run_directory& run;
    const data_set& data;
    const data_set& test_data;                                                      ///< without samples where the set has no test split
    const std::vector<double>& sigmas;
    training_state<M> state;
    const file_metadata about;                                                      ///< of all files with weights
    std::size_t saved = 0;                                                          ///< the step of the last checkpoint
    stopwatch since_saved = {};
    replayed<default_device> work = {};                                             ///< what a step asks of the device
    array loss{ncsn::shape{1}};                                                     ///< of the last step, on the device
    struct made_step {
        double rate = 0, seconds = 0;
        async_readback<float, default_device> loss = {};
    } last_steps[2] = {};                                                           ///< of even and odd number
    std::size_t losses_read = 0;                                                    ///< up to this step

    /// "checkpoints/weights-", ".safetensors" with the number of the step between.
    std::filesystem::path path(const char* before, const char* after) const { return run / (before + std::to_string(state.step) + after); }
    std::filesystem::path last_checkpoint() const { return run / "checkpoints" / "last.safetensors"; }

    void save() {
        if constexpr (!default_device::is_host) require_finite(state.model, state.step);  // a step looked at the loss alone
        save_checkpoint(last_checkpoint(), state, about);
        saved = state.step;
        since_saved = {};
    }
    void resume() {
        load_checkpoint(last_checkpoint(), state);
        saved = state.step;
    }
    /// After what the device is asked to do for a step. The run has gone on for so many seconds.
    void made(double so_far) {
        auto& [rate, seconds, number] = last_steps[++state.step % 2];
        rate = state.optimizer.settings.rate;
        seconds = state.seconds = so_far;
        number.start(loss);
    }
    /// The loss of the first step whose loss was not read yet.
    step_loss next_loss() {
        auto& [rate, seconds, number] = last_steps[++losses_read % 2];
        const step_loss next{losses_read, rate, seconds, static_cast<double>(number.get())};
        require_finite(next.value, next.step);
        return next;
    }
    /// Images as the network gets them.
    array prepared(host_array x, philox& rng) const {
        if (settings.dequantize) x = dequantized{}(std::move(x), rng);
        if (settings.flip) x = horizontal_flip{}(std::move(x), rng);
        return on_device<default_device>(x);
    }
    bool tests() const { return settings.test_batches > 0 && test_data.size() > 0; }
    /// Denoising, whatever the objective: comparable between runs. Always the same images and noise, so that only the network differs.
    double test_loss() const {
        philox rng{settings.seed, test_stream};
        batch_order order{test_data.size(), std::min(settings.batch, test_data.size()), rng};
        double sum = 0;
        for (std::size_t i = 0; i < settings.test_batches; ++i) {
            const array x = prepared(test_data.batch(order.rows(i)), rng);
            sum += static_cast<double>(denoising_score_matching{sigmas, settings.power}(state.average.model(), x, rng).item());
        }
        return sum / static_cast<double>(settings.test_batches);
    }
    void draw_samples() const {
        philox rng{settings.seed, sample_stream};
        const annealed sampler{sigmas, repeat{settings.sample_steps, langevin{full_step(settings.sample_epsilon)}}};
        const auto x0 = uniform<array>(data.shape().with_rows(settings.sample_count), 0, 1, rng);
        save_image_grid(path("samples/step-", ".png"), sampler(state.average.model(), x0, rng));
    }

private:
    static constexpr std::uint32_t test_stream = 1, sample_stream = 2;              // apart from the run's own numbers, which these must not move
};

/// What a run tells while it goes: a line on the screen, and metrics.jsonl.
class training_log {
public:
    /// Of a run that has made so many steps in so many seconds.
    training_log(const training_settings& s, const run_directory& run, std::size_t step, double seconds)
        : settings_{s}, first_{step}, before_{seconds}, file_{run / "metrics.jsonl", step} {}

    double seconds() const { return watch_.seconds(); }                             ///< since the run began or was resumed
    double seconds_in_all() const { return before_ + seconds(); }
    void end() { line_.end(); }
    void say(const std::string& text) { line_.show(text); }
    void test_loss(const auto& state, double loss) const {
        const json entry{{"step", state.step}, {"test_loss", loss}, {"seconds", state.seconds}};  // by name: nvcc loses such a list in a call
        file_.add(entry);
    }
    /// For every step in turn.
    void loss(const step_loss& of) {
        const double made = static_cast<double>(of.step - first_), speed = made / (of.seconds - before_);
        const double images = speed * static_cast<double>(settings_.batch);
        const bool lasting = settings_.log_every != 0 && of.step % settings_.log_every == 0;
        sum_ += of.value;
        ++terms_;
        smooth_ += (of.value - smooth_) / std::min(made, 100.0);
        double left = static_cast<double>(settings_.steps - of.step) / speed;
        if (settings_.time_limit > 0) left = std::min(left, settings_.time_limit - seconds());
        line_.show("step " + std::to_string(of.step) + '/' + std::to_string(settings_.steps) + "  loss " + brief(smooth_) + "  " +
                   brief(images, 3) + " images/s  " + duration(left) + " left", lasting);
        if (!lasting) return;
        const json entry{{"step", of.step}, {"loss", sum_ / static_cast<double>(terms_)}, {"rate", of.rate}, {"images_per_second", images},
                         {"seconds", of.seconds}};
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

}  // namespace ncsn
