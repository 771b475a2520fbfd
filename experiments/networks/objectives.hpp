// SPDX-License-Identifier: Apache-2.0
/// \file  The objectives that `train` knows by name. A new one is an entry here, whatever networks there are.
#pragma once

#include <ncsn/training/denoising.hpp>
#include <ncsn/training/recovery_likelihood.hpp>
#include <ncsn/training/sliced.hpp>

#include "chain_watch.hpp"

#include <string>
#include <tuple>

namespace ncsn {

/// The levels that a run's settings name, and recovery likelihood with its moves.
recovery_settings recovery_of(const auto& s) {
    return {.process = s.process, .levels = s.levels, .moves = s.moves, .b_squared = s.b_squared, .loss_scale = s.loss_scale};
}
inline recovery_likelihood<recovery_move> recovery_objective(const recovery_settings& s) {
    const recovery_process process = s.make();
    recovery_likelihood objective{process, s.moves, recovery_move{process, s.approximated()}};
    objective.spare = s.approximated() ? 0 : 1;
    return objective;
}

/// An entry: whether it is `of_energies`, or of scores; whether it is `of_floats`, for networks in fewer bits have no digits for its derivatives; and
/// make(request, chains), a function of model, images and generator. `chains`, of energies, hears what they were like. check(request), where there is
/// one, throws what the objective cannot mean, before anything is made.
struct denoising_entry {
    static constexpr const char *name = "dsm", *help = "denoising";
    static constexpr bool of_energies = false, of_floats = false;
    static auto make(const auto& request, chain_watch*) { return denoising_score_matching{request.sigmas, request.settings.power}; }
    static void check(const auto& request) {
        for (const double sigma : request.sigmas) (void)level_weight<array::value_type>(sigma, request.settings.power);
    }
};
struct sliced_entry {
    static constexpr const char *name = "ssm", *help = "sliced score matching";
    static constexpr bool of_energies = false, of_floats = true;
    static auto make(const auto& request, chain_watch*) { return annealed_sliced_score_matching{request.sigmas}; }
};
struct recovery_entry {
    static constexpr const char *name = "recovery", *help = "recovery likelihood";
    static constexpr bool of_energies = true, of_floats = true;
    static auto make(const auto& request, chain_watch* chains) {
        auto objective = recovery_objective(recovery_of(request.settings));
        objective.penalty = request.settings.energy_penalty;
        return watched_recovery{std::move(objective), chains};
    }
};
struct recovery_denoising_entry {
    static constexpr const char *name = "recovery-dsm", *help = "denoising for its normal approximation";
    static constexpr bool of_energies = true, of_floats = true;
    static auto make(const auto& request, chain_watch*) {
        return recovery_denoising{recovery_of(request.settings).make(), request.settings.loss_scale};
    }
};
struct recovery_expected_entry {
    static constexpr const char *name = "recovery-dsm-expected", *help = "the same with the mean of the noise, which scatters less";
    static constexpr bool of_energies = true, of_floats = true;
    static auto make(const auto& request, chain_watch*) {
        return recovery_denoising{recovery_of(request.settings).make(), request.settings.loss_scale, true};
    }
};
using objective_entries = std::tuple<denoising_entry, sliced_entry, recovery_entry, recovery_denoising_entry, recovery_expected_entry>;

/// f(entry) for each.
void for_each_objective(const auto& f) {
    std::apply([&](const auto&... entry) { (f(entry), ...); }, objective_entries{});
}
/// "dsm or ssm", or with what each is: "dsm (denoising) or ssm (sliced score matching)".
inline std::string known_objectives(bool of_energies, bool described = false) {
    std::string text;
    for_each_objective([&](const auto& entry) {
        if (entry.of_energies != of_energies) return;
        text += (text.empty() ? "" : " or ") + std::string{entry.name} + (described ? " (" + std::string{entry.help} + ")" : "");
    });
    return text;
}

}  // namespace ncsn
