// SPDX-License-Identifier: Apache-2.0
/// \file  Densities in the plane on a grid: normalisation, histograms and divergences.
#pragma once

#include <ncsn/arrays/tensor.hpp>

#include <cmath>
#include <limits>
#include <vector>

namespace ncsn {

/// A square [low, high)² cut into cells x cells small squares, row after row from the lowest second coordinate.
struct plane_grid {
    double low = -4, high = 4;
    std::size_t cells = 200;

    double width() const { return (high - low) / static_cast<double>(cells); }
    double area() const { return width() * width(); }
    std::size_t size() const { return cells * cells; }
    /// The centres of the cells: [cells², 2].
    template <Array A> A points() const {
        using T = typename A::value_type;
        check();
        std::vector<T> at;
        for (std::size_t i = 0; i < size(); ++i)
            for (const std::size_t k : {i % cells, i / cells}) at.push_back(static_cast<T>(low + (static_cast<double>(k) + 0.5) * width()));
        return A{shape{size(), 2}, std::span<const T>{at}};
    }
    void check() const {
        constexpr std::size_t most = 1 << 16;                                       // a side; its square still counts
        require(std::isfinite(low) && std::isfinite(high) && low < high && cells > 0 && cells <= most, "plane_grid: [", low, ", ", high, ") in ",
                cells, " cells; low < high and 1 to ", most, " cells a side were expected");
    }
};

/// A distribution over the cells of a grid.
struct plane_density {
    std::vector<double> probability;  ///< of each cell; they sum to 1
    double log_normalizer;            ///< ln ∫ exp(log density); of a histogram: ln of the number of points inside
};

/// exp(log_density), normalised by the midpoint rule.   log_density: one number a cell, as points() has them: [cells², 1]; for an energy -E.
template <Array A> plane_density normalized(const plane_grid& grid, const A& log_density_there) {
    const auto log_density = on_device<cpu>(log_density_there);
    grid.check();
    require(log_density.size() == grid.size(), "normalized: ", log_density.shape(), " for a grid of ", grid.size(),
            " cells; one number a cell was expected");
    double largest = -std::numeric_limits<double>::infinity(), total = 0;
    for (const auto value : log_density.values()) {
        require(value < std::numeric_limits<double>::infinity(), "normalized: a log density is ", value, "; numbers below infinity were expected");
        largest = std::max(largest, static_cast<double>(value));
    }
    require(std::isfinite(largest), "normalized: the density vanishes everywhere on the grid");
    plane_density result{{}, 0};
    for (const auto value : log_density.values()) {
        result.probability.push_back(std::exp(static_cast<double>(value) - largest));
        total += result.probability.back();
    }
    for (double& p : result.probability) p /= total;
    result.log_normalizer = largest + std::log(total * grid.area());
    return result;
}

/// The share of points in each cell; points outside do not count.   x: [N, 2].
template <Array A> plane_density histogram(const plane_grid& grid, const A& points_there) {
    const auto x = on_device<cpu>(points_there);
    grid.check();
    require(x.shape().rank() == 2 && x.shape()[1] == 2, "histogram: x is ", x.shape(), "; [N,2] was expected");
    for (const auto value : x.values()) require(!std::isnan(value), "histogram: the points hold what is not a number");
    plane_density result{std::vector<double>(grid.size(), 0.0), 0};
    double inside = 0;
    for (std::size_t i = 0; i < x.shape()[0]; ++i) {
        const double a = (static_cast<double>(x[2 * i]) - grid.low) / grid.width(), b = (static_cast<double>(x[2 * i + 1]) - grid.low) / grid.width();
        const double cells = static_cast<double>(grid.cells);
        if (!(a >= 0 && a < cells && b >= 0 && b < cells)) continue;
        result.probability[static_cast<std::size_t>(b) * grid.cells + static_cast<std::size_t>(a)] += 1;
        inside += 1;
    }
    require(inside > 0, "histogram: none of ", x.shape()[0], " points lies in [", grid.low, ", ", grid.high, ")^2");
    for (double& p : result.probability) p /= inside;
    result.log_normalizer = std::log(inside);
    return result;
}

/// Throws unless the cells hold probabilities.
inline void check_probabilities(const plane_density& p) {
    double total = 0;
    for (const double value : p.probability) {
        require(value >= 0, "kl_divergence: a cell has the probability ", value, "; 0 to 1 was expected");
        total += value;
    }
    require(std::abs(total - 1) < 1e-6, "kl_divergence: the probabilities sum to ", total, "; 1 was expected");
}
/// KL(p || q) = Σ p ln(p/q) over the cells, in nats; infinite where q vanishes and p does not.
inline double kl_divergence(const plane_density& p, const plane_density& q) {
    require(p.probability.size() == q.probability.size(), "kl_divergence: ", p.probability.size(), " and ", q.probability.size(),
            " cells; one grid was expected");
    check_probabilities(p), check_probabilities(q);
    double sum = 0;
    for (std::size_t i = 0; i < p.probability.size(); ++i)
        if (p.probability[i] > 0) sum += p.probability[i] * std::log(p.probability[i] / q.probability[i]);
    return sum;
}
/// The same for q = exp(log_density), normalised; finite also where exp underflows.   log_density: one number a cell, as normalized() takes it.
template <Array A> double kl_divergence(const plane_density& p, const plane_grid& grid, const A& log_density_there) {
    const auto log_density = on_device<cpu>(log_density_there);
    const double log_normalizer = normalized(grid, log_density).log_normalizer;
    require(p.probability.size() == grid.size(), "kl_divergence: ", p.probability.size(), " and ", grid.size(), " cells; one grid was expected");
    check_probabilities(p);
    double sum = 0;
    for (std::size_t i = 0; i < grid.size(); ++i)
        if (p.probability[i] > 0)
            sum += p.probability[i] * (std::log(p.probability[i] / grid.area()) - static_cast<double>(log_density[i]) + log_normalizer);
    return sum;
}

}  // namespace ncsn
