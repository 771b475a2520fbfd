// SPDX-License-Identifier: Apache-2.0
/// \file  Figure 1 of Jolicoeur-Martineau et al. (2020): how much noise is left in x while annealed Langevin and consistent annealed sampling run.
///
/// Twice: by the recursion for a perfect score, and measured on our samplers with the score of a single point, s = (y - x)/σ², whose samples
/// are nothing but y plus that noise.
#include "../support/figure.hpp"

#include <ncsn/levels/choice.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/consistent.hpp>
#include <ncsn/samplers/langevin.hpp>

#include <cmath>

using namespace ncsn;

constexpr std::size_t levels = 232;
constexpr double largest = 50, smallest = 0.01, eta = 0.02;
const geometric schedule{{.first = largest, .last = smallest, .levels = levels}};
const step_size step = full_step(eta * smallest * smallest);

/// The score of data that are the single point 0.
struct point_score {
    array operator()(const array& x, const noise_levels& z) const { return column(z, x, [](double sigma) { return -1 / (sigma * sigma); }) * x; }
};

double deviation(const array& x) {
    double squares = 0;
    for (const float value : x.values()) squares += static_cast<double>(value) * value;
    return std::sqrt(squares / static_cast<double>(x.size()));
}

/// The standard deviation of the noise in our sampler's chains at the start and after each level.
std::vector<double> measured(const auto& transition, const geometric& levels_of_run, const array& x0, philox& rng) {
    std::vector<double> deviations{deviation(x0)};
    annealed{levels_of_run, transition}(point_score{}, x0, rng, [&](const noise_level&, const array& x) { deviations.push_back(deviation(x)); });
    return deviations;
}

void run(figure& f) {
    philox rng{f.seed};
    const std::size_t chains = f.option<std::size_t>("chains");
    const array start = largest * normal<array>({chains, 1}, rng);

    const std::vector<std::size_t> moves{1, 2, 5, 20};
    std::vector<std::vector<double>> expected, found;
    for (const std::size_t n : moves) {
        expected.push_back(langevin_deviations(schedule, eta, n));
        found.push_back(measured(repeat{n, langevin{step}}, schedule, start, rng));
    }
    double worst = 0;
    for (std::size_t k = 0; k < moves.size(); ++k)
        for (std::size_t i = 0; i <= levels; ++i) worst = std::max(worst, std::abs(found[k][i] / expected[k][i] - 1));
    f.measure("recursion_met", worst);
    double least = std::numeric_limits<double>::infinity();                         // of what our sampler has, in units of the schedule
    for (std::size_t k = 0; k < moves.size(); ++k) {
        double excess = 0;
        for (std::size_t i = 1; i < levels; ++i) {
            least = std::min(least, found[k][i] / schedule[i]);
            excess = std::max(excess, found[k][i] - schedule[i]);
        }
        f.measure("n" + std::to_string(moves[k]) + ".excess", excess);
    }
    f.measure("every_level", least);

    // A consistent chain enters every level with that level's noise. It needs η >= 1 - γ, and η = 0.02 is too small for 232 levels: the same
    // range is cut into ten times as many.
    const geometric fine{{.first = largest, .last = smallest, .levels = 10 * (levels - 1) + 1}};
    const auto consistent_found = measured(consistent{step}, fine, start, rng);
    double residual = 0;
    for (std::size_t i = 0; i < fine.size(); ++i) residual = std::max(residual, std::abs(consistent_found[i] / fine[i] - 1));
    f.measure("consistent_residual", residual);
    const char* const names[] = {"quarter", "half", "three_quarters", "end"};
    for (std::size_t k = 0; k < 4; ++k) {
        const std::size_t i = (k + 1) * (fine.size() - 1) / 4;
        f.measure(std::string{"consistent."} + names[k], consistent_found[i] / fine[i]);
    }

    gnuplot_table curves;                                                           // level, geometric, then recursion and measurement for each n
    for (std::size_t i = 0; i < levels; ++i) {
        std::vector<double> row{static_cast<double>(i), schedule[i]};
        for (std::size_t k = 0; k < moves.size(); ++k) row.insert(row.end(), {expected[k][i], found[k][i]});
        row.push_back(consistent_found[10 * i]);
        curves.line(row);
    }
    f.keep_text("curves.txt", curves);
}

int main(int argc, char** argv) {
    return reproduce(argc, argv, run);
}
