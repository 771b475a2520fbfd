// SPDX-License-Identifier: Apache-2.0
/// \file  The main of all programs of figures.
#include "figure.hpp"

#include "../program.hpp"
#include "figure_options.hpp"

#include <fstream>

namespace ncsn {

void figure::keep_table(text_rows rows) {
    save_text(out / "table.txt", tabbed(rows));
    save_text(out / "table.gp", table_sizes(rows));
    report.table = std::move(rows);
}

std::filesystem::path data_place(const std::string& name) {
    const char* root = std::getenv("NCSN_DATA");
    return std::filesystem::path{root && *root ? root : "data"} / name;
}
std::string data_variant(const std::string& name) {
    std::ifstream file{data_place(name) / "variant.txt"};
    std::string variant;
    std::getline(file, variant);
    return variant;
}

/// What the picture says of itself, and the numbers, as variables of gnuplot.
static std::string picture_variables(const figure& f) {
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

int reproduce_figures(int argc, char** argv, const device_of_program& device, const std::function<figure_run(const figure&)>& run_of) {
    const std::string program = std::filesystem::path{argv[0]}.filename();
    std::string file, preset = early_option(argc, argv, "--preset", "short");
    figure f;
    program_options app{"Draws one figure. reproduce/ID calls it with the figure's description, and reproduce/ID --help says what that is.", program};
    app.add("--description", file, "reproduce/figures/PAPER/ID/figure.json of the figure").required();
    app.add("--preset", preset, "how much work: smoke (under a minute), short, paper (the paper's settings)").one_of(preset_names).show_default();
    app.add("--seeds", f.seeds, "seeds of the runs, separated by commas; numbers are means over them, pictures show the first").list();
    app.add("--out", f.out, "folder for numbers, claim.json and what the picture is drawn from (default: out/ID)");
    std::vector<std::string> networks;
    app.add("--network", networks, "NAME=FILE: the weights of a network that the figure needs").each_time();
    app.add("--draw-on", f.draw_on, "cpu or cuda: where the programs that draw from networks compute").show_default();
    std::optional<figure_options> options;
    std::string refusal;
    try {
        if (const std::string early = early_option(argc, argv, "--description", ""); !early.empty() &&
            std::find(preset_names.begin(), preset_names.end(), preset) != preset_names.end()) {
            f.about = description{early, preset};
            refusal = "description " + early + ": ";                                // of its options: said below, like any other error
            options.emplace(app, f.about.options());
            refusal.clear();
        }
    } catch (const error& reason) {
        refusal += reason.what();
    }
    const auto drawn = [&] {
        require(refusal.empty(), refusal);
        f.about.complete();
        f.about.text["options"] = options->values();
        f.id = f.about.id();
        const auto run = run_of(f);
        const bool random = !f.about.seeds().empty();
        require(random || f.seeds.empty(), "--seeds: nothing in ", f.id, " is random");
        if (f.seeds.empty()) f.seeds = random ? f.about.seeds() : std::vector<std::uint64_t>{1};
        if (f.out.empty()) f.out = "out/" + f.id;
        for (const std::string& entry : networks) {
            const std::size_t at = entry.find('=');
            require(at != entry.npos, "--network ", entry, ": NAME=FILE was expected");
            f.networks[entry.substr(0, at)] = entry.substr(at + 1);
        }
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
    };
    return run_program(app, argc, argv, device, [&] {
        try {
            return drawn();
        } catch (const json::exception& reason) {                                   // a field, a panel or an option of another type
            fail("description ", file, ": ", reason.what(), "; docs/extending-figures.md says what a description holds");
        }
    });
}

}  // namespace ncsn
