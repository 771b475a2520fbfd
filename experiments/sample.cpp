// SPDX-License-Identifier: Apache-2.0
/// \file  Draws samples from a trained network. Defaults: annealed Langevin dynamics as in the image code of Song & Ermon (2019).
#include <ncsn/arrays/files/png.hpp>
#include <ncsn/arrays/files/npy.hpp>
#include <ncsn/samplers/by_level.hpp>
#include <ncsn/samplers/consistent.hpp>
#include <ncsn/samplers/denoised.hpp>
#include <ncsn/samplers/interpolated_noise.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/samplers/predictor_corrector.hpp>
#include <ncsn/samplers/probability_flow.hpp>

#include "sampling.hpp"

#include <array>
#include <functional>
#include <memory>
#include <optional>

using namespace ncsn;

struct settings {
    sampling_options common;
    std::string sampler = "als", denoise = "none", start;
    std::size_t count = 64, subdivide = 1, columns = 0, trajectory = 0, interpolate = 0;
    double chain_noise = published_chain_noise;
    long_run_options long_chains;
    std::vector<std::size_t> steps_by_level;
    std::vector<double> epsilon_by_level;
    bool steps_given = false, adaptation_given = false;
};

/// A sampler as a function of score, start, generator and observer.
using observer = std::function<void(const noise_level&, const array&)>;
using any_sampler = std::function<array(const trained_network&, const array&, philox&, const observer&, const std::stop_token&)>;

template <class K> any_sampler with_denoising(const K& sampler, const std::string& denoise) {
    if (denoise == "none") return sampler;
    if (denoise == "after") return denoised{sampler, denoising_point::after_last_move};
    require(denoise == "before", "--denoise ", denoise, ": none, after and before are known");
    return denoised{sampler, denoising_point::before_last_move};
}

