// SPDX-License-Identifier: Apache-2.0
/// \file  Figures 2 and 3 of Gao et al. (2021): densities in the plane, by recovery likelihood and by short-run marginal likelihood.
///
/// Nothing of these examples is published; the settings are ours. A board or a ring under the noise of any level has a density in closed form, so
/// every energy is compared with the truth on a grid.
#include "../support/figure.hpp"

#include <ncsn/data/planar.hpp>
#include <ncsn/models/energy_mlp.hpp>
#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/statistics/plane_grid.hpp>
#include <ncsn/training/adam.hpp>
#include <ncsn/training/ema.hpp>
#include <ncsn/training/recovery_likelihood.hpp>
#include <ncsn/training/trainer.hpp>
#include <ncsn/training/training_state.hpp>

#include <cmath>
#include <numbers>

using namespace ncsn;

constexpr std::size_t moves = 30, drawn = 4'000;
constexpr double published_b_squared = 2e-4, b_squared = 0.1;
constexpr double small_step_rate = 1e-3, large_step_rate = 3e-3;                   // an energy is in units of its step: small steps, small energies
const plane_grid fine{-4, 4, 200}, coarse{-4, 4, 20};

/// The dark squares of a board of 4 x 4 unit squares: deviation 1.15.
struct board {
    static constexpr const char* name = "checkerboard";
    static array sample(std::size_t n, philox& rng) { return checkerboard<array>{.squares = 4, .half_width = 2}.sample(n, rng); }
    static bool holds(double x, double y) {
        return std::abs(x) < 2 && std::abs(y) < 2 && (static_cast<int>(std::floor(x)) + static_cast<int>(std::floor(y))) % 2 == 0;
    }
    /// ln of the density of a x + σ n at the cells of the fine grid: eight squares, each a product of two differences of Φ.
    static array log_density(double signal, double sigma) {
        const auto below = [&](double at, double edge) { return 0.5 * std::erfc((signal * edge - at) / (std::numbers::sqrt2 * sigma)); };
        const auto within = [&](double at, int low) { return std::max(0.0, below(at, low) - below(at, low + 1)); };
        std::vector<float> values;
        const array at = fine.points<array>();
        for (std::size_t i = 0; i < fine.size(); ++i) {
            double density = 0;
            for (int row = -2; row < 2; ++row)
                for (int column = -2; column < 2; ++column)
                    if ((row + column) % 2 == 0) density += within(at[2 * i], column) * within(at[2 * i + 1], row);
            values.push_back(static_cast<float>(std::log(density)));
        }
        return {{fine.size(), 1}, std::span<const float>{values}};
    }
};

/// Eight Gaussians of deviation 0.15 on a circle of radius 1.5: deviation 1.07.
struct circle {
    static constexpr const char* name = "ring";
    static constexpr double radius = 1.5, deviation = 0.15;
    static array sample(std::size_t n, philox& rng) { return gaussian_ring<array>{8, radius, deviation, 1}.sample(n, rng); }
    /// Within three deviations of a mean: 98.9 % of the data.
    static bool holds(double x, double y) {
        const double turns = 8 * std::atan2(y, x) / (2 * std::numbers::pi), angle = 2 * std::numbers::pi / 8 * std::round(turns);
        return std::hypot(x - radius * std::cos(angle), y - radius * std::sin(angle)) < 3 * deviation;
    }
    static array log_density(double signal, double sigma) {
        std::vector<gaussian_mixture<array>::component> modes;
        for (int k = 0; k < 8; ++k) {
            const double angle = 2 * std::numbers::pi * k / 8;
            modes.push_back({1, {signal * radius * std::cos(angle), signal * radius * std::sin(angle)}});
        }
        const gaussian_mixture<array> mixture{std::span<const gaussian_mixture<array>::component>{modes}, signal * deviation};
        return mixture.log_density(fine.points<array>(), noise_levels{{0}, {sigma}});
    }
};

