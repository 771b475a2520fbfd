// SPDX-License-Identifier: Apache-2.0
/// \file  Times of training and of sampling, measured where the figure is drawn.
#pragma once

#include <ncsn/training/run_directory.hpp>

#include "drawing.hpp"

namespace ncsn {

inline std::vector<std::string> timing_names() { return {"steps_per_second", "step_ratio", "seconds_for_one", "seconds_for_many"}; }
inline bool is_timing(const std::string& measure) {
    const auto names = timing_names();
    return std::ranges::find(names, measure) != names.end();
}
/// Whether a panel is drawn for its samples, and not only timed.
inline bool shows_samples(const panel& p) { return p.measure.empty() || !std::ranges::all_of(p.measure, is_timing); }

/// The largest number of a field in the lines of metrics.jsonl: of speeds, that of the interval in which other programs took least.
inline double fastest(const std::filesystem::path& metrics, const std::string& field) {
    double most = 0;
    each_metric(metrics, [&](std::string_view, const json& entry, std::size_t) {
        if (entry.contains(field)) most = std::max(most, number_of<double>(entry.at(field), "times: " + metrics.string(), field));
    });
    require(most > 0, "times: ", metrics, " has no line with \"", field, "\"; train writes it");
    return most;
}

/// What panels ask for of NAME.steps_per_second, of training by the recipe that the panel "trains"; NAME.step_ratio, how many times as long a step
/// takes as that of the first panel; NAME.seconds_for_one and NAME.seconds_for_many, of sampling one image (the shortest of five times, for it is
/// short, and other programs take from it) and option "many" together.
/// Options: those of the program sample; "timed-steps", of training, five intervals, of which the fastest counts; "many".
class timings {
public:
    explicit timings(std::vector<panel>& panels) {
        for (panel& p : panels) steps_ = taken<std::size_t>(p, "timed-steps", 50), many_ = taken<std::size_t>(p, "many", 100);
    }
    void measure(figure& f, const panel& p) {
        if (asks(p, "steps_per_second") || asks(p, "step_ratio")) {
            const double speed = steps_per_second(f, p);
            if (first_ == 0) first_ = speed;
            if (asks(p, "steps_per_second")) f.measure(p.name + ".steps_per_second", speed);
            if (asks(p, "step_ratio")) f.measure(p.name + ".step_ratio", first_ / speed);
        }
        for (const auto& [name, count] : {std::pair{std::string{"seconds_for_one"}, std::size_t{1}}, {"seconds_for_many", many_}})
            if (asks(p, name)) {
                double least = seconds_for(f, p, count);
                for (int again = 1; count == 1 && again < 5; ++again) least = std::min(least, seconds_for(f, p, count));
                f.measure(p.name + '.' + name, least);
            }
    }

private:
    static bool asks(const panel& p, const std::string& name) { return std::ranges::find(p.measure, name) != p.measure.end(); }
    double steps_per_second(const figure& f, const panel& p) const {
        require(!p.trains.empty(), "figure ", f.id, ": panel ", p.name, " is timed in training, and has no \"trains\": a recipe");
        require(steps_ >= 5, "figure ", f.id, ": timed-steps is ", steps_, "; at least 5 were expected");
        const std::filesystem::path run = p.folder.string() + "-run";
        train_for(f, p, run, {{"steps", steps_}, {"log-every", steps_ / 5}, {"test-every", 0}, {"checkpoint-every", 0}, {"snapshot-every", 0},
                              {"warm-up", 0}});
        const double batch = number_of<double>(read_json_file(run / "config.json", "run").at("batch"), "run " + run.string(), "batch", 1);
        return fastest(run / "metrics.jsonl", "images_per_second") / batch;
    }
    static double seconds_for(const figure& f, panel p, std::size_t count) {
        require(!p.weights.empty(), "figure ", f.id, ": panel ", p.name, " is timed in sampling, and has no network");
        p.options["count"] = count, p.options["batch"] = count;
        p.folder = p.folder.string() + "-of" + std::to_string(count);
        draw_with("sample", f, p);
        const std::filesystem::path place = p.folder / "sample.json";
        return number_of<double>(read_json_file(place, "samples", longest_results).at("seconds"), place.string(), "seconds");
    }

    std::size_t steps_ = 50, many_ = 100;
    double first_ = 0;
};

}  // namespace ncsn