/// What a sampler needs to know and costs.
struct plan {
    std::vector<double> sigmas;
    std::optional<step_size> epsilon = {};  ///< of the samplers that have one
    std::size_t steps = 1, evaluations = 0; ///< Langevin steps a level; calls of the network a sample
    std::string start = "uniform";          ///< unless another is asked for
    any_sampler run = {};
    /// What has to be found before the first chain, and takes time: it is kept in a file from one process to the next that draws the same.
    std::function<void(const std::filesystem::path& kept, const json& about, const std::stop_token&)> prepare = {};
};
/// Langevin dynamics at every level of the network, or at the last of them.
plan langevin_plan(const settings& s, const std::vector<double>& of_network, bool every_level) {
    require(s.subdivide == 1, "--subdivide ", s.subdivide, ": --sampler ", s.sampler, " takes the levels that the network was trained with");
    const step_size epsilon = s.common.step(published_step(of_network.back()));
    plan p{.sigmas = every_level ? of_network : std::vector{of_network.back()}, .epsilon = epsilon, .steps = s.common.steps};
    p.evaluations = p.sigmas.size() * p.steps;
    if (s.steps_by_level.empty() && s.epsilon_by_level.empty()) {
        p.run = with_denoising(annealed{p.sigmas, repeat{p.steps, langevin{epsilon}}}, s.denoise);
        return p;
    }
    const std::size_t levels = p.sigmas.size();
    const auto one_each = [&](const char* option, const auto& list) {
        require(list.empty() || list.size() == levels, option, ": ", list.size(), " numbers; one for each of the ", levels,
                " levels of the network was expected");
    };
    one_each("--steps-by-level", s.steps_by_level);
    one_each("--epsilon-by-level", s.epsilon_by_level);
    by_level<repeat<langevin>> transitions;
    p.evaluations = 0;
    for (std::size_t i = 0; i < levels; ++i) {
        sampling_options own = s.common;
        if (!s.epsilon_by_level.empty()) own.epsilon = s.epsilon_by_level[i];
        require(own.epsilon > 0 || s.epsilon_by_level.empty(), "--epsilon-by-level: ", own.epsilon, " at level ", i,
                "; step sizes above 0 were expected");
        const std::size_t steps = s.steps_by_level.empty() ? p.steps : s.steps_by_level[i];
        require(steps > 0, "--steps-by-level: 0 at level ", i, "; one step or more was expected");
        transitions.transitions.emplace_back(steps, langevin{own.step(published_step(of_network.back()))});
        p.evaluations += steps;
    }
    p.run = with_denoising(annealed{p.sigmas, transitions}, s.denoise);
    return p;
}
/// One move a level, at more levels than the network knows, with so many calls of the network a move, in all `less` fewer.
template <class K>
plan one_move_plan(const settings& s, const trained_network& score, const K& transition, std::size_t calls = 1, std::size_t less = 0) {
    plan p{.sigmas = finer(score, s.subdivide), .start = "noise"};
    p.evaluations = calls * p.sigmas.size() - less;
    p.run = annealed{p.sigmas, transition};
    return p;
}
plan consistent_plan(const settings& s, const trained_network& score) {
    plan p{.sigmas = finer(score, s.subdivide), .start = "noise"};
    p.evaluations = p.sigmas.size();
    p.epsilon = s.common.step(consistent_step(p.sigmas));
    p.run = with_denoising(annealed{p.sigmas, consistent{*p.epsilon}}, s.denoise);
    return p;
}
/// From white noise down the levels of an energy, so many moves at each.
plan progressive_plan(const settings& s, const trained_network& network, bool long_chains) {
    const recovery_settings levels = network.recovery();
    require(s.common.epsilon == 0 && s.common.convention == "full", "--epsilon, --convention: --sampler ", s.sampler, " has the steps of its levels");
    require(s.denoise == "none" && s.subdivide == 1 && s.start.empty(), "--denoise, --subdivide, --start: --sampler ", s.sampler,
            " has none of them");
    require(std::isfinite(s.chain_noise) && s.chain_noise >= 0, "--chain-noise ", s.chain_noise, ": a factor of 0 or more was expected");
    const recovery_process process = levels.make();
    const std::size_t moves = s.steps_given ? s.common.steps : levels.moves;
    require(long_chains || !levels.approximated() || moves == 1, "--steps-per-level ", moves, ": the levels of this energy are drawn from by one "
            "normal approximation each; --sampler long-run makes more");
    require(s.interpolate != 1 && (s.interpolate == 0 || s.count % s.interpolate == 0), "--interpolate ", s.interpolate, ": at least 2, and --count ",
            s.count, " in whole rows, was expected");
    plan p{.sigmas = noise_of(process), .steps = moves, .evaluations = process.size() * moves, .start = "white"};
    if (long_chains) {
        s.long_chains.check(levels);
        const auto move = std::make_shared<long_run>();
        p.prepare = [=, &network, &s](const std::filesystem::path& kept, const json& about, const std::stop_token& stop) {
            level_steps adapted;
            *move = s.long_chains.prepare(levels, network.energy_model(), network.images(1), moves, philox{s.common.seed}, adapted, kept, about,
                                          s.common.force ? begun::go_on_or_anew : begun::go_on, stop);
        };
        p.evaluations = process.size() * (moves == 1 ? 1 : 1 + 2 * moves);           // two scores and a density a transition, and the first of each
        p.run = [process, move](const trained_network& energy, const array& x0, philox& rng, const observer& seen, const std::stop_token& stop) {
            const auto told = [&](const noise_level& level, const auto& at) {
                seen({process.size() - 1 - level.index, level.sigma, level.next, level.last}, 0.5 * (at.x / process[level.index].kept) + 0.5);
            };
            return array{0.5 * progressive{process, *move}(energy.energy_model(), x0, rng, told, stop) + 0.5};
        };
        return p;
    }
    const repeat moved{moves, recovery_move{process, levels.approximated(), s.chain_noise}};
    p.run = [process, columns = s.interpolate, sampler = progressive{process, moved}](
                const trained_network& energy, const array& x0, philox& rng, const observer& seen, const std::stop_token& stop) {
        const auto as_image = [](const array& x) { return array{0.5 * x + 0.5}; };
        const auto told = [&](const noise_level& level, const array& y) {            // levels are counted from the largest noise there
            seen({process.size() - 1 - level.index, level.sigma, level.next, level.last}, as_image(y / process[level.index].kept));
        };
        if (columns == 0) return as_image(sampler(energy.energy_model(), x0, rng, told, stop));
        philox begun = rng.at_sample(0);                                             // from the first draw on, which was that of x0
        begun.draw = 0;
        interpolated_noise between{begun, columns, rng.first_sample};
        const array start = normal_like(x0, between);
        return as_image(sampler(energy.energy_model(), start, between, told, stop));
    };
    return p;
}

