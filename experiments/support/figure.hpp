// SPDX-License-Identifier: Apache-2.0
/// \file  What the programs of figures share: settings from the figure's description, runs for every seed, the verdict below.
#pragma once

#include "../common.hpp"
#include "claim_report.hpp"
#include "figure_options.hpp"
#include "gnuplot.hpp"

#include <ncsn/arrays/files/json_values.hpp>
#include <ncsn/arrays/files/npy.hpp>

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
    void keep_table(text_rows rows) {
        save_text(out / "table.txt", tabbed(rows));
        save_text(out / "table.gp", table_sizes(rows));
        report.table = std::move(rows);
    }
};

/// Where a data set of that name is looked for.
inline std::filesystem::path data_place(const std::string& name) {
    const char* root = std::getenv("NCSN_DATA");
    return std::filesystem::path{root && *root ? root : "data"} / name;
}
/// How a data set is called in a picture: a file variant.txt beside it says what is special about this copy, "JPEG-75" for one that was re-encoded.
inline std::string data_variant(const std::string& name) {
    std::ifstream file{data_place(name) / "variant.txt"};
    std::string variant;
    std::getline(file, variant);
    return variant;
}

/// What the picture says of itself, and the numbers, as variables of gnuplot.
inline std::string picture_variables(const figure& f) {
    std::string text = "figure_title = " + gnuplot_string(f.about.string("title")) + "\nran = " + gnuplot_string(f.about.ran()) +
                       "\npreset = " + gnuplot_string(f.about.preset) + "\nfirst_seed = " + std::to_string(f.seeds.front()) + '\n';
    for (const auto& [name, value] : f.about.options().items()) {
        std::string variable = "option_" + name;
        std::replace(variable.begin(), variable.end(), '-', '_');
        text += variable + " = " + gnuplot_string(value.is_string() ? value.get<std::string>() : value.dump()) + '\n';
    }
    for (const std::string& name : f.about.strings("needs", "data"))
        if (const std::string variant = data_variant(name); !variant.empty()) text += "variant_" + name + " = " + gnuplot_string(variant) + '\n';
    return text + f.report.gnuplot_variables();
}

/// The main of a figure's program: run(f) for every seed of the description, then the report. run_of(id) gives that function.
/// Exit status 0: every guard holds, and every statement of the paper that is not known to fail; 1: one does not, or an error; 77: data or networks
/// are not there.
template <class RunOf> int reproduce_figures(int argc, char** argv, const RunOf& run_of) {
    const std::string program = std::filesystem::path{argv[0]}.filename();
    std::string file, preset = early_option(argc, argv, "--preset", "short");
    figure f;
    CLI::App app{"Draws one figure. reproduce/ID calls it with the figure's description, and reproduce/ID --help says what that is.", program};
    app.add_option("--description", file, "reproduce/figures/PAPER/ID/figure.json of the figure")->required();
    app.add_option("--preset", preset, "how much work: smoke (under a minute), short, paper (the paper's settings)")
        ->check(CLI::IsMember(preset_names))->capture_default_str();
    app.add_option("--seeds", f.seeds, "seeds of the runs, separated by commas; numbers are means over them, pictures show the first")
        ->delimiter(',');
    app.add_option("--out", f.out, "folder for numbers, claim.json and what the picture is drawn from (default: out/ID)");
    std::vector<std::string> networks;
    app.add_option("--network", networks, "NAME=FILE: the weights of a network that the figure needs")->take_all();
    app.add_option("--draw-on", f.draw_on, "cpu or cuda: where the programs that draw from networks compute")->capture_default_str();
    std::optional<figure_options> options;
    std::string refusal;
    try {
        if (const std::string early = early_option(argc, argv, "--description", ""); !early.empty() &&
            std::find(preset_names.begin(), preset_names.end(), preset) != preset_names.end()) {
            f.about = description{early, preset};
            options.emplace(app, f.about.options());
        }
    } catch (const error& reason) {
        refusal = reason.what();                                                    // said below, like any other error
    }
    return run_program(app, argc, argv, [&] {
        require(refusal.empty(), refusal);
        f.about.complete();
        f.about.text["options"] = options->values();
        f.id = f.about.id();
        const auto run = run_of(f);
        const bool random = !f.about.seeds().empty();
        require(random || f.seeds.empty(), "--seeds: nothing in ", f.id, " is random");
        if (f.seeds.empty()) f.seeds = random ? f.about.seeds() : std::vector<std::uint64_t>{1};
        if (f.out.empty()) f.out = "out/" + f.id;
        for (const std::string& entry : networks) f.networks[entry.substr(0, entry.find('='))] = entry.substr(entry.find('=') + 1);
        f.report = claim_report{f.about};
        const stopwatch clock;
        try {
            for (const std::string& name : f.about.strings("needs", "data"))
                if (!std::filesystem::exists(data_place(name)))
                    throw unavailable{"needs the data set " + name + " in " + data_place(name).string() + "; data/fetch " + name +
                                      " gets it, or data/README.md says how it is made; NCSN_DATA names another folder"};
            for (const std::string& name : f.about.strings("needs", "networks"))
                if (!f.networks.contains(name)) throw unavailable{"needs the network " + name + ": --network " + name + "=FILE"};
            make_folder(f.out, {"claim.json", "numbers.gp"}, true);
            for (const std::uint64_t seed : f.seeds) f.seed = seed, run(f);
        } catch (const unavailable& reason) {
            std::cerr << f.id << ": " << reason.what() << '\n';
            return 77;
        }
        json settings;
        settings["preset"] = f.about.preset, settings["seconds"] = clock.seconds();
        if (random) settings["seeds"] = f.seeds;
        settings["options"] = f.about.options();
        for (const std::string& name : f.about.strings("needs", "data")) settings["data"][name] = data_variant(name);
        for (const auto& [name, weights] : f.networks) settings["networks"].push_back(name);
        settings.update(f.settings);
        save_text(f.out / "numbers.gp", picture_variables(f));
        f.report.save(f.out / "claim.json", settings);
        f.report.print(std::cout);
        std::cout << '\n' << f.about.preset << ", ";
        if (random) std::cout << f.seeds.size() << (f.seeds.size() == 1 ? " seed, " : " seeds, ");
        std::cout << duration(clock.seconds()) << '\n' << f.notes;
        return f.report.passed() ? 0 : 1;
    });
}
/// The main of a program of one figure.
template <class Run> int reproduce(int argc, char** argv, const Run& run) {
    return reproduce_figures(argc, argv, [&](const figure&) { return run; });
}
/// The main of a program that draws several: which, the description says.
inline int reproduce_one_of(int argc, char** argv, const std::map<std::string, void (*)(figure&)>& figures) {
    return reproduce_figures(argc, argv, [&](const figure& f) {
        std::string known;
        for (const auto& [name, run] : figures) known += (known.empty() ? "" : ", ") + name;
        require(figures.contains(f.id), "figure ", f.id, ": this program draws ", known);
        return figures.at(f.id);
    });
}

}  // namespace ncsn
