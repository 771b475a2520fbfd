// SPDX-License-Identifier: Apache-2.0
/// \file  Noise schedules: σ₁ > σ₂ > ... > σ_L > 0.
#pragma once

#include <ncsn/arithmetic/philox.hpp>
#include <ncsn/arrays/random.hpp>
#include <ncsn/levels/noise_level.hpp>

#include <cmath>
#include <concepts>
#include <vector>

namespace ncsn {

template <class T> concept FloatingNumber = std::floating_point<std::remove_cvref_t<T>>;

/// Standard deviations in data units, largest first. A std::vector<float> is one.
template <class N>
concept NoiseSchedule = requires(const N& sigmas, std::size_t i) {
    { sigmas.size() } -> std::convertible_to<std::size_t>;
    { sigmas[i] } -> FloatingNumber;
};

/// Between which levels, and how many.
struct schedule_settings {
    double first = 1, last = 0.01;
    std::size_t levels = 10;
};

/// A schedule that a rule spreads between two ends: Rule::at(first, last, fraction in [0, 1]). Computed in double.
template <class Rule> class spread_schedule {
public:
    explicit spread_schedule(schedule_settings s) {
        require(s.levels >= 1, "schedule: 0 levels; at least 1 is needed");
        require(s.last > 0 && std::isfinite(s.first) && (s.levels == 1 ? s.first >= s.last : s.first > s.last), "schedule: first = ", s.first,
                " and last = ", s.last, "; first > last > 0 was expected (standard deviations, largest first)");
        for (std::size_t i = 0; i < s.levels; ++i)
            sigmas_.push_back(Rule::at(s.first, s.last, s.levels == 1 ? 0.0 : static_cast<double>(i) / static_cast<double>(s.levels - 1)));
    }
    auto begin() const { return sigmas_.begin(); }
    auto end() const { return sigmas_.end(); }
    std::size_t size() const { return sigmas_.size(); }
    double operator[](std::size_t i) const { return sigmas_[i]; }

private:
    std::vector<double> sigmas_;
};

struct geometric_rule {
    static double at(double first, double last, double f) { return std::exp((1 - f) * std::log(first) + f * std::log(last)); }
};
struct linear_rule {
    static double at(double first, double last, double f) { return first + f * (last - first); }
};
struct hybrid_rule {
    static double at(double first, double last, double f) { return (geometric_rule::at(first, last, f) + linear_rule::at(first, last, f)) / 2; }
};

/// σᵢ₊₁/σᵢ constant: the schedule of Song & Ermon (2019).
using geometric = spread_schedule<geometric_rule>;
/// σᵢ - σᵢ₊₁ constant: Figure 9 of the reproduction report.
using linear = spread_schedule<linear_rule>;
/// The mean of the two, from the reproduction's code.
using hybrid = spread_schedule<hybrid_rule>;

static_assert(NoiseSchedule<geometric> && NoiseSchedule<std::vector<float>>);
#if !defined(__CUDACC__)                                                            // nvcc hands double{x} on as (double)(x), which takes an int
static_assert(!NoiseSchedule<std::vector<int>>);
#endif

/// The i-th level of a schedule.
template <NoiseSchedule N> noise_level level_at(const N& schedule, std::size_t i) {
    const std::size_t n = schedule.size();
    return {i, schedule[i], i + 1 < n ? double{schedule[i + 1]} : 0.0, schedule[n - 1]};
}

/// All levels of a schedule.
template <NoiseSchedule N> std::vector<noise_level> levels_of(const N& schedule) {
    std::vector<noise_level> levels;
    for (std::size_t i = 0; i < schedule.size(); ++i) levels.push_back(level_at(schedule, i));
    return levels;
}

/// Throws unless σ₁ > σ₂ > ... > σ_L > 0.
template <NoiseSchedule N> void check_schedule(const N& schedule) {
    const std::size_t n = schedule.size();
    require(n > 0, "schedule: no levels; at least one standard deviation is needed");
    for (std::size_t i = 0; i < n; ++i) {
        const noise_level level = level_at(schedule, i);
        require(std::isfinite(level.sigma) && level.sigma > level.next, "schedule: level ", i, " is ", level.sigma, " and the next is ", level.next,
                "; standard deviations must fall and stay above 0");
    }
}

/// A level for each of n samples, uniform over the schedule. One draw of rng.
template <NoiseSchedule N> noise_levels draw_levels(const N& schedule, std::size_t n, philox& rng) {
    check_schedule(schedule);
    noise_levels levels{uniform_index(n, schedule.size(), rng), {}};
    for (const std::size_t i : levels.index) levels.sigma.push_back(level_at(schedule, i).sigma);
    return levels;
}

/// σ with ln σ uniform between those of `last` and `first`: noise of any strength, for scores that look at σ; the index of every level is 0.
struct log_uniform {
    double first = 1, last = 0.01;
};
/// One draw of rng.
inline noise_levels draw_levels(const log_uniform& source, std::size_t n, philox& rng) {
    require(std::isfinite(source.first) && source.last > 0 && source.first > source.last, "log_uniform: first = ", source.first, " and last = ",
            source.last, "; first > last > 0 was expected (standard deviations)");
    noise_levels levels{std::vector<std::size_t>(n, 0), {}};
    for (std::size_t i = 0; i < n; ++i)
        levels.sigma.push_back(geometric_rule::at(source.first, source.last, half_open_unit<double>(rng.word(rng.first_sample + i))));
    ++rng.draw;
    return levels;
}

/// What gives the samples of a batch their levels: draw_levels(source, n, rng). A schedule is one, log_uniform another; a type of one's own has the
/// function beside it.
template <class L>
concept LevelSource = requires(const L& source, std::size_t n, philox& rng) {
    { draw_levels(source, n, rng) } -> std::same_as<noise_levels>;
};
static_assert(LevelSource<geometric> && LevelSource<std::vector<double>> && LevelSource<log_uniform>);

}  // namespace ncsn
