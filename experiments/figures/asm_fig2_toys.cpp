// SPDX-License-Identifier: Apache-2.0
/// \file  Figure 2 of Jolicoeur-Martineau et al. (2020): annealed Langevin samples of a swiss roll and of 25 Gaussians before and after the last
/// noise is removed.
///
/// Twice: with the sampler of the authors' notebook, which looks at a noisy point but does not keep the noise, and with Langevin dynamics.
#include "../support/figure.hpp"

#include <ncsn/data/planar.hpp>
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/mlp.hpp>
#include <ncsn/samplers/denoised.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/statistics/nearest.hpp>
#include <ncsn/training/adam.hpp>
#include <ncsn/training/denoising.hpp>
#include <ncsn/training/trainer.hpp>
#include <ncsn/training/training_state.hpp>

#include <cmath>

using namespace ncsn;

constexpr double sigma = 0.1, alpha = 0.2;
constexpr std::size_t batch = 256, moves = 10, points = 5000;

/// What the notebook runs:  (1 - α) x + α H(x + √(2α) σ z).
struct notebook_move {
    array operator()(const auto& score, const array& x, const noise_level& level, philox& rng) const {
        const array noisy = x + std::sqrt(2 * alpha) * level.sigma * normal_like(x, rng);
        return (1 - alpha) * x + alpha * denoise(score, noisy, level);
    }
};

/// The mean distance of each point of a to its nearest one of b.
double nearest_distance(const array& a, const array& b) {
    double total = 0;
    for (const auto& found : nearest(a, b, 1)) total += found.front().distance;
    return total / static_cast<double>(a.shape()[0]);
}

void draw(figure& f, const std::string& name, const auto& data, double rate) {
    philox rng{f.seed};
    scaled_by_noise model{mlp<array, leaky_relu>{2, f.option<std::size_t>("width"), 2, rng, 3, leaky_relu{0.01}}};
    training_state state{std::move(model), {}, 0.999, rng};
    drawn_from batches{data, batch};
    trainer{gradient_step{denoising_score_matching{std::array{sigma}}, constant_rate{rate}}, {.steps = 2000}}(state, batches);
    model = std::move(state.model);
    rng = state.rng;

    const array truth = data.sample(points, rng), x0 = uniform<array>({points, 2}, -3, 3, rng);
    const std::array schedule{sigma};
    const noise_level level = level_at(schedule, 0);
    const auto record = [&](const std::string& sampler, const array& final, const array& denoised) {
        const double spread = nearest_distance(final, truth), left = nearest_distance(denoised, truth);
        f.measure(name + "." + sampler + ".final", spread);
        f.measure(name + "." + sampler + ".denoised", left);
        f.measure(name + "." + sampler + ".ratio", left / spread);
        f.measure(name + "." + sampler + ".coverage", nearest_distance(truth, denoised));
        f.keep(name + "_" + sampler + "_final", final);
        f.keep(name + "_" + sampler + "_denoised", denoised);
    };
    const array last = annealed{schedule, repeat{moves - 1, notebook_move{}}}(model, x0, rng);
    const array noisy = last + std::sqrt(2 * alpha) * sigma * normal_like(last, rng), h = denoise(model, noisy, level);
    record("notebook", (1 - alpha) * last + alpha * h, h);
    const array x = annealed{schedule, repeat{moves, langevin{full_step(alpha * sigma * sigma)}}}(model, x0, rng);
    record("langevin", x, denoise(model, x, level));
    f.keep(name + "_data", truth);
}

void run(figure& f) {
    draw(f, "swiss_roll", swiss_roll<array>{}, f.option<double>("swiss-roll-rate"));
    draw(f, "gaussians", gaussian_grid<array>{}, f.option<double>("gaussians-rate"));
}

int main(int argc, char** argv) {
    return reproduce(argc, argv, run);
}