/// T6 with the code's last level, which starts from white noise and is marginal, and steps δ_t = b σ_{t+1}.
recovery_process six_levels(double b_squared) {
    const diffusion d = recovery_t6();
    return recovery_levels(d, [&](std::size_t k) { return b_squared * d.sigma(k) * d.sigma(k); }, true);
}
/// An energy and the chains that it was trained with.
struct model {
    recovery_process process;
    std::size_t moves;
    energy_mlp<array> energy;

    auto sampler() const { return progressive{process, repeat{moves, recovery_langevin{process}}}; }
    /// ln of the density of x_t but for a constant, at the cells of the fine grid.
    array log_density(std::size_t t) const {
        const auto [kept, scale] = std::pair{process[t].kept, process[t].scale};
        return (-1 / scale) * energy(array(kept * fine.points<array>()), process.levels(std::vector<std::size_t>(fine.size(), t)));
    }
};

/// Trained with chains of `times` moves, and with as many gradients of the energy in all whatever `times` is: longer chains, fewer iterations.
model trained(const figure& f, const auto& data, const recovery_process& process, std::size_t times, double rate) {
    philox rng{f.seed};
    const std::size_t iterations = f.option<std::size_t>("iterations") * moves / times, batch = f.option<std::size_t>("batch");
    energy_mlp<array> energy{2, f.option<std::size_t>("width"), rng};
    training_state state{std::move(energy), {}, 0.99, rng};
    drawn_from batches{data, batch};
    trainer{gradient_step{recovery_likelihood{process, times}, cosine_rate{rate, iterations}}, {.steps = iterations}}(state, batches);
    return {process, times, state.average.model()};
}

std::size_t points(const figure& f) { return f.option<std::size_t>("points"); }
/// The share of a density where the data are.
double share_inside(const auto& data, const plane_density& density) {
    const array at = fine.points<array>();
    double sum = 0;
    for (std::size_t i = 0; i < fine.size(); ++i) sum += data.holds(at[2 * i], at[2 * i + 1]) ? density.probability[i] : 0;
    return sum;
}
double share_inside(const auto& data, const array& x) {
    double count = 0;
    for (std::size_t i = 0; i < x.shape()[0]; ++i) count += data.holds(x[2 * i], x[2 * i + 1]);
    return count / static_cast<double>(x.shape()[0]);
}
/// A density of the fine grid in squares of side 0.4.
plane_density coarsened(const plane_density& density) {
    plane_density sums{std::vector<double>(coarse.size(), 0.0), 0};
    const std::size_t factor = fine.cells / coarse.cells;
    for (std::size_t i = 0; i < fine.size(); ++i)
        sums.probability[i / fine.cells / factor * coarse.cells + i % fine.cells / factor] += density.probability[i];
    return sums;
}
/// Half the sum of the differences between two shares of each square of side 0.4: their total variation.
double distance(const plane_density& a, const plane_density& b) {
    double sum = 0;
    for (std::size_t i = 0; i < coarse.size(); ++i) sum += 0.5 * std::abs(a.probability[i] - b.probability[i]);
    return sum;
}
double histogram_distance(const plane_density& truth, const array& x) { return distance(histogram(coarse, x), coarsened(truth)); }

/// A density per unit area as a matrix for gnuplot's `matrix with image`: rows from the lowest second coordinate.
void keep_density(const figure& f, const std::string& name, const plane_density& density) {
    std::vector<float> values;
    for (const double p : density.probability) values.push_back(static_cast<float>(p / fine.area()));
    f.keep(name, array{{fine.size()}, std::span<const float>{values}});
}
void keep_points(const figure& f, const std::string& name, const array& x) {
    f.keep(name, array{{drawn, 2}, x.values().first(2 * drawn)});
}

/// KL(true || model) of a model that knows nothing: the uniform density on the grid.
double uniform_divergence(const plane_density& truth) { return kl_divergence(truth, fine, array{{fine.size(), 1}}); }