/// The samplers by name: what --help says, what they are of, and how their plan is made.
struct named_sampler {
    const char *name, *help;
    struct takes {
        bool energies = false;                                                      ///< in place of scores
        bool step = false;                                                          ///< a step size, and with it a point to denoise
        bool steps = false;                                                         ///< so many steps a level
        bool lists = false;                                                         ///< steps and their sizes level by level
        bool noise_factor = false;                                                  ///< of the noise of its moves
        bool rows = false;                                                          ///< of chains between two others
        bool adaptation = false;                                                    ///< of its steps, by chains of their own
    } of;
    plan (*make)(const settings&, const trained_network&);
};
const std::array samplers{
    named_sampler{"als", "annealed Langevin", {.step = true, .steps = true, .lists = true},
                  [](const settings& s, const trained_network& score) { return langevin_plan(s, score.sigmas, true); }},
    named_sampler{"cas", "consistent annealed sampling", {.step = true}, consistent_plan},
    named_sampler{"langevin", "at the last level", {.step = true, .steps = true},
                  [](const settings& s, const trained_network& score) { return langevin_plan(s, score.sigmas, false); }},
    named_sampler{"ancestral", "the reverse of adding noise level by level", {},
                  [](const settings& s, const trained_network& score) { return one_move_plan(s, score, ancestral{}); }},
    named_sampler{"pc", "predictor-corrector, signal-to-noise ratio 0.16", {},
                  [](const settings& s, const trained_network& score) {
                      return one_move_plan(s, score, predictor_corrector{reverse_diffusion, langevin_corrector{}}, 2);
                  }},
    named_sampler{"flow", "probability flow by Heun's rule", {},
                  [](const settings& s, const trained_network& score) { return one_move_plan(s, score, probability_flow{}, 2, 1); }},
    named_sampler{"progressive", "from white noise down the levels of an energy",
                  {.energies = true, .steps = true, .noise_factor = true, .rows = true},
                  [](const settings& s, const trained_network& energy) { return progressive_plan(s, energy, false); }},
    named_sampler{"long-run", "the same with Hamiltonian Monte Carlo after each normal approximation",
                  {.energies = true, .steps = true, .adaptation = true},
                  [](const settings& s, const trained_network& energy) { return progressive_plan(s, energy, true); }}};
/// "als, cas", or with what each is: "als (annealed Langevin), cas (...)".
std::string known_samplers(bool of_energies, bool described = false) {
    std::string text;
    for (const named_sampler& one : samplers)
        if (one.of.energies == of_energies)
            text += (text.empty() ? "" : ", ") + std::string{one.name} + (described ? " (" + std::string{one.help} + ")" : "");
    return text;
}
/// "progressive", or "als and langevin": those that take something.
std::string samplers_with(bool named_sampler::takes::* what) {
    std::string text;
    for (const named_sampler& one : samplers)
        if (one.of.*what) text += (text.empty() ? "" : " and ") + std::string{one.name};
    return text;
}

plan make_plan(const settings& s, const trained_network& score) {
    const auto found = std::ranges::find_if(samplers, [&](const named_sampler& one) { return s.sampler == one.name; });
    require(found != samplers.end(), "--sampler ", s.sampler, ": ", known_samplers(false), " are known, and of energies ", known_samplers(true));
    using takes = named_sampler::takes;
    const auto require_taken = [&](bool takes::* what, bool unused, const char* options) {
        require(found->of.*what || unused, options, ": --sampler ", s.sampler, " has none; use --sampler ", samplers_with(what), ", or leave it out");
    };
    require_taken(&takes::lists, s.steps_by_level.empty() && s.epsilon_by_level.empty(), "--steps-by-level, --epsilon-by-level");
    require_taken(&takes::noise_factor, s.chain_noise == published_chain_noise, "--chain-noise");
    require_taken(&takes::rows, s.interpolate == 0, "--interpolate");
    if (s.steps_given && !found->of.steps)
        std::cerr << "note: --steps-per-level says nothing here: --sampler " << s.sampler << " makes one move a level\n";
    if (s.adaptation_given && !found->of.adaptation)
        std::cerr << "note: --adapt-chains and --adapt-transitions say nothing here: --sampler " << s.sampler << " adapts no steps\n";
    if (found->of.energies) return found->make(s, score);
    score.require_score("--sampler " + s.sampler);
    if (!found->of.step) {
        require(s.common.epsilon == 0 && s.common.convention == "full", "--epsilon, --convention: --sampler ", s.sampler, " has no step size");
        require(s.denoise == "none", "--denoise ", s.denoise, ": --sampler ", s.sampler, " ends with the denoised sample as it is");
    }
    plan p = found->make(s, score);
    if (s.denoise == "after") ++p.evaluations;
    return p;
}

