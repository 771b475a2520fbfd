// SPDX-License-Identifier: Apache-2.0
/// \file  The levels of a trained energy by name, and the moves that its chains make.
#pragma once

#include <ncsn/levels/recovery.hpp>
#include <ncsn/samplers/long_run.hpp>
#include <ncsn/samplers/progressive.hpp>
#include <ncsn/training/checkpoint.hpp>

#include "../packed_file.hpp"
#include "../program.hpp"
#include "catalogue.hpp"

#include <string>
#include <vector>

namespace ncsn {

/// The factor of the chains' noise with which the published samples are drawn.
inline constexpr double published_chain_noise = 0.99;

/// As options of `train` name them.
struct recovery_settings {
    std::string process = "code";
    std::size_t levels = 6, moves = 30;
    double b_squared = 2e-4;
    bool loss_scale = true;

    bool approximated() const { return process == "fine"; }                            ///< by one normal draw a level
    recovery_process make() const {
        constexpr std::size_t thousand = 1000;
        require(b_squared > 0 && std::isfinite(b_squared), "--b-squared ", b_squared, ": a positive number was expected");
        require(process == "code" || process == "paper" || approximated() || process == "marginal", "--process ", process,
                ": code, paper, fine and marginal are known");
        require(!approximated() || (levels == thousand && moves == 1), "--process fine: ", levels, " levels and ", moves, " moves; --levels ",
                thousand, " and --moves 1 were expected, a normal draw at each");
        require(levels > 0 && levels <= most_extent, "--levels ", levels, ": 1 to ", most_extent, " were expected");   // before memory is asked for
        require(process != "marginal" || levels == 1, "--process marginal: --levels ", levels, "; it has 1");
        require(moves > 0, "--moves 0: at least one was expected");
        const recovery_process made = process == "code"    ? recovery_code(recovery_blocks(levels), b_squared)
                                      : process == "paper" ? recovery_paper(recovery_linear(levels), b_squared)
                                      : approximated()     ? recovery_fine()
                                                           : recovery_marginal(b_squared);
        if (loss_scale) return made;
        std::vector<recovery_step> steps;
        for (std::size_t t = 0; t < made.size(); ++t) {
            steps.push_back(made[t]);
            steps.back().weight = 1;
        }
        return recovery_process{steps};
    }
};

/// One move of a chain, of whichever kind the levels ask for.
struct recovery_move {
    recovery_process process;
    bool approximated;
    double noise = 1;

    template <Array A> A operator()(const ScoreModel<A> auto& conditional, const A& y, const noise_levels& levels, Generator auto& rng) const {
        end_on_signal("chains");                                                    // of a step of training, a test loss, a picture
        if (approximated) return normal_approximation{}(conditional, y, levels, rng);
        return recovery_langevin{process, noise}(conditional, y, levels, rng);
    }
};

/// How long chains are begun: their steps adapted with so many chains, so many transitions at a time.
struct long_run_options {
    std::size_t chains = 32, transitions = 100;

    void add_to(program_options& app) {
        app.add("--adapt-chains", chains, "chains by which the steps of Hamiltonian Monte Carlo are adapted at each level (the paper: "
                "1000)").show_default();
        app.add("--adapt-transitions", transitions, "and their transitions between two changes of a step").show_default();
    }
    void check(const recovery_settings& levels) const {
        require(levels.approximated(), "levels of the kind ", levels.process, " are too far apart for normal approximations, with which long chains "
                "begin; take an energy trained with --process fine");
        require(chains > 0 && transitions > 0, "--adapt-chains ", chains, ", --adapt-transitions ", transitions, ": at least one was expected");
    }
    /// The move of a level: a normal approximation and moves - 1 transitions whose steps bring the acceptance between 0.6 and 0.9. Finding them takes
    /// long: those that are found stay in the file `kept` from level to level, for a process that depends on the same, `about`.
    long_run prepare(const recovery_settings& levels, const auto& energy, const shape& images, std::size_t moves, philox rng, level_steps& adapted,
                     const std::filesystem::path& kept, const json& about, begun earlier, const std::stop_token& stop = {}) const {
        check(levels);
        if (moves == 1) return {{}, 1};
        rng.stream = adaptation_stream;
        const recovery_process process = levels.make();
        const array x_T = normal<array>(images.with_rows(chains), rng);
        steps_under_way<array> at{process, x_T, rng};
        const file_metadata of{{"of", about.dump()}};
        std::error_code ignored;
        if (std::filesystem::is_regular_file(std::filesystem::symlink_status(kept, ignored))) {
            const auto begun_with = safetensors_file::open(kept).metadata();
            const bool same = begun_with.contains("of") && begun_with.at("of") == of.at("of");
            require(same || earlier == begun::go_on_or_anew, "--out: ", kept, " was begun with other settings; finish it with "
                    "those, remove it, or begin anew with --force");
            if (same) load_checkpoint(kept, at);
        }
        if (at.left == process.size()) forget(kept);                                // also a link, which would lead elsewhere
        else std::cout << "continues with the steps of " << process.size() - at.left << " levels" << std::endl;
        progress_line line;
        stopwatch since_kept;
        const auto keep = [&](const steps_under_way<array>& now) {
            line.show("steps of level " + std::to_string(now.left) + ": " + brief(now.step), false);
            if (now.left > 0 && since_kept.seconds() < 2) return;
            save_checkpoint(kept, now, of);
            since_kept = {};
        };
        try {
            adapted = adapted_steps(process, energy, at, adaptation{.transitions = transitions}, keep, stop);
        } catch (const stopped& reason) {
            line.end();
            save_checkpoint(kept, at, of);
            throw stopped{std::string{reason.what()} + "\nthe steps of " + std::to_string(process.size() - at.left) + " of " +
                          std::to_string(process.size()) + " levels are kept; the same command continues"};
        }
        return {adapted.steps, moves};
    }

private:
    static constexpr std::uint32_t adaptation_stream = 1;                             // apart from that of the samples
};

/// The noise of the levels as a schedule has it, largest first.
inline std::vector<double> noise_of(const recovery_process& process) {
    std::vector<double> sigmas;
    for (std::size_t t = process.size(); t-- > 0;) sigmas.push_back(process[t].sigma);
    return sigmas;
}

}  // namespace ncsn
