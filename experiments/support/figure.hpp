// SPDX-License-Identifier: Apache-2.0
/// \file  What the programs of figures share: settings from the figure's description, runs for every seed, the verdict below.
#pragma once

#include "../common.hpp"
#include "claim_report.hpp"
#include "gnuplot.hpp"

#include <ncsn/arrays/files/json_values.hpp>
#include <ncsn/arrays/files/npy.hpp>

#include <functional>
#include <map>

namespace ncsn {

/// What a figure needs is not on this machine: exit status 77, and reproduce/all goes on.
struct unavailable : error {
    using error::error;
};

/// One run of a figure's program. Results go into its folder: arrays as npy, curves as text for gnuplot, numbers into the report.
struct figure {
    description about;             ///< as it holds for the preset, with the options of the command line
    std::string id;
    std::vector<std::uint64_t> seeds;
    std::uint64_t seed = 1;        ///< of this run
    std::filesystem::path out;
    claim_report report;
    std::map<std::string, std::filesystem::path> networks;  ///< the weights of those that the figure needs, by name
    std::string draw_on = "cpu";   ///< the device of the programs that draw from networks
    json settings = json::object();                         ///< what else belongs into claim.json
    std::string notes;             ///< printed below the numbers

    bool first() const { return seed == seeds.front(); }
    bool last() const { return seed == seeds.back(); }
    /// An option of the preset, or of the command line.
    template <class T> T option(const std::string& name) const {
        const auto& all = about.text.at("options");
        require(all.contains(name), "figure ", id, ": its description has no option \"", name, "\" for this preset");
        try {
            if constexpr (std::integral<T> && !std::same_as<T, bool>) return number_of<T>(all.at(name), "figure " + id, "--" + name);
            else return all.at(name).get<T>();
        } catch (const json::exception& reason) {
            fail("--", name, " ", all.at(name).dump(), ": ", reason.what());
        }
    }
    template <class T> T option(const std::string& name, T otherwise) const { return about.options().contains(name) ? option<T>(name) : otherwise; }

    void measure(const std::string& name, double value) { report.measure(name, value); }
    /// A share of independent trials.
    void measure_share(const std::string& name, std::size_t successes, std::size_t trials) { report.measure_share(name, successes, trials); }
    /// NAME.npy from the first seed; the other seeds count in the numbers only.
    template <Array A> void keep(const std::string& name, const A& x) const {
        if (first()) save_npy(out / (name + ".npy"), x);
    }
    /// Text for gnuplot, from the first seed.
    void keep_text(const std::string& name, const std::string& text) const {
        if (first()) save_text(out / name, text);
    }
    void keep_text(const std::string& name, const gnuplot_table& table) const { keep_text(name, table.text()); }
    /// A table for the picture (plot/table.gp), for claim.json and for who reads along: rows of cells, the first of headings.
    void keep_table(text_rows rows);
};

/// Where a data set of that name is looked for.
std::filesystem::path data_place(const std::string& name);
/// How a data set is called in a picture: a file variant.txt beside it says what is special about this copy, "JPEG-75" for one that was re-encoded.
std::string data_variant(const std::string& name);

using figure_run = std::function<void(figure&)>;

/// The main of a figure's program: run(f) for every seed of the description, then the report. run_of(f) gives that function.
/// Exit status 0: every guard holds, and every statement of the paper that is not known to fail; 1: one does not, or an error; 77: data or networks
/// are not there.
int reproduce_figures(int argc, char** argv, const device_of_program& device, const std::function<figure_run(const figure&)>& run_of);
inline int reproduce_figures(int argc, char** argv, const std::function<figure_run(const figure&)>& run_of) {
    return reproduce_figures(argc, argv, this_device, run_of);
}
/// The main of a program of one figure.
inline int reproduce(int argc, char** argv, const figure_run& run) {
    return reproduce_figures(argc, argv, [&](const figure&) { return run; });
}
/// The main of a program that draws several: which, the description says.
inline int reproduce_one_of(int argc, char** argv, const std::map<std::string, figure_run>& figures) {
    return reproduce_figures(argc, argv, [&](const figure& f) {
        std::string known;
        for (const auto& [name, run] : figures) known += (known.empty() ? "" : ", ") + name;
        require(figures.contains(f.id), "figure ", f.id, ": this program draws ", known);
        return figures.at(f.id);
    });
}

}  // namespace ncsn
