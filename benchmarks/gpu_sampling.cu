// SPDX-License-Identifier: Apache-2.0
/// \file  The program gpu: samplers with a RefineNet. Its weights are random: the time does not depend on them.
#include "gpu_cases.hpp"

#include <ncsn/levels/schedule.hpp>
#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/consistent.hpp>
#include <ncsn/samplers/langevin.hpp>

using namespace ncsn;

namespace {

const geometric schedule{{.first = 1, .last = 0.01, .levels = 10}};
const step_size published = full_step(2e-5);                                        // of the image code of Song & Ermon (2019)

array start(const network_case& c, std::size_t images, philox& rng) { return uniform<array>({images, c.size, c.size, c.channels}, 0, 1, rng); }

void time_langevin(const network_case& c, double flop, const any_score& score, philox& rng) {
    constexpr std::size_t steps = 20;                                               // at one level, of which a run has 10 x 100
    const repeat moves{steps, langevin{published}};
    array images = start(c, c.batch, rng);
    timing t = measured(c.seconds, [&] { images = moves(score, images, level_at(schedule, 9), rng); });
    t.best /= steps, t.median /= steps;
    print(c.name, c.precision, "refinenet", t, flop);
}

/// A network that knows the levels of `schedule`, asked between them at the next larger one; its denoised image is kept
/// (docs/decisions/nearest-level.md).
struct between_levels {
    const any_score& network;
    array operator()(const array& x, const noise_levels& z) const {
        const double sigma = z.sigma.front();
        std::size_t k = 0;
        while (k + 1 < schedule.size() && schedule[k + 1] >= sigma * (1 - 1e-9)) ++k;
        const array s = network(x, {{k}, {schedule[k]}});
        const double ratio = schedule[k] / sigma;
        return ratio < 1 + 1e-9 ? s : (ratio * ratio) * s;
    }
};
void time_consistent(const network_case& c, double flop, const any_score& score, philox& rng) {
    constexpr std::size_t levels = 232;                                             // Jolicoeur-Martineau et al. (2020) for CIFAR-10
    const auto sampler = [](std::size_t n) {
        const geometric sigmas{{.first = schedule[0], .last = schedule[9], .levels = n}};
        return annealed{sigmas, consistent{full_step(0.9 * sigmas[n - 1] * sigmas[n - 1])}};
    };
    const auto run = [&](std::size_t n) {
        const array x = start(c, c.batch, rng);
        sampler(n)(between_levels{score}, array{x + schedule[0] * normal_like(x, rng)}, rng);
    };
    run(10), run(10);
    timing t = measured(c.seconds, [&] { run(levels); }, 0);
    t.best /= levels, t.median /= levels;
    print(c.name, c.precision, "refinenet", t, flop);
}

/// Thrown where a run would end too late.
struct out_of_time {
    std::size_t levels;
    double seconds;
};
/// Annealed Langevin dynamics from the start to the end, 10 levels of 100 steps, of 1,000 images, c.batch at a time or half as many where that does
/// not fit. c.seconds are what it may take; where it would take longer it is given up after a level, and the rest is extrapolated.
void time_whole_run(const network_case& c, double flop, const any_score& score) {
    constexpr std::size_t images = 1000, steps = 100, levels = 10;
    const auto run = [&](std::size_t batch) {
        philox rng{0};
        const annealed als{schedule, repeat{steps, langevin{published}}};
        const std::size_t runs = (images + batch - 1) / batch;
        cuda::pool().restart();
        const double begun = seconds_now();
        repeat{10, langevin{published}}(score, start(c, batch, rng), level_at(schedule, 0), rng);  // convolutions are chosen, kept forms made
        cuda::synchronize();
        const double prepared = seconds_now();
        double seconds = 0;
        bool finished = true;
        std::size_t done = 0;
        try {
            for (std::size_t first = 0; first < images; first += batch)
                als(score, start(c, std::min(batch, images - first), rng), rng, [&](const noise_level&, const array&) {
                    ++done;
                    const double so_far = seconds_now() - prepared;
                    if (done < levels * runs && so_far / done * levels * runs + prepared - begun > c.seconds) throw out_of_time{done, so_far};
                });
            cuda::synchronize();
            seconds = seconds_now() - prepared;
        } catch (const out_of_time& early) {
            finished = false;
            seconds = early.seconds / early.levels * levels * runs;
        }
        const double each = 1e3 * seconds / (levels * steps * runs);
        char more[300];
        std::snprintf(more, sizeof more, ", \"images\": %zu, \"batch\": %zu, \"seconds\": %.6g, \"prepare_s\": %.6g, \"finished\": %s, "
                      "\"levels_done\": %zu, \"levels_in_all\": %zu", images, batch, seconds, prepared - begun, finished ? "true" : "false", done,
                      levels * runs);
        const double share = static_cast<double>(batch) / static_cast<double>(c.batch);
        print(c.name, c.precision, "refinenet", {each, each, peak_mib()}, share * flop, more);
    };
    try {
        run(c.batch);
    } catch (const error& reason) {
        if (c.batch < 2 || std::string{reason.what()}.find("out of memory") == std::string::npos) throw;
        std::cerr << reason.what() << "\nonce more with half as many images at a time\n";
        cuda::trim();
        run(c.batch / 2);
    }
}

}  // namespace

void time_sampling(const network_case& c) {
    philox rng{0};
    refinenet<array> network{{.channels = c.channels, .features = c.features}, rng};
    const double flop = evaluation_flop(network, c);
    const any_score score = in_precision(c.precision, network);
    if (c.what == "consistent") time_consistent(c, flop, score, rng);
    else if (c.what == "whole") time_whole_run(c, flop, score);
    else time_langevin(c, flop, score, rng);
}
