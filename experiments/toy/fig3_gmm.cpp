// SPDX-License-Identifier: Apache-2.0
/// \file  Figure 3 of Song & Ermon (2019): exact samples, Langevin dynamics and annealed Langevin dynamics on two Gaussians, with exact scores.
///
/// Annealed three times. `code`: what the authors' program runs. `paper`: what the text prints, which diverges. `corrected`: the text's noise
/// levels with a step that is stable.
#include <ncsn/arrays/xtensor.hpp>
#include <ncsn/ncsn.hpp>

#include "../figure.hpp"

#include <xtensor/xmath.hpp>

using namespace ncsn;

constexpr std::size_t samples = 1280, moves = 1000;

/// A score that does not tell its variance, so that no sampler can refuse it beforehand.
struct unchecked {
    const gaussian_mixture<array>& mixture;
    array operator()(const array& x, const noise_levels& z) const { return mixture(x, z); }
};

/// √E|x|² of points [N, 2].
double root_mean_square(const array& x) {
    return std::sqrt(2 * xt::mean(xt::square(xt::cast<double>(as_xtensor(x))))());
}

struct experiment {
    const figure_options& options;
    claim_report report;
    std::uint64_t seed = 0;
    std::string explanation = {};                                                   ///< why the printed settings are refused
    std::ostringstream path = {}, growth = {};                                      ///< curves for gnuplot, of the first seed

    bool is_first() const { return seed == options.seeds.front(); }
    void record(const std::string& name, const gaussian_mixture<array>& mixture, const array& x) {
        const auto weights = mode_weights(mixture, x), deviations = mode_deviations(mixture, x);
        report.measure(name + ".upper_mode", weights[0]);
        report.measure(name + ".upper_deviation", deviations[0]);
        report.measure(name + ".lower_deviation", deviations[1]);
        save_npy(options.out / (name + "_seed" + std::to_string(seed) + ".npy"), x);
    }
    /// The weight of the upper mode after every level, for the figure.
    auto following(const std::string& name, const gaussian_mixture<array>& mixture) {
        return [this, name, &mixture](const noise_level& level, const array& x) {
            if (is_first()) path << name << ' ' << level.index + 1 << ' ' << level.sigma << ' ' << mode_weights(mixture, x)[0] << '\n';
        };
    }
};

/// The printed settings: refused before the run, and what happens without the refusal.
void paper_preset(experiment& e, const gaussian_mixture<array>& target, const array& x0, philox& rng) {
    const geometric schedule{{.first = 10, .last = 0.1, .levels = 10}};
    const langevin kernel{half_step(0.1)};
    const annealed als{schedule, repeat{100, kernel}};
    bool refused = false, overflowed = false;
    try {
        als(target, x0, rng);
    } catch (const error& reason) {
        refused = true;
        e.explanation = reason.what();
    }
    try {
        als(unchecked{target}, x0, rng);
    } catch (const error&) {
        overflowed = true;
    }
    // The growth of one step, while the numbers are still numbers: |1 - a/c|, c = 1 + σ².
    const noise_level first = level_at(schedule, 0);
    array x = x0;
    std::vector<double> size{root_mean_square(x)};
    while (size.size() < 100 && std::isfinite(size.back()) && size.back() < std::numeric_limits<float>::max() / 100) {
        x = kernel(target, x, first, rng);
        size.push_back(root_mean_square(x));
    }
    const double growth = std::pow(size.back() / size[10], 1.0 / static_cast<double>(size.size() - 11));
    e.report.measure("paper.refused", refused);
    e.report.measure("paper.overflows", overflowed);
    e.report.measure("paper.growth", growth);
    for (std::size_t t = 0; e.is_first() && t < size.size(); ++t) e.growth << t << ' ' << size[t] << '\n';
}

void run(experiment& e, const std::vector<std::string>& presets) {
    // p = ⅘ N((5,5), I) + ⅕ N((−5,−5), I), with its variance seen through noise as 1 + σ², and as atoms, whose variance is σ² (the authors' program).
    const gaussian_mixture<array> target({{0.8, {5, 5}}, {0.2, {-5, -5}}}, 1), atoms{{0.8, {5, 5}}, {0.2, {-5, -5}}};
    const auto asked = [&](const char* preset) { return std::find(presets.begin(), presets.end(), preset) != presets.end(); };

    philox rng{e.seed};
    e.record("exact", target, target.sample(samples, rng));

    const auto x0 = uniform<array>({samples, 2}, -8, 8, rng);
    const annealed plain{std::array{1.0}, repeat{moves, langevin{half_step(0.1)}}};
    e.record("langevin", target, plain(atoms, x0, rng));                            // atoms at σ = 1: unit Gaussians
    if (asked("code")) {
        const annealed als{geometric{{.first = 20, .last = 1, .levels = 10}}, repeat{100, langevin{half_step(0.1)}}};
        e.record("code", target, als(atoms, x0, rng, e.following("code", target)));
    }
    if (asked("corrected")) {
        const annealed als{geometric{{.first = 10, .last = 0.1, .levels = 10}}, repeat{100, langevin{half_step(3e-3)}}};
        e.record("corrected", target, als(target, x0, rng, e.following("corrected", target)));
    }
    if (asked("paper")) paper_preset(e, target, x0, rng);
}

int main(int argc, char** argv) {
    const std::vector<std::string> all{"code", "paper", "corrected"};
    std::vector<std::string> presets = all;
    figure_options options{"fig3_gmm"};
    CLI::App app{"Figure 3 of Song & Ermon (2019): Langevin against annealed Langevin on two Gaussians", "fig3_gmm"};
    app.add_option("--preset", presets, "annealed presets, separated by commas")->delimiter(',')->check(CLI::IsMember(all))->capture_default_str();
    options.add_to(app);
    return run_program(app, argc, argv, [&] {
        std::filesystem::create_directories(options.out);
        experiment e{.options = options, .report = claim_report{options.expected}};
        for (const auto& preset : all)
            if (std::find(presets.begin(), presets.end(), preset) == presets.end()) e.report.leave_out(preset + ".");
        const stopwatch clock;
        for (const std::uint64_t seed : options.seeds) e.seed = seed, run(e, presets);

        save_text(options.out / "path.txt", e.path.str());
        save_text(options.out / "growth.txt", e.growth.str());
        const int status = conclude(e.report, options, {{"presets", presets}, {"samples", samples}, {"refusal", e.explanation}}, clock.seconds());
        if (!e.explanation.empty()) std::cout << "\nThe library, before it runs the printed settings:\n  " << e.explanation << '\n';
        return status;
    });
}