/// One data set of Figure 2.
void compare(figure& f, const auto& data) {
    const recovery_step last = six_levels(b_squared)[0];
    const plane_density truth = normalized(fine, data.log_density(last.total_signal, last.total_sigma));
    philox rng{f.seed + 1000};
    const std::string name = data.name;
    keep_points(f, name + "_data", data.sample(drawn, rng));
    const auto divergence_of = [&](const std::string& method, const recovery_process& process, std::size_t times, double rate) {
        const model m = trained(f, data, process, times, rate);
        const array log_density = m.log_density(0), x = m.sampler()(m.energy, normal<array>({points(f), 2}, rng), rng);
        const double kl = kl_divergence(truth, fine, log_density);
        f.measure(name + "." + method + ".kl", kl);
        const plane_density density = normalized(fine, log_density);
        f.measure(name + "." + method + ".samples", share_inside(data, x));
        f.measure(name + "." + method + ".samples_off", histogram_distance(truth, x));
        f.measure(name + "." + method + ".density_off", distance(coarsened(density), coarsened(truth)));
        keep_points(f, name + "_" + method, x);
        keep_density(f, name + "_" + method + "_density", density);
        return kl;
    };
    const double ours = divergence_of("ours", six_levels(b_squared), moves, large_step_rate);
    const double short_run = divergence_of("short", recovery_marginal(published_b_squared), 6 * moves, small_step_rate);
    f.measure(name + ".ratio", short_run / ours);
    f.measure(name + ".log_ratio", std::log(short_run / ours));
    f.measure(name + ".log_worse", std::log(short_run / uniform_divergence(truth)));
    if (f.option<bool>("controls")) {                                               // each with the other's step
        divergence_of("ours_small_step", six_levels(published_b_squared), moves, small_step_rate);
        divergence_of("short_large_step", recovery_marginal(last.variance), 6 * moves, large_step_rate);
    }
}
void toys(figure& f) {
    compare(f, board{});
    compare(f, circle{});
}

/// Figure 3: all levels of one model.
void levels(figure& f) {
    const board data{};
    const recovery_process process = six_levels(b_squared);
    const model m = trained(f, data, process, moves, large_step_rate);
    philox rng{f.seed + 1000};
    for (std::size_t t = process.size(); t-- > 0;) {
        const array log_density = m.log_density(t);
        const plane_density density = normalized(fine, log_density);
        const plane_density truth = normalized(fine, data.log_density(process[t].total_signal, process[t].total_sigma));
        f.measure("kl.level" + std::to_string(t), kl_divergence(truth, fine, log_density));
        keep_density(f, "density" + std::to_string(t), density);
        if (t > 0) continue;
        f.measure("dark.density", share_inside(data, density));
        f.measure("log_gain", std::log(uniform_divergence(truth) / kl_divergence(truth, fine, log_density)));
    }
    const std::size_t top = process.size();
    std::vector<float> white;
    const array at = fine.points<array>();
    for (std::size_t i = 0; i < fine.size(); ++i) white.push_back(-0.5f * (at[2 * i] * at[2 * i] + at[2 * i + 1] * at[2 * i + 1]));
    keep_density(f, "density" + std::to_string(top), normalized(fine, array{{fine.size(), 1}, std::span<const float>{white}}));

    const array x_T = normal<array>({points(f), 2}, rng);
    const plane_density truth = normalized(fine, data.log_density(process[0].total_signal, process[0].total_sigma));
    const auto watch = [&](std::size_t t, const array& x) {
        keep_points(f, "samples" + std::to_string(t), x);
        f.measure("histogram.level" + std::to_string(t), histogram_distance(truth, x));
    };
    watch(top, x_T);
    const array x = m.sampler()(m.energy, x_T, rng, [&](const noise_level& level, const array& y) {
        watch(level.index, array((1 / process[level.index].kept) * y));
    });
    f.measure("dark.samples", share_inside(data, x));
    f.measure("histogram", histogram_distance(truth, x));
}

int main(int argc, char** argv) {
    return reproduce_one_of(argc, argv, {{"drl_fig2_toys", toys}, {"drl_fig3_checkerboard", levels}});
}
