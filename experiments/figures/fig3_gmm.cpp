// SPDX-License-Identifier: Apache-2.0
/// \file  Figure 3 of Song & Ermon (2019): exact samples, Langevin dynamics and annealed Langevin dynamics on two Gaussians, with exact scores.
///
/// Annealed three times. `code`: what the authors' program runs. `paper`: what the text prints, which diverges. `corrected`: the text's noise
/// levels with a step that is stable.
#include <ncsn/arrays/npy.hpp>
#include <ncsn/ncsn.hpp>

#include "../claim.hpp"
#include "../common.hpp"

using namespace ncsn;
namespace fs = std::filesystem;

constexpr std::size_t samples = 1280, moves = 1000;

/// A score that does not tell its variance, so that no sampler can refuse it beforehand.
struct unchecked {
    const gaussian_mixture<array>& mixture;
    array operator()(const array& x, const noise_levels& z) const { return mixture(x, z); }
};

/// The standard deviation of the points nearest to each mean, about their own centre, over both coordinates.
std::vector<double> mode_deviations(const gaussian_mixture<array>& mixture, const array& x) {
    const std::size_t modes = mixture.weights().size();
    std::vector<double> count(modes, 0), squares(modes, 0);
    std::vector<std::array<double, 2>> sum(modes, {0, 0});
    for (std::size_t i = 0; i < x.shape()[0]; ++i) {
        const std::array<double, 2> point{x[2 * i], x[2 * i + 1]};
        const auto distance = [&](std::size_t k) { return std::hypot(point[0] - mixture.means()[2 * k], point[1] - mixture.means()[2 * k + 1]); };
        std::size_t nearest = 0;
        for (std::size_t k = 1; k < modes; ++k)
            if (distance(k) < distance(nearest)) nearest = k;
        count[nearest] += 1;
        for (std::size_t d = 0; d < 2; ++d) sum[nearest][d] += point[d], squares[nearest] += point[d] * point[d];
    }
    std::vector<double> deviations;
    for (std::size_t k = 0; k < modes; ++k) {
        const double centre = (sum[k][0] * sum[k][0] + sum[k][1] * sum[k][1]) / count[k];
        deviations.push_back(std::sqrt((squares[k] - centre) / (2 * (count[k] - 1))));
    }
    return deviations;
}

/// √E|x|² of points [N, 2].
double root_mean_square(const array& x) {
    double total = 0;
    for (const float value : x.values()) total += static_cast<double>(value) * value;
    return std::sqrt(total / static_cast<double>(x.shape()[0]));
}

/// Curves for gnuplot.
struct curves {
    std::ostringstream path, growth;
};

struct experiment {
    fs::path out;
    claim_report report;
    curves plot;
    std::uint64_t first_seed, seed = 0;
    std::string explanation;

    void record(const std::string& name, const gaussian_mixture<array>& mixture, const array& x) {
        const auto weights = mode_weights(mixture, x), deviations = mode_deviations(mixture, x);
        report.measure(name + ".upper_mode", weights[0]);
        report.measure(name + ".upper_deviation", deviations[0]);
        report.measure(name + ".lower_deviation", deviations[1]);
        save_npy(out / (name + "_seed" + std::to_string(seed) + ".npy"), x);
    }
    /// The weight of the upper mode after every level, for the figure.
    auto following(const std::string& name, const gaussian_mixture<array>& mixture) {
        return [this, name, &mixture](const noise_level& level, const array& x) {
            if (seed == first_seed) plot.path << name << ' ' << level.index + 1 << ' ' << level.sigma << ' ' << mode_weights(mixture, x)[0] << '\n';
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
    if (e.seed == e.first_seed)
        for (std::size_t t = 0; t < size.size(); ++t) e.plot.growth << t << ' ' << size[t] << '\n';
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
    std::vector<std::uint64_t> seeds{1, 2, 3};
    fs::path out = "out/fig3_gmm", expected = "reproduce/expected/fig3_gmm.json";
    int threads = 0;
    CLI::App app{"Figure 3 of Song & Ermon (2019): Langevin against annealed Langevin on two Gaussians", "fig3_gmm"};
    app.add_option("--preset", presets, "annealed presets, separated by commas")->delimiter(',')->check(CLI::IsMember(all))->capture_default_str();
    app.add_option("--seeds", seeds, "separated by commas")->delimiter(',')->capture_default_str();
    app.add_option("--out", out, "folder for samples and claim.json")->capture_default_str();
    app.add_option("--expected", expected, "file of expected values and tolerances")->capture_default_str();
    app.add_option("--threads", threads, "0: all cores")->check(CLI::NonNegativeNumber);
    return run_program(app, argc, argv, [&] {
        if (threads > 0) omp_set_num_threads(threads);

        fs::create_directories(out);
        experiment e{.out = out, .report = claim_report{expected}, .plot = {}, .first_seed = seeds.front(), .explanation = {}};
        for (const auto& preset : all)
            if (std::find(presets.begin(), presets.end(), preset) == presets.end()) e.report.leave_out(preset + ".");
        const stopwatch clock;
        for (const std::uint64_t seed : seeds) e.seed = seed, run(e, presets);
        const double seconds = clock.seconds();

        save_text(out / "numbers.gp", "first_seed = " + std::to_string(seeds.front()) + '\n' + e.report.gnuplot_variables());
        save_text(out / "path.txt", e.plot.path.str());
        save_text(out / "growth.txt", e.plot.growth.str());
        e.report.save(out / "claim.json",
                      {{"presets", presets}, {"seeds", seeds}, {"samples", samples}, {"seconds", seconds}, {"refusal", e.explanation}});
        e.report.print(std::cout);
        if (!e.explanation.empty()) std::cout << "\nThe library, before it runs the printed settings:\n  " << e.explanation << '\n';
        std::cout << '\n' << seeds.size() << " seeds, " << std::fixed << std::setprecision(1) << seconds << " s\n";
        return e.report.passed() ? 0 : 1;
    });
}
