// SPDX-License-Identifier: Apache-2.0
/// \file  Kind "table": a row a panel, a column a measure, an option, or what the paper prints.
#pragma once

#include "curves.hpp"
#include "distances.hpp"
#include "judging.hpp"
#include "timings.hpp"

namespace ncsn {

/// "columns" of the description: [{"head", and one of "measure", "option"}]. A panel that "says" what belongs below a head, {"says": {head: text}},
/// has that in the cell; one without a name is drawn from no network, and is a row of what the paper prints.
struct table_column {
    std::string head, measure, option;
};
inline std::vector<table_column> columns_of(const figure& f) {
    std::vector<table_column> columns;
    for (const json& entry : f.about.text.at("columns"))
        columns.push_back({entry.value("head", ""), entry.value("measure", ""), entry.value("option", "")});
    return columns;
}
/// What was measured under that name, or a dash.
inline std::string measured_cell(const figure& f, const std::string& quantity) {
    return f.about.text.at("quantities").contains(quantity) ? f.report.at(quantity).text() : "-";
}
/// The rows in the order of the panels, below them the floors of what has one, and what a classifier says of real images.
inline text_rows table_rows(const figure& f, const std::vector<panel>& drawn) {
    const auto columns = columns_of(f);
    text_rows rows{{f.about.string("row")}};
    for (const table_column& column : columns) rows.front().push_back(column.head);
    const auto row = [&](const std::string& caption, const auto& cell) {
        std::vector<std::string> cells{caption};
        for (const table_column& column : columns) cells.push_back(cell(column));
        rows.push_back(std::move(cells));
    };
    auto next = drawn.begin();
    for (const json& entry : f.about.text.at("panels")) {
        const json says = entry.value("says", json::object());
        const panel* const of = entry.contains("name") ? &*next++ : nullptr;
        row(entry.value("caption", ""), [&](const table_column& column) -> std::string {
            if (says.contains(column.head)) return says.at(column.head);
            if (!of) return "-";
            if (!column.measure.empty()) return measured_cell(f, of->name + '.' + column.measure);
            const json value = of->options.value(column.option, json{});
            return value.is_null() ? "-" : value.is_string() ? value.get<std::string>() : value.dump();
        });
    }
    const auto floor = [](const panel& p, const std::string& measure) { return p.name + ".floor." + measure; };
    for (const panel& p : drawn) {
        const bool any = std::ranges::any_of(columns, [&](const table_column& c) { return measured_cell(f, floor(p, c.measure)) != "-"; });
        if (any) row("real images, halves of " + p.data, [&](const table_column& c) { return measured_cell(f, floor(p, c.measure)); });
    }
    const auto real = [&](const table_column& c) { return measured_cell(f, "real." + c.measure); };
    if (std::ranges::any_of(columns, [&](const table_column& c) { return real(c) != "-"; })) row("test images, as many", real);
    return rows;
}

/// Options: those of the program sample, and those of distances and timings. All else in a row is measured on the samples that are drawn for it.
inline void table_kind(figure& f) {
    auto panels = panels_of(f);
    auto known = feature_measure_names();
    for (const std::string& name : timing_names()) known.push_back(name);
    const judging judge{f, panels, known};
    timings time{panels};
    distances distance{f, panels};
    const curves by_option{f, panels};
    std::size_t count = 0;
    for (const panel& p : panels) {
        time.measure(f, p);
        if (!shows_samples(p)) continue;
        const host_array x = drawn(f, p);
        judge.measure(f, p, p.name, x);
        distance.measure(f, p);
        count = std::max(count, x.shape()[0]);
    }
    by_option.measure(f);
    judge.measure_controls(f, count);
    if (f.last()) f.keep_table(table_rows(f, panels));
}

}  // namespace ncsn