int sample(const settings& s) {
    trained_network score = s.common.network();
    const plan p = make_plan(s, score);
    const std::vector<double>& sigmas = p.sigmas;
    const std::string start = s.start.empty() ? p.start : s.start;
    require(start == "noise" || start == "uniform" || start == p.start, "--start ", start, ": uniform and noise are known");
    require(s.count > 0 && s.common.batch > 0, "--count ", s.count, ", --batch ", s.common.batch, ": at least one was expected");
    const std::filesystem::path out = s.common.out;
    const std::size_t chains = std::min(s.trajectory, s.count);
    constexpr std::size_t most_columns = 10;                                        // of the picture of trajectories
    const std::size_t columns = std::min(sigmas.size(), most_columns);
    const image_grid_layout grid{.columns = s.columns > 0 ? s.columns : s.interpolate};
    require_picture("--count, --columns", out / "samples.png", score.images(s.count), grid);
    if (chains > 0)
        require_picture("--trajectory", out / "trajectory.png", score.images(extent_of("--trajectory", chains, columns, 0)), {.columns = columns});
    packed_file<float>::tidy(out / "samples.npy");
    make_folder(out, {"samples.npy", "samples.png", "sample.json", "trajectory.png"}, s.common.force);

    auto trajectory = host_array::uninitialized(score.images(std::max<std::size_t>(1, chains * columns)));
    const stopwatch watch;
    const auto draw = [&](std::size_t first, std::size_t count, const auto& reached, const std::stop_token& stop) {
        philox rng = philox{s.common.seed}.at_sample(first);                        // each batch makes the same draws, so its size changes nothing
        array x0 = start == "white" ? normal<array>(score.images(count), rng) : uniform<array>(score.images(count), 0, 1, rng);
        if (start == "noise") x0 = x0 + sigmas.front() * normal_like(x0, rng);
        return p.run(score, x0, rng, [&](const noise_level& level, const array& x) {
            reached(level, sigmas.size());
            const std::size_t column = (level.index + 1) * columns / sigmas.size(), size = x.shape().row_size();
            if (column == level.index * columns / sigmas.size()) return;
            if (first >= chains) return;
            const host_array seen = on_device<cpu>(x);
            for (std::size_t i = 0; i < count && first + i < chains; ++i)
                std::copy_n(seen.data() + i * size, size, trajectory.write() + ((first + i) * columns + column - 1) * size);
        }, stop);
    };
    json what = s.common.drawn_from(score, p.epsilon);
    what.update({{"sampler", s.sampler}, {"subdivide", s.subdivide}, {"steps", p.steps}, {"denoise", s.denoise}, {"start", start},
                 {"count", s.count}});
    if (!s.steps_by_level.empty()) what["steps_by_level"] = s.steps_by_level;
    if (!s.epsilon_by_level.empty()) what["epsilon_by_level"] = s.epsilon_by_level;
    if (score.has_energy())
        what.update({{"chain_noise", s.chain_noise}, {"interpolate", s.interpolate}, {"adapted", {s.long_chains.chains, s.long_chains.transitions}}});
    packed_file<float> file{out / "samples.npy", score.images(s.count), what, s.common.force ? begun::go_on_or_anew : begun::go_on};
    if (p.prepare && (file.done() < s.count || chains > 0)) {
        std::stop_source stop;
        stop_on_signals();
        score.asked = [&stop](double) { if (stop_requested) stop.request_stop(); };
        p.prepare(out / "steps.partial", what, stop.get_token());
        score.asked = {};
    }
    const host_array samples = in_batches(score, file, s.count, s.common.batch, p.evaluations, draw, "samples", chains);
    const double seconds = watch.seconds();
    for (const char* const old : {"sample.json", "trajectory.png"}) forget(out / old);
    save_image_grid(out / "samples.png", samples, grid);
    if (chains > 0) save_image_grid(out / "trajectory.png", trajectory, {.columns = columns});
    json about = s.common.to_json(score, p.epsilon.value_or(step_size{0}), seconds);
    about["steps_per_level"] = p.steps;
    about.update({{"sampler", s.sampler}, {"sigmas", sigmas}, {"denoise", s.denoise}, {"start", start}, {"count", s.count},
                  {"evaluations_per_sample", p.evaluations}});
    if (score.has_energy()) about.update({{"chain_noise", s.chain_noise}, {"interpolate", s.interpolate}});
    if (!s.steps_by_level.empty()) about["steps_by_level"] = s.steps_by_level;
    if (!s.epsilon_by_level.empty()) about["epsilon_by_level"] = s.epsilon_by_level;
    if (!p.epsilon)
        for (const char* unused : {"epsilon", "epsilon_full", "convention"}) about.erase(unused);
    save_json(out / "sample.json", about);
    forget(out / "steps.partial");
    file.commit();                                                                  // last: where samples.npy is, everything is
    std::cout << s.count << " samples in " << duration(seconds) << ": " << (out / "samples.png").string() << ", samples.npy, sample.json\n"
              << "next: inpaint --weights " << shell_quoted(s.common.weights) << " --out " << shell_quoted((out / "inpaint").string()) << '\n';
    return 0;
}

