// SPDX-License-Identifier: Apache-2.0
/// \file  What a run of `train` tells while it goes.
#pragma once

#include <ncsn/training/run_directory.hpp>
#include <ncsn/training/trainer.hpp>

#include "training_settings.hpp"

namespace ncsn {

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

}  // namespace ncsn
