// SPDX-License-Identifier: Apache-2.0
/// \file  Sixty-four digits from a trained network, twice: by annealed Langevin dynamics, and by consistent annealed sampling with a denoised end.
///
/// One call of the network is timed first, and the number of steps chosen so that the two runs fit the time that was allowed.
#include <ncsn/arrays/files/png.hpp>
#include <ncsn/arrays/resampling.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/consistent.hpp>
#include <ncsn/samplers/denoised.hpp>
#include <ncsn/samplers/langevin.hpp>

#include "sampling.hpp"

using namespace ncsn;
namespace fs = std::filesystem;

constexpr std::size_t most_steps = 100;                                             // a level; Song & Ermon (2019), Section 5
constexpr std::size_t fewest_steps = 10;                                            // fewer are no digits, however slow the machine

constexpr std::size_t enlarged = 3;                                                 // pixels a side for each of an image
constexpr image_grid_layout grid{.columns = 8, .padding = 4};

/// Shows how far a run of so many levels is.
struct progress {
    std::string what;
    std::size_t levels, each;
    stopwatch clock = {};
    progress_line line = {};

    auto observer() {
        return [this](const noise_level& level, const array&) {
            const std::size_t done = level.index + 1;
            const double left = clock.seconds() / static_cast<double>(done) * static_cast<double>(levels - done);
            line.show("  " + what + "  level " + std::to_string(done) + " of " + std::to_string(levels) + "  sigma " + brief(level.sigma, 3) + "  " +
                          duration(left) + " left", done == levels || done % each == 0);
        };
    }
};

struct settings {
    fs::path weights, out = "out/digits";
    std::size_t images = 64, seed = 1, steps = 0;
    std::size_t levels = 100;                                                       ///< at 232 these weights draw mostly ones and zeros
    double allowed = 120;
};

int draw(const settings& s) {
    const trained_network network{s.weights};
    network.require_score("--weights");
    const auto finer = make_schedule("geometric", {.first = network.sigmas.front(), .last = network.sigmas.back(), .levels = s.levels});
    const shape pictures = network.images(s.images);
    require_picture("--images", s.out / "annealed_langevin.png", {s.images, enlarged * pictures[1], enlarged * pictures[2], pictures[3]}, grid);
    make_folder(s.out, {"annealed_langevin.png", "consistent_denoised.png", "timings.json"}, true);
    const std::vector<double>& sigmas = network.sigmas;
    philox rng{s.seed};
    const array x0 = uniform<array>(pictures, 0, 1, rng);
    const noise_levels first = level_at(sigmas, 0);
    network(x0, first);                                                             // the first call prepares the convolutions
    double call = std::numeric_limits<double>::infinity();
    for (int trial = 0; trial < 3; ++trial) {                                       // the quickest of three: one may meet a busy moment
        const stopwatch watch;
        on_device<cpu>(network(x0, first));                                         // on the host, so that it is done
        call = std::min(call, watch.seconds());
    }

    // Two thirds of the time for Langevin, the rest for consistent sampling; a tenth stays free, should calls turn out dearer.
    const double calls = 0.9 * s.allowed / call, levels = static_cast<double>(sigmas.size());
    const std::size_t fit = static_cast<std::size_t>(std::clamp(calls * 2 / 3 / levels, double{fewest_steps}, double{most_steps}));
    const std::size_t steps = s.steps ? s.steps : fit;
    std::cout << "  " << s.images << " images " << pictures[1] << " x " << pictures[2] << ", " << brief(1000 * call, 3)
              << " ms a call of the network\n  annealed Langevin: " << sigmas.size() << " levels, sigma " << brief(sigmas.front()) << " to "
              << brief(sigmas.back()) << ", " << steps << " steps a level"
              << (steps < most_steps ? " (the paper: 100; a larger --seconds allows more)\n" : " (the paper's number)\n")
              << "  consistent:        " << s.levels << " levels, one step each, and the expected denoised sample" << std::endl;

    const auto save = [&](const char* name, const array& x) {
        const fs::path path = s.out / (std::string{name} + ".png");
        save_image_grid(path, resize_nearest(x, enlarged), grid);
        std::cout << "  picture  " << path.string() << std::endl;
    };
    // Song & Ermon's step at σ_L = 0.01, for whatever σ_L these weights have.
    const double last = sigmas.back() * sigmas.back(), epsilon = published_step(sigmas.back());
    const annealed als{sigmas, repeat{steps, langevin{full_step(epsilon)}}};
    progress als_progress{"annealed Langevin", sigmas.size(), 2};
    const array langevin_samples = als(network, x0, rng, als_progress.observer());
    als_progress.line.end();
    const double als_seconds = als_progress.clock.seconds();
    for (const char* const old : {"consistent_denoised.png", "timings.json"}) forget(s.out / old);   // of an earlier run, not of this picture
    save("annealed_langevin", langevin_samples);

    // η = 0.9: most of the noise of each level is drawn afresh. It starts, as the theory does, with the noise of the first level.
    const double step = consistent_step(finer);
    const denoised eds{annealed{finer, consistent{full_step(step)}}};
    progress cas_progress{"consistent", s.levels, s.levels / 4 + 1};
    const array consistent_samples = eds(network, array{x0 + sigmas.front() * normal_like(x0, rng)}, rng, cas_progress.observer());
    cas_progress.line.end();
    const double cas_seconds = cas_progress.clock.seconds();
    save("consistent_denoised", consistent_samples);

    json timings{{"weights", s.weights.filename().string()}, {"images", s.images}, {"seed", s.seed}, {"threads", omp_get_max_threads()}};
    timings["seconds_a_call"] = call;
    timings["annealed_langevin"] = {{"levels", sigmas.size()}, {"steps", steps}, {"epsilon_full", epsilon}, {"seconds", als_seconds}};
    timings["consistent_denoised"] = {{"levels", s.levels}, {"eta", step / last}, {"seconds", cas_seconds}};
    save_json(s.out / "timings.json", timings);
    std::cout << "  numbers  " << (s.out / "timings.json").string() << "\n  annealed Langevin took " << duration(als_seconds)
              << ", consistent sampling " << duration(cas_seconds) << '\n';
    return 0;
}

int main(int argc, char** argv) {
    settings s;
    program_options app{"Draws digits with a trained network by two samplers", "quickstart"};
    app.add("--weights", s.weights, "file with trained weights").required();
    app.add("--out", s.out, "folder for pictures and timings").show_default();
    app.add("--images", s.images, "number of images").above_zero().show_default();
    app.add("--seconds", s.allowed, "seconds for both samplers together").above_zero().show_default();
    app.add("--steps", s.steps, "Langevin steps a level; 0: as many as fit, 10 to 100").show_default();
    app.add("--consistent-levels", s.levels, "levels of consistent sampling").above_zero().show_default();
    app.add("--seed", s.seed, "seed of all random numbers").show_default();
    return run_program(app, argc, argv, [&] { return draw(s); });
}
