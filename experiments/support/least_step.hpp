// SPDX-License-Identifier: Apache-2.0
/// \file  Which of some step sizes has the least distance, and which others cannot be told from it.
#pragma once

#include <ncsn/arithmetic/error.hpp>

#include "claim.hpp"

#include <vector>

namespace ncsn {

/// A step size and the distance of the samples that it gives, of every seed.
struct measured_step {
    double epsilon;
    std::vector<double> distances;

    measurement numbers() const { return {.name = {}, .statement = {}, .values = distances}; }
};

/// Of step sizes by rising ε, all with the same seeds: the one of the least mean distance, and the last ones to either side of it that cannot be
/// told from it. A neighbour can be told where it is farther away seed by seed (one-sided t test of the differences at 5 %). For each alone: that the
/// best is the best of many is not corrected for.
struct least_step {
    std::size_t best = 0, first = 0, last = 0;
    static constexpr double level = 0.05;

    explicit least_step(const std::vector<measured_step>& steps) {
        require(!steps.empty(), "least_step: no step sizes; one or more were expected");
        for (std::size_t k = 1; k < steps.size(); ++k)
            require(steps[k].epsilon > steps[k - 1].epsilon && steps[k].distances.size() == steps[0].distances.size(), "least_step: step ", k, ", ",
                    steps[k].epsilon, " of ", steps[k].distances.size(), " seeds; more than ", steps[k - 1].epsilon, " of ",
                    steps[0].distances.size(), " was expected");
        for (std::size_t k = 1; k < steps.size(); ++k)
            if (steps[k].numbers().mean() < steps[best].numbers().mean()) best = k;
        first = last = best;
        while (first > 0 && !farther(steps[first - 1], steps[best])) --first;
        while (last + 1 < steps.size() && !farther(steps[last + 1], steps[best])) ++last;
    }

private:
    static bool farther(const measured_step& step, const measured_step& than) {
        const claim above{.statement = {}, .paper = {}, .relation = "above", .quantity = {}, .other = "the best", .level = level, .gap = {}};
        return above.test(step.numbers(), than.distances, true).verdict == outcome::holds;
    }
};

}  // namespace ncsn
