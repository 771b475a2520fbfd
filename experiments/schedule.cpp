// SPDX-License-Identifier: Apache-2.0
/// \file  Noise levels for a data set by the rules of Song & Ermon (2020), which adversarial score matching takes: σ₁ is the largest distance between
/// two images, L gives neighbouring levels enough overlap; the step of annealed Langevin dynamics that keeps the noise nearest the levels, and the
/// step sizes that consistent sampling may take.
#include <ncsn/levels/choice.hpp>
#include <ncsn/levels/schedule.hpp>
#include <ncsn/samplers/consistent.hpp>
#include <ncsn/statistics/largest_distance.hpp>

#include "program.hpp"

using namespace ncsn;

/// As many levels as the programs take, and as many steps from level to level.
constexpr std::size_t most_levels = 4096, most_steps = 1 << 18;

int main(int argc, char** argv) {
    std::string data_name, data_dir, out;
    double first = 0, last = 0.01, overlap = 0.5;
    std::size_t count = 0, levels = 0, n_sigma = 1;
    program_options app{
        "Prints noise levels for a data set: sigma_1 by Technique 1 (the largest distance between two images), their number by Technique 2 "
        "(Song & Ermon 2020), the step size of annealed Langevin dynamics by Technique 4, and the admissible ones of consistent sampling.",
        "schedule"};
    app.add("--data", data_name, data_help).required();
    app.add("--data-dir", data_dir, data_dir_help);
    app.add("--count", count, "of its first images only; 0: all").show_default();
    app.add("--sigma-first", first, "sigma_1, where it is known; 0: the largest distance").show_default();
    app.add("--sigma-last", last, "sigma_L").show_default();
    app.add("--overlap", overlap, "of neighbouring levels (the paper: 0.5)").show_default();
    app.add("--levels", levels, "L, where it is known; 0: by Technique 2").show_default();
    app.add("--steps-per-level", n_sigma, "T of annealed Langevin dynamics; of consistent sampling, which puts levels between the levels for "
            "it").show_default();
    app.add("--out", out, "file for the same numbers as JSON");
    return run_program(app, argc, argv, [&] {
        require(std::isfinite(last) && last > 0, "--sigma-last ", last, ": a positive number was expected");
        require(std::isfinite(first) && (first == 0 || first > last), "--sigma-first ", first, ": more than --sigma-last ", last, " was expected, "
                "or 0");
        require(n_sigma > 0 && n_sigma <= most_levels, "--steps-per-level ", n_sigma, ": 1 to ", most_levels, " were expected");
        require(levels <= most_levels && levels != 1, "--levels ", levels, ": 2 to ", most_levels, " were expected, or 0");
        const auto require_steps = [&] {
            require(levels * n_sigma <= most_steps, "--steps-per-level ", n_sigma, ": of ", levels, " levels that makes more than ", most_steps,
                    " in all");
        };
        require_steps();
        const data_set data = open_dataset<host_array>(data_name, split::train, data_dir);
        const shape& image = data.shape();
        require(count <= data.size() && count != 1, "--count ", count, ": 2 to ", data.size(), " images were expected, or 0");
        const double ratio = level_ratio(image.row_size(), overlap);                // throws before the long work
        if (!out.empty()) require_place(out);
        json found{{"data", data_name}, {"images", count == 0 ? data.size() : count}, {"image", {image[1], image[2], image[3]}}};

        std::cout << data_name << ": " << found["images"] << " images of " << image[1] << " x " << image[2] << " x " << image[3] << '\n';
        if (first == 0) {
            struct first_images {
                const data_set& data;
                std::size_t count;
                std::size_t size() const { return count; }
                const ncsn::shape& shape() const { return data.shape(); }
                host_array batch(std::span<const std::size_t> rows) const { return data.batch(rows); }
            };
            progress_line line;
            const auto pair = largest_distance(first_images{data, found["images"]}, [&](double share) {
                line.show("distances: " + brief(100 * share, 3) + " % of the images", share == 1);
            });
            line.end();
            require(pair.distance > last, "--data ", data_name, ": the largest distance between two images is ", pair.distance, ", not more than "
                    "--sigma-last ", last);
            first = pair.distance;
            found["farthest"] = {pair.first, pair.second}, found["compared"] = pair.compared;
            std::cout << "sigma_1 = " << joined(first) << "  (Technique 1: the distance of images " << pair.first << " and " << pair.second
                      << "; " << brief(100 * pair.compared, 3) << " % of the pairs were looked at)\n";
        } else std::cout << "sigma_1 = " << joined(first) << "  (given)\n";
        const double exact = level_count(first, last, ratio);
        require(levels > 0 || exact <= static_cast<double>(most_levels), "--data ", data_name, ": Technique 2 asks for ", exact, " levels; ",
                most_levels, " are the most");
        if (levels == 0) levels = std::max<std::size_t>(2, static_cast<std::size_t>(std::ceil(exact)));
        require_steps();
        std::cout << "L = " << levels << "  (Technique 2: " << brief(exact) << ", levels " << brief(1 / ratio, 6) << " times the next)\n";

        const auto all = levels_of(geometric{{first, last, (levels - 1) * n_sigma + 1}});
        const admissible_steps steps{all};
        const std::string moves = std::to_string(n_sigma) + (n_sigma == 1 ? " step" : " steps") + " a level";
        const double gamma = std::pow(last / first, 1 / static_cast<double>(levels - 1)), eta = quietest_eta(gamma, n_sigma);
        const double noise = std::sqrt(langevin_noise(gamma, eta, n_sigma));
        std::cout << "annealed Langevin, " << moves << ": epsilon = " << joined(eta * last * last)
                  << "  (Technique 4: with a perfect score a level ends with " << brief(noise, 4) << " times its noise, the least)\n"
                  << "consistent sampling, " << moves << ": epsilon in " << steps.text() << steps.reason() << '\n'
                  << "next: train --data " << shell_quoted(data_name) << " --sigma-first " << joined(first) << " --sigma-last " << joined(last)
                  << " --levels " << levels << '\n';
        found["sigma_first"] = first, found["sigma_last"] = last, found["levels"] = levels, found["technique_2"] = exact, found["ratio"] = ratio;
        found["steps_per_level"] = n_sigma, found["epsilon"] = {steps.least(), steps.most()};
        found["technique_4"] = {{"epsilon", eta * last * last}, {"noise", noise}};
        if (!out.empty()) save_json(out, found);
        return 0;
    });
}
