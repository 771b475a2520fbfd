// SPDX-License-Identifier: Apache-2.0
/// \file  Section 3.2.2 of Song & Ermon (2019): Langevin dynamics does not see the weights of modes that are apart; annealed dynamics does.
///
/// π N((5,5), I) + (1-π) N((-5,-5), I) for π from 0.5 to 0.95, chains from U[-8,8]²: the share of them that ends at the upper mode against π. Scores,
/// levels and steps are those of the authors' program for Figure 3 (b) and (c).
#include "../support/figure.hpp"

#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/statistics/mode_weights.hpp>

#include <array>
#include <numeric>

using namespace ncsn;

namespace {

const std::vector<double> weights{0.5, 0.6, 0.7, 0.8, 0.9, 0.95};
const geometric schedule{{.first = 20, .last = 1, .levels = 10}};
constexpr std::size_t moves = 100;

/// The slope of y against x by least squares.
double slope_of(const std::vector<double>& x, const std::vector<double>& y) {
    const auto mean = [](const std::vector<double>& v) { return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size()); };
    const double mx = mean(x), my = mean(y);
    double sxy = 0, sxx = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sxy += (x[i] - mx) * (y[i] - my), sxx += (x[i] - mx) * (x[i] - mx);
    return sxy / sxx;
}

void run(figure& f) {
    const auto samples = f.option<std::size_t>("samples");
    philox rng{f.seed};
    const auto x0 = uniform<array>({samples, 2}, -8, 8, rng);
    const langevin step{half_step(0.1)};
    gnuplot_table table;
    std::vector<double> langevin_shares, annealed_shares;
    for (const double weight : weights) {
        const gaussian_mixture<array> atoms{{{weight, {5, 5}}, {1 - weight, {-5, -5}}}, 0};   // noise of σ = 1 makes them unit Gaussians
        const auto share = [&](const array& x) { return mode_weights(atoms, x)[0]; };
        langevin_shares.push_back(share(annealed{std::array{1.0}, repeat{moves * schedule.size(), step}}(atoms, x0, rng)));
        annealed_shares.push_back(share(annealed{schedule, repeat{moves, step}}(atoms, x0, rng)));
        table.line(weight, langevin_shares.back(), annealed_shares.back());
        const std::string name = std::to_string(std::lround(100 * weight));
        f.measure("langevin." + name, langevin_shares.back());
        f.measure("annealed." + name, annealed_shares.back());
    }
    f.keep_text("weights.txt", table);
    f.measure("langevin.slope", slope_of(weights, langevin_shares));
    f.measure("annealed.slope", slope_of(weights, annealed_shares));
}

}  // namespace

int main(int argc, char** argv) {
    return reproduce(argc, argv, run);
}
