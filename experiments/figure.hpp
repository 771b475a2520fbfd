// SPDX-License-Identifier: Apache-2.0
/// \file  What the programs of single figures share: how much work, which seeds, where to; the claim above, the verdict below.
#pragma once

#include "claim_report.hpp"
#include "common.hpp"

#include <ncsn/arrays/files/npy.hpp>

#include <sstream>

namespace ncsn {

/// What a figure needs is not on this machine: exit status 77, and reproduce/all goes on.
struct unavailable : error {
    using error::error;
};
/// A data set, or unavailable.
inline data_set open_data_or_skip(const std::string& name, split which) {
    const auto place = data_folder(name);
    if (std::filesystem::exists(place)) return open_dataset<host_array>(name, which);
    throw unavailable{"needs the data set " + name + " in " + place.string() + "; data/fetch " + name + " gets it, NCSN_DATA names another folder"};
}

/// The seeds of a figure that draws nothing: one run, and no --seeds.
inline const std::vector<std::uint64_t> nothing_random{};

/// One run of a figure's program. Results go into its folder: arrays as npy, curves as text for gnuplot, numbers into the report.
struct figure {
    std::string id;
    std::string preset = "short";  ///< smoke: under a minute; short: minutes to an hour; paper: the paper's own settings
    std::vector<std::uint64_t> seeds{1, 2, 3};
    std::uint64_t seed = 1;        ///< of this run
    std::filesystem::path out, expected;
    claim_report report;
    json settings;                 ///< how the numbers were made, beside preset and seeds; for claim.json
    std::string notes;             ///< printed below the numbers

    bool first() const { return seed == seeds.front(); }
    /// The number for this preset.
    template <class T> T by_preset(T smoke, T full, T paper) const { return preset == "smoke" ? smoke : preset == "short" ? full : paper; }

    void measure(const std::string& name, double value) { report.measure(name, value); }
    /// NAME.npy from the first seed; the other seeds count in the numbers only.
    template <Array A> void keep(const std::string& name, const A& x) const {
        if (first()) save_npy(out / (name + ".npy"), x);
    }
    /// Text for gnuplot, from the first seed.
    void keep_text(const std::string& name, const std::string& text) const {
        if (first()) save_text(out / name, text);
    }
};

/// The main of a figure's program: options, then run(f) for every seed, then the report. `name` is the figure's id, unless the first argument names
/// another (a figure that a second paper draws in its own way: run(f) looks at f.id); `what` its one line in --help;
/// `seeds` unless --seeds says otherwise, or nothing_random, and there is no --seeds; `add_options(app)` adds options of its own.
/// Exit status 0: every claim holds; 1: one does not, or an error; 77: the data are not there.
template <class Run, class AddOptions = void (*)(CLI::App&)>
int reproduce(int argc, char** argv, std::string name, const std::string& what, const Run& run, std::vector<std::uint64_t> seeds = {1, 2, 3},
              const AddOptions& add_options = [](CLI::App&) {}) {
    if (argc > 1 && argv[1][0] != '-') name = argv[1], --argc, ++argv;
    const bool random = !seeds.empty();
    if (!random) seeds = {1};
    figure f{.id = name, .seeds = std::move(seeds), .out = "out/" + name, .expected = "reproduce/expected/" + name + ".json", .report = {},
             .settings = {}, .notes = {}};
    CLI::App app{what, name};
    app.add_option("--preset", f.preset, "how much work: smoke (under a minute), short, paper (the paper's settings)")
        ->check(CLI::IsMember({"smoke", "short", "paper"}))->capture_default_str();
    if (random)
        app.add_option("--seeds", f.seeds, "seeds of the runs, separated by commas; numbers are means over them, pictures show the first")
            ->delimiter(',')->capture_default_str();
    app.add_option("--out", f.out, "folder for numbers, claim.json and what the picture is drawn from")->capture_default_str();
    app.add_option("--expected", f.expected, "file of expected values and tolerances")->capture_default_str();
    add_options(app);
    return run_program(app, argc, argv, [&] {
        f.report = claim_report{f.expected, f.preset};
        std::filesystem::create_directories(f.out);
        const stopwatch clock;
        try {
            for (const std::uint64_t seed : f.seeds) f.seed = seed, run(f);
        } catch (const unavailable& reason) {
            std::cerr << name << ": " << reason.what() << '\n';
            return 77;
        }
        json settings{{"id", name}, {"preset", f.preset}, {"seconds", clock.seconds()}};
        if (random) settings["seeds"] = f.seeds;
        if (!f.settings.empty()) settings.update(f.settings);
        save_text(f.out / "numbers.gp", "first_seed = " + std::to_string(f.seeds.front()) + '\n' + f.report.gnuplot_variables());
        f.report.save(f.out / "claim.json", settings);
        save_text(f.out / "claim.md", f.report.markdown());
        f.report.print(std::cout);
        std::cout << '\n';
        if (random) std::cout << f.seeds.size() << (f.seeds.size() == 1 ? " seed, " : " seeds, ");
        std::cout << duration(clock.seconds()) << '\n' << f.notes;
        return f.report.passed() ? 0 : 1;
    });
}

/// A figure among several that one program draws.
struct figure_entry {
    std::string name, what;
    void (*run)(figure&);
    std::vector<std::uint64_t> seeds{1, 2, 3};
};
/// The main of such a program: its first argument is the figure's id.
inline int reproduce_one_of(int argc, char** argv, const std::vector<figure_entry>& figures) {
    std::string known;
    for (const figure_entry& f : figures) {
        if (argc > 1 && f.name == argv[1]) return reproduce(argc, argv, f.name, f.what, f.run, f.seeds);
        known += "\n  " + f.name + "   " + f.what;
    }
    std::cerr << "the first argument is the figure:" << known << '\n';
    return 2;
}

}  // namespace ncsn