int main(int argc, char** argv) {
    settings s;
    program_options app{"Draws samples from a trained network: samples.png, samples.npy and sample.json in a folder.", "sample"};
    using takes = named_sampler::takes;
    const auto only = [](bool takes::* what) { return " (" + samplers_with(what) + ")"; };
    s.common.add_to(app, "as full step 0.2 sigma_L^2 (2e-5 at sigma_L = 0.01), for cas 0.9 sigma_L^2",
                    "moves at each level" + only(&takes::steps) + "; of energies by default those of the training");
    app.add("--sampler", s.sampler, known_samplers(false, true) + "; of an energy " + known_samplers(true, true)).show_default();
    app.add("--steps-by-level", s.steps_by_level, "steps at each level, from the largest noise to the smallest, separated by commas, in place "
            "of --steps-per-level" + only(&takes::lists)).list();
    app.add("--epsilon-by-level", s.epsilon_by_level, "step sizes at each level in place of --epsilon: a = epsilon "
            "(sigma/sigma_L)^2" + only(&takes::lists)).list();
    app.add("--count", s.count, "number of samples").show_default();
    app.add("--subdivide", s.subdivide, "n for (L-1) n + 1 levels (samplers that take no --steps-per-level); between its L levels the network "
            "is asked at the next larger one").show_default();
    app.add("--denoise", s.denoise, "none, after (x + sigma_L^2 s at the end) or before (at the point before the last move)").show_default();
    app.add("--start", s.start, "uniform (on [0,1], the papers' code), or noise (that and noise of the first level); default: uniform for "
            "samplers that take --steps-per-level, else noise; energies begin with white noise");
    app.add("--columns", s.columns, "columns of samples.png; 0: a square").show_default();
    app.add("--trajectory", s.trajectory, "chains to show in trajectory.png, one a row, a column after each level (10 at most)").show_default();
    app.add("--chain-noise", s.chain_noise, "factor of the noise of Langevin dynamics, 0.99 in the published code" +
            only(&takes::noise_factor)).show_default();
    s.long_chains.add_to(app);
    app.add("--interpolate", s.interpolate, "samples a row that go from one chain to another" + only(&takes::rows) + ": start and noise of "
            "every move lie between those of two ordinary samples, which the row begins and ends with; 0: none").show_default();
    return run_program(app, argc, argv, [&] {
        s.steps_given = app.given("--steps-per-level");
        s.adaptation_given = app.given("--adapt-chains") || app.given("--adapt-transitions");
        return sample(s);
    });
}
