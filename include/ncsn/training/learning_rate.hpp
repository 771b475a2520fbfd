// SPDX-License-Identifier: Apache-2.0
/// \file  Learning rates: functions of the number of steps that were made already.
#pragma once

#include <ncsn/arithmetic/error.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <numbers>

namespace ncsn {

/// The rate of a step, which comes after so many others.
template <class R>
concept LearningRate = requires(const R& rate, std::size_t step) {
    { rate(step) } -> std::convertible_to<double>;
};

/// The rate of a step, or an error where it is none: a negative one climbs, and a checkpoint with it could not be read again.
template <LearningRate R> double rate_of_step(const R& rate, std::size_t step) {
    const double found = rate(step);
    require(std::isfinite(found) && found >= 0, "training: the rate of step ", step + 1, " is ", found, "; a finite number of 0 or more was "
            "expected");
    return found;
}

struct constant_rate {
    double rate = 1e-3;
    double operator()(std::size_t) const { return rate; }
};

/// Half a cosine from 1 at step 0 to 0 at the last (Loshchilov & Hutter 2017, without restarts).
inline double cosine_decay(std::size_t step, std::size_t steps) {
    const double done = steps == 0 ? 1 : static_cast<double>(std::min(step, steps)) / static_cast<double>(steps);
    return (1 + std::cos(std::numbers::pi * done)) / 2;
}
/// rate · cosine_decay: from `rate` at step 0 to 0 at the last of `steps`.
struct cosine_rate {
    double rate = 1e-3;
    std::size_t steps = 0;
    double operator()(std::size_t step) const {
        require(steps > 0, "cosine_rate: steps = 0, with which every rate is 0; the number of steps in all was expected");
        return rate * cosine_decay(step, steps);
    }
};

/// Another rate, which rises on a line to its value during the first steps: rate(i) (i+1)/steps for i < steps.
template <LearningRate R> struct warm_up {
    std::size_t steps;
    R then;
    double operator()(std::size_t step) const {
        const double rate = then(step);
        return step < steps ? rate * static_cast<double>(step + 1) / static_cast<double>(steps) : rate;
    }
};
template <class R> warm_up(std::size_t, R) -> warm_up<R>;

}  // namespace ncsn
