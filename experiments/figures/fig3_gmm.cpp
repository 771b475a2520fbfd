// SPDX-License-Identifier: Apache-2.0
/// \file  Figure 3 of Song & Ermon (2019): exact samples, Langevin dynamics and annealed Langevin dynamics on two Gaussians, with exact scores.
///
/// Four annealed variants. `code`: what the authors' program runs. `paper`: what the text prints, which diverges. `corrected`: the text's noise
/// levels with a step that is stable. `report`: what the reproduction report takes the authors' program for, levels that end at e^0.1.
#include <ncsn/arrays/xtensor.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/samplers/unchecked.hpp>
#include <ncsn/statistics/kolmogorov_smirnov.hpp>
#include <ncsn/statistics/mode_weights.hpp>

#include "../support/figure.hpp"
#include "../support/two_gaussians.hpp"

#include <xtensor/xmath.hpp>

#include <algorithm>
#include <numbers>

using namespace ncsn;

constexpr std::size_t samples = 1280, moves = 1000;

/// The mixture, counting how often it is asked.
struct counted {
    const gaussian_mixture<array>& mixture;
    std::size_t& calls;
    array operator()(const array& x, const noise_levels& z) const {
        ++calls;
        return mixture(x, z);
    }
    double variance(double sigma) const { return mixture.variance(sigma); }
};

/// √E|x|² of points [N, 2].
double root_mean_square(const array& x) {
    return std::sqrt(2 * xt::mean(xt::square(xt::cast<double>(as_xtensor(x))))());
}

/// The two Gaussians: 4/5 N((5,5), I) + 1/5 N((-5,-5), I), with their variance seen through noise as 1 + σ²; and as atoms, whose variance is σ² (the
/// authors' program).
const auto target = two_gaussians<array>(), atoms = two_atoms<array>();

void record(figure& f, const std::string& name, const array& x) {
    const auto weights = mode_weights(target, x), deviations = mode_deviations(target, x);
    f.measure_share(name + ".upper_mode", static_cast<std::size_t>(std::lround(weights[0] * samples)), samples);
    f.measure(name + ".miss", std::abs(weights[0] - target.weights()[0]));
    f.measure(name + ".upper_deviation", deviations[0]);
    f.measure(name + ".lower_deviation", deviations[1]);
    save_npy(f.out / (name + "_seed" + std::to_string(f.seed) + ".npy"), x);
}

/// The share of the mixture at a level that lies nearer to the upper mean, half-planes that meet in 0: what chains in equilibrium there have.
double equilibrium_weight(const gaussian_mixture<array>& score, double sigma) {
    const double distance = 5 * std::numbers::sqrt2, share = normal_cdf(distance, 0, std::sqrt(score.variance(sigma)));
    return 0.8 * share + 0.2 * (1 - share);
}

/// Annealed Langevin dynamics, 100 moves a level; the weight of the upper mode after every level for the figure.
void anneal(figure& f, const std::string& name, const gaussian_mixture<array>& score, const geometric& schedule, step_size step, const array& x0,
            philox& rng) {
    gnuplot_table path;
    const auto watch = [&](const noise_level& level, const array& x) {
        path.line(level.index + 1, mode_weights(target, x)[0], equilibrium_weight(score, level.sigma));
    };
    record(f, name, annealed{schedule, repeat{100, langevin{step}}}(score, x0, rng, watch));
    f.keep_text(name + "_path.txt", path);
}

/// The printed settings: refused before the run, and what happens without the refusal.
void as_printed(figure& f, const array& x0, philox& rng) {
    const geometric schedule{{.first = 10, .last = 0.1, .levels = 10}};
    const langevin transition{half_step(0.1)};
    const annealed als{schedule, repeat{100, transition}};
    std::size_t calls = 0;
    bool refused = false, overflowed = false;
    try {
        als(counted{target, calls}, x0, rng);
    } catch (const error& reason) {
        refused = calls == 0;                                                       // before it ran, not when it overflowed
        f.notes = std::string{"\nThe library, before it runs the printed settings:\n  "} + reason.what() + '\n';
        f.settings["refusal"] = reason.what();
    }
    try {
        annealed{schedule, unchecked{als.transition}}(target, x0, rng);
    } catch (const error&) {
        overflowed = true;
    }
    // The growth of one step, while the numbers are still numbers: |1 - a/c|, c = 1 + σ².
    const noise_level first = level_at(schedule, 0);
    array x = x0;
    std::vector<double> size{root_mean_square(x)};
    while (size.size() < 100 && std::isfinite(size.back()) && size.back() < std::numeric_limits<float>::max() / 100) {
        x = unchecked{transition}(target, x, first, rng);
        size.push_back(root_mean_square(x));
    }
    const double growth = std::pow(size.back() / size[10], 1.0 / static_cast<double>(size.size() - 11));
    f.measure("paper.refused", refused);
    f.measure("paper.finite", !overflowed);
    f.measure("paper.growth", growth);
    gnuplot_table curve;
    for (std::size_t t = 0; t < size.size(); ++t) curve.line(t, size[t]);
    f.keep_text("growth.txt", curve);
}

void run(figure& f, const std::vector<std::string>& variants) {
    const auto asked = [&](const char* variant) { return std::find(variants.begin(), variants.end(), variant) != variants.end(); };
    philox rng{f.seed};
    record(f, "exact", target.sample(samples, rng));

    const auto x0 = uniform<array>({samples, 2}, -8, 8, rng);
    const annealed plain{std::array{1.0}, repeat{moves, langevin{half_step(0.1)}}};
    record(f, "langevin", plain(atoms, x0, rng));                                   // atoms at σ = 1: unit Gaussians
    if (asked("code")) anneal(f, "code", atoms, geometric{{.first = 20, .last = 1, .levels = 10}}, half_step(0.1), x0, rng);
    if (asked("corrected")) anneal(f, "corrected", target, geometric{{.first = 10, .last = 0.1, .levels = 10}}, half_step(3e-3), x0, rng);
    if (asked("paper")) as_printed(f, x0, rng);
    if (asked("report")) anneal(f, "report", atoms, geometric{{.first = 20, .last = std::exp(0.1), .levels = 10}}, half_step(0.1), x0, rng);
}

int main(int argc, char** argv) {
    return reproduce(argc, argv, [](figure& f) {
        std::vector<std::string> all;                                               // those whose quantities the description has
        std::string known;
        for (const std::string variant : {"code", "paper", "corrected", "report"})
            if (std::ranges::any_of(f.about.measurements(), [&](const measurement& m) { return m.name.starts_with(variant + '.'); }))
                known += (all.empty() ? "" : ", ") + variant, all.push_back(variant);
        const auto asked = f.option<std::vector<std::string>>("variant");
        for (const auto& variant : asked)
            require(std::find(all.begin(), all.end(), variant) != all.end(), "--variant ", variant, ": ", known, " are known");
        for (const auto& variant : all)
            if (std::find(asked.begin(), asked.end(), variant) == asked.end()) f.report.leave_out(variant + ".");
        run(f, asked);
    });
}
