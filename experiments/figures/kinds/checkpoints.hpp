// SPDX-License-Identifier: Apache-2.0
/// \file  Kind "checkpoints": the distance of samples from the data by step of training, and the choice of the best checkpoint.
#pragma once

#include "distances.hpp"

#include <ncsn/arithmetic/count.hpp>

namespace ncsn {

/// The files weights-STEP.safetensors of a folder by their steps: those that `train --snapshot-every` keeps.
inline std::map<std::size_t, std::filesystem::path> checkpoints_in(const std::filesystem::path& folder) {
    std::map<std::size_t, std::filesystem::path> found;
    std::error_code ignored;
    const std::string_view before = "weights-", after = ".safetensors";
    for (const auto& entry : std::filesystem::directory_iterator{folder, ignored}) {
        const std::string name = entry.path().filename();
        if (!name.starts_with(before) || !name.ends_with(after)) continue;
        if (name.size() < before.size() + after.size()) continue;
        const auto step = count_in(std::string_view{name}.substr(before.size(), name.size() - before.size() - after.size()));
        if (step) found[*step] = entry.path();
    }
    return found;
}

/// The share of steps from one number to the next that rise: 0 where they only fall, about a half where they have settled and fluctuate.
inline double share_of_rises(const std::vector<double>& values) {
    require(values.size() > 1, "checkpoints: ", values.size(), " of them; two or more were expected");
    std::size_t rises = 0;
    for (std::size_t i = 1; i < values.size(); ++i) rises += values[i] > values[i - 1];
    return static_cast<double>(rises) / static_cast<double>(values.size() - 1);
}

/// The first key of the smallest value.
inline std::size_t lowest_of(const std::map<std::size_t, double>& values) {
    return std::ranges::min_element(values, {}, [](const auto& entry) { return entry.second; })->first;
}

/// Options: those of the program sample, and those of distances, of which "measure" names one. A panel "trains" its own network first, once for all
/// seeds, or has one whose folder has the checkpoints. Measured: NAME.lowest, the smallest distance of a checkpoint, and NAME.last, that of the last
/// one; NAME.best, the step of the smallest; NAME.rises, the share of checkpoints that are worse than the one before. All checkpoints of a seed have
/// the same random numbers. NAME-best.safetensors is the one of the smallest mean over the seeds.
inline void checkpoints_kind(figure& f) {
    auto panels = panels_of(f);
    for (const panel& p : panels)
        require(p.measure.size() == 1 && find_feature_measure(p.measure[0]), "figure ", f.id, ": panel ", p.name, ": checkpoints are told apart by "
                "one distance in features, which \"measure\" names");
    train_panels(f, panels);
    distances distance{f, panels};
    for (const panel& p : panels) {
        const auto files = checkpoints_in(p.weights.parent_path() / "checkpoints");
        if (files.size() < 2)
            throw unavailable{"needs two or more files weights-STEP.safetensors in " + (p.weights.parent_path() / "checkpoints").string() +
                              ", which train --snapshot-every keeps; there are " + std::to_string(files.size())};
        std::map<std::size_t, double> found;
        for (const auto& [step, weights] : files) {
            panel at = p;
            at.weights = weights, at.folder = p.folder.string() + "-step" + std::to_string(step);
            draw_with("sample", f, at);
            const auto values = distance.values_of(f, at);
            if (values.empty()) break;                                              // not evaluated
            found[step] = values.at(p.measure[0]);
            f.settings["checkpoints"][p.name][std::to_string(step)].push_back(found[step]);
        }
        if (found.empty()) {
            for (const char* what : {".lowest", ".last", ".best", ".rises"})
                f.report.not_evaluated(p.name + what, f.report.at(p.name + '.' + p.measure[0]).missing);
            continue;
        }
        std::vector<double> values;
        for (const auto& [step, value] : found) values.push_back(value);
        f.measure(p.name + ".lowest", *std::ranges::min_element(values));
        f.measure(p.name + ".last", values.back());
        f.measure(p.name + ".best", static_cast<double>(lowest_of(found)));
        f.measure(p.name + ".rises", share_of_rises(values));
    }
    if (!f.last()) return;
    gnuplot_table curves;
    std::size_t evaluated = 0;
    std::string text;
    const json kept = f.settings.value("checkpoints", json::object());               // step -> the numbers of all seeds
    for (const panel& p : panels) {
        std::map<std::size_t, double> means;
        const json steps = kept.value(p.name, json::object());
        for (const auto& [step, values] : steps.items()) {
            const measurement of{.name = {}, .statement = {}, .values = values};
            const std::size_t number = count_of("step", step);
            means[number] = of.mean();
            curves.line(number, of.mean(), std::isnan(of.uncertainty()) ? 0 : of.uncertainty());
        }
        curves.next();
        text += "caption_" + std::to_string(p.number) + " = " + gnuplot_string(p.caption) + '\n';
        if (means.empty()) continue;
        ++evaluated;
        text += "floor_" + std::to_string(p.number) + " = " + std::to_string(f.report.at(p.floor + ".floor." + p.measure[0]).mean()) + '\n';
        const std::size_t best = lowest_of(means);
        text += "best_" + std::to_string(p.number) + " = " + std::to_string(best) + "\nlowest_" + std::to_string(p.number) + " = " +
                std::to_string(means.at(best)) + '\n';
        f.settings["best"][p.name] = best;
        std::filesystem::copy_file(checkpoints_in(p.weights.parent_path() / "checkpoints").at(best), f.out / (p.name + "-best.safetensors"),
                                   std::filesystem::copy_options::overwrite_existing);
    }
    save_text(f.out / "curves.txt", curves.text());
    save_text(f.out / "panels.gp", "panels = " + std::to_string(panels.size()) + "\nevaluated = " + std::to_string(evaluated) + "\ndistance = " +
                                       gnuplot_string(find_feature_measure(panels[0].measure[0])->title) + '\n' + text);
}

}  // namespace ncsn
