// SPDX-License-Identifier: Apache-2.0
/// \file  What the programs of the figures share: their options, and the end of a run with its numbers and verdict.
#pragma once

#include "claim_report.hpp"
#include "common.hpp"

namespace ncsn {

struct figure_options {
    std::vector<std::uint64_t> seeds{1, 2, 3};
    std::filesystem::path out, expected;

    explicit figure_options(const std::string& figure) : out{"out/" + figure}, expected{"reproduce/expected/" + figure + ".json"} {}
    void add_to(CLI::App& app) {
        app.add_option("--seeds", seeds, "seeds of the runs, separated by commas")->delimiter(',')->capture_default_str();
        app.add_option("--out", out, "folder for numbers, claim.json and what the picture is drawn from")->capture_default_str();
        app.add_option("--expected", expected, "file of expected values and tolerances")->capture_default_str();
    }
};

/// numbers.gp and claim.json, the table on the screen, and the exit status: 0 when every claim holds.
inline int conclude(const claim_report& report, const figure_options& options, json settings, double seconds) {
    settings.update({{"seeds", options.seeds}, {"seconds", seconds}});
    save_text(options.out / "numbers.gp", "first_seed = " + std::to_string(options.seeds.front()) + '\n' + report.gnuplot_variables());
    report.save(options.out / "claim.json", settings);
    report.print(std::cout);
    std::cout << '\n' << options.seeds.size() << " seeds, " << std::fixed << std::setprecision(1) << seconds << " s\n";
    return report.passed() ? 0 : 1;
}

}  // namespace ncsn
