// SPDX-License-Identifier: Apache-2.0
/// \file  Figure 6 and Table 3 of Gao et al. (2021): steps and acceptance of Hamiltonian Monte Carlo by level, ln Z by the number of samples, bits.
#include "kinds/drawing.hpp"

#include <ncsn/arrays/files/json_values.hpp>

#include <cmath>

using namespace ncsn;

/// What the program density says of a panel.
json density_of(const figure& f, const panel& p) {
    draw_with("density", f, p);
    return read_json_file(p.folder / "density.json", "densities", longest_results);
}
std::vector<double> numbers(const json& list) { return list.get<std::vector<double>>(); }

/// A panel for each number of moves: 1 (normal approximations alone) and more (with Hamiltonian Monte Carlo).
void figure6(figure& f) {
    std::vector<double> ends;
    double lowest = 1, highest = 0;
    for (const panel& p : panels_of(f)) {
        const json found = density_of(f, p);
        const json& curve = found.at("curve");
        gnuplot_table points;
        std::vector<double> log_z;
        for (const json& point : curve) {
            log_z.push_back(point.at("log_z"));
            points.line(point.at("samples").get<std::size_t>(), log_z.back());
        }
        f.keep_text(p.name + "_curve.txt", points);
        f.measure(p.name + ".first", log_z.front());
        f.measure(p.name + ".last", log_z.back());
        f.measure(p.name + ".effective", curve.back().at("least_effective").get<double>());
        ends.push_back(log_z.back());
        if (found.at("steps").empty()) continue;
        auto steps = numbers(found.at("steps"));                                     // there in units of each level's sigma
        for (std::size_t t = 0; t < steps.size(); ++t) steps[t] *= found.at("sigmas").at(t).get<double>();
        const auto adapted = numbers(found.at("adapted_acceptance"));
        const auto acceptance = numbers(found.at("acceptance"));
        gnuplot_table levels;
        for (std::size_t t = 0; t < steps.size(); ++t) levels.line(t, steps[t], adapted[t], acceptance[t]);
        f.keep_text("levels.txt", levels);
        for (const double a : adapted) lowest = std::min(lowest, a), highest = std::max(highest, a);
        const std::size_t part = std::max<std::size_t>(1, steps.size() / 10);
        const auto mean_of = [&](std::size_t first) {
            double sum = 0;
            for (std::size_t t = first; t < first + part; ++t) sum += std::log(steps[t]) / static_cast<double>(part);
            return sum;
        };
        f.measure("steps.growth", mean_of(steps.size() - part) - mean_of(0));
    }
    if (lowest <= highest) f.measure("acceptance.lowest", lowest), f.measure("acceptance.highest", highest);
    f.measure("ends.apart", *std::ranges::max_element(ends) - *std::ranges::min_element(ends));
}

void table3(figure& f) {
    text_rows table{{"data", "bits a dimension", "standard error", "bias", "least samples in effect"}};
    for (const panel& p : panels_of(f)) {
        const json found = density_of(f, p);
        const json& bits = found.at("bits");
        f.measure(p.name + ".effective", found.at("least_effective").get<double>());
        f.measure(p.name + ".bits", bits.at("per_dimension").get<double>());
        f.measure(p.name + ".error", bits.at("standard_error").get<double>());
        f.measure(p.name + ".bias", bits.at("bias").get<double>());
        table.push_back({p.caption, brief(bits.at("per_dimension")), brief(bits.at("standard_error"), 2), brief(bits.at("bias"), 2),
                         brief(found.at("least_effective"), 3)});
    }
    if (f.first()) f.keep_table(std::move(table));
}

int main(int argc, char** argv) {
    return reproduce_one_of(argc, argv, {{"drl_fig6_hmc", figure6}, {"drl_table3_bits", table3}});
}
