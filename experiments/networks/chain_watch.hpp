// SPDX-License-Identifier: Apache-2.0
/// \file  Recovery likelihood that is watched: what the chains of a run's steps are like.
#pragma once

#include <ncsn/training/guard.hpp>
#include <ncsn/training/recovery_likelihood.hpp>

#include "recovery_settings.hpp"

namespace ncsn {

/// What the chains of a run's steps were like since it was last told: by level, the gap f(y⁺) - f(y⁻) = E(y⁻) - E(y⁺), which is near 0 where data and
/// chains look alike, and how far the chains went from where they began. On a device whose steps nobody can look at only the last step is known, and
/// its levels are not.
class chain_watch {
public:
    explicit chain_watch(std::size_t levels) : sums_(levels) {}

    void add(const recovery_draw<array>& drawn, const array& differences, const recovery_process& process) {
        const array kept = process.column_of(&recovery_step::kept, drawn.levels, drawn.synthesized);
        const array way = drawn.synthesized / kept - drawn.noisier, squares = row_dot(way, way);
        if constexpr (observable_steps<array>)
            add_rows(on_device<cpu>(differences), on_device<cpu>(squares), [&drawn](std::size_t n) { return drawn.levels.index[n]; });
        else last_differences_ = differences, last_squares_ = squares;
    }
    /// Adds the means to an entry of metrics.jsonl and begins anew.
    void tell(json& entry) {
        if (!last_squares_.empty())
            add_rows(on_device<cpu>(last_differences_), on_device<cpu>(last_squares_), [](std::size_t) { return std::size_t{0}; });
        level all;
        json gaps = json::array(), ways = json::array();
        for (level& of : sums_) {
            all.gap += of.gap, all.displacement += of.displacement, all.count += of.count;
            const auto mean = [&of](double sum) { return of.count > 0 ? json(sum / static_cast<double>(of.count)) : json(); };
            gaps.push_back(mean(of.gap)), ways.push_back(mean(of.displacement));
            of = {};
        }
        if (all.count == 0) return;
        entry["gap"] = all.gap / static_cast<double>(all.count);
        entry["displacement"] = all.displacement / static_cast<double>(all.count);
        constexpr std::size_t few = 32;
        if (observable_steps<array> && sums_.size() <= few) entry["gap_of_level"] = gaps, entry["displacement_of_level"] = ways;
    }

private:
    void add_rows(const host_array& differences, const host_array& squares, const auto& level_of) {
        require(all_finite(squares), "the chains are no longer finite: the energy has become too steep for the steps of Langevin dynamics");
        for (std::size_t n = 0; n < differences.size(); ++n) {
            level& of = sums_.at(level_of(n));
            of.gap -= static_cast<double>(differences[n]);
            of.displacement += std::sqrt(static_cast<double>(squares[n]));
            ++of.count;
        }
    }
    struct level {
        double gap = 0, displacement = 0;
        std::size_t count = 0;
    };
    std::vector<level> sums_;
    array last_differences_, last_squares_;
};

/// Recovery likelihood that is watched.
struct watched_recovery {
    recovery_likelihood<recovery_move> objective;
    chain_watch* watch;

    auto operator()(const auto& energy, const array& x, philox& rng) const {
        const recovery_draw<array> drawn = objective.draw(energy, x, rng);
        const auto energies = objective.energies(energy, drawn);
        watch->add(drawn, array{plain(energies.real) - plain(energies.synthesized)}, objective.process);
        return objective.loss(energies, drawn.levels);
    }
    void advance(auto& model) const { objective.advance(model); }
};

}  // namespace ncsn
