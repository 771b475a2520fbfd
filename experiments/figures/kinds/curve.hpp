// SPDX-License-Identifier: Apache-2.0
/// \file  Kind "curve": a number that training wrote down, by step.
#pragma once

#include <ncsn/training/run_directory.hpp>

#include "drawing.hpp"

namespace ncsn {

/// Options: "column" of what training wrote, metrics.jsonl beside the weights of the panel's network, or NAME.metrics.jsonl beside NAME.safetensors.
/// NAME.first and NAME.last are the means of its first and last tenth.
inline void curve_kind(figure& f) {
    gnuplot_table table;
    std::string captions;
    const auto panels = panels_of(f);
    for (const panel& p : panels) {
        const std::filesystem::path weights = f.networks.at(p.network);
        auto file = std::filesystem::path{weights}.replace_extension(".metrics.jsonl");
        std::error_code ignored;
        if (!std::filesystem::exists(file, ignored)) file = weights.parent_path() / "metrics.jsonl";
        if (!std::filesystem::exists(file, ignored)) throw unavailable{"needs " + file.string() + ", which training writes"};
        const std::string column = f.option<std::string>("column");
        std::vector<double> values;
        each_metric(file, [&](std::string_view, const json& entry, std::size_t step) {
            if (!entry.contains(column)) return;
            values.push_back(number_of<double>(entry.at(column), file.string() + ", step " + std::to_string(step), column));
            table.line(step, values.back());
        });
        require(values.size() >= 10, "curve: ", file, " has ", values.size(), " lines with \"", column, "\"; at least 10 were expected");
        table.next();
        const std::size_t tenth = values.size() / 10;
        double first = 0, last = 0;
        for (std::size_t i = 0; i < tenth; ++i) first += values[i], last += values[values.size() - 1 - i];
        f.measure(p.name + ".first", first / static_cast<double>(tenth));
        f.measure(p.name + ".last", last / static_cast<double>(tenth));
        captions += "caption_" + std::to_string(p.number) + " = " + gnuplot_string(p.caption) + '\n';
    }
    f.keep_text("curves.txt", table);
    f.keep_text("panels.gp", "panels = " + std::to_string(panels.size()) + '\n' + captions);
}

}  // namespace ncsn
