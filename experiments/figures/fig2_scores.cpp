// SPDX-License-Identifier: Apache-2.0
/// \file  Figure 2 of Song & Ermon (2019): a score network trained by sliced score matching is accurate only where there are data.
#include <ncsn/arrays/xtensor.hpp>
#include <ncsn/ncsn.hpp>

#include "../support/figure.hpp"
#include "../support/two_gaussians.hpp"

#include <xtensor/xindex_view.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xview.hpp>

using namespace ncsn;

// The paper's Section 3.2.1 and its toy program.
constexpr std::size_t steps = 10'000, batch = 128, hidden = 128, arrows = 20;
constexpr double learning_rate = 1e-3, edge = 8;

/// The points of an n x n grid over [-8, 8]², x fastest: [n², 2].
array grid(std::size_t n) {
    const double half_cell = edge / static_cast<double>(n - 1);                     // a plane_grid has the centres of its cells
    return plane_grid{-edge - half_cell, edge + half_cell, n}.points<array>();
}

/// |x| of points or |x - y| of pairs along the last axis of an expression.
auto length(auto&& difference) {
    return xt::sqrt(xt::sum(xt::square(difference), {difference.dimension() - 1}));
}

/// The distance of points [N, 2] from the nearest mean.
xt::xtensor<double, 1> distance_to_data(const gaussian_mixture<array>& data, const array& x) {
    const auto points = xt::view(as_xtensor(x), xt::all(), xt::newaxis(), xt::all());
    return xt::amin(length(points - as_xtensor(data.means())), {1});
}

/// The network as it starts and its optimizer, by the words that `train` has for them: PyTorch's, which the paper's program has, or Keras', which the
/// report's has.
auto untrained(const figure& f, philox& rng) {
    const auto initialisation = f.option<std::string>("initialisation"), optimizer = f.option<std::string>("optimizer");
    require(initialisation == "own" || initialisation == "keras", "--initialisation ", initialisation, ": own and keras are known");
    require(optimizer == "adam" || optimizer == "keras-adam", "--optimizer ", optimizer, ": adam and keras-adam are known");
    unconditional model{mlp<array>{2, hidden, 2, rng}};
    if (initialisation == "keras") initialise_as_keras(model, rng);
    return training_state{std::move(model), optimizer == "keras-adam" ? keras_adam : adam_settings{}, 0.999, rng};
}

/// A network trained from one seed, what it is worth, and for the first seed the fields of the figure.
void run(figure& f) {
    // p = ⅕ N((−5,−5), I) + ⅘ N((5,5), I)
    const gaussian_mixture<array> data({lower_mode<array>(), upper_mode<array>()}, 1);
    philox rng{f.seed};
    auto state = untrained(f, rng);
    drawn_from batches{data, batch};
    const gradient_step step{sliced_score_matching{slicing::variance_reduced}, constant_rate{learning_rate}};
    trainer{step, {.steps = steps}}(state, batches, [&](const training_report& report) {
        if (report.step % 1000 == 1) std::cout << "seed " << f.seed << "  step " << report.step << "  loss " << report.loss << std::endl;
    });
    const auto& model = state.model;
    rng = state.rng;

    // Both losses exactly (a trace in place of a slice), on the same 100,000 points that were not trained on.
    const array test = data.sample(100'000, rng);
    const double at_truth = score_matching{}(data, test, rng)[0], at_model = score_matching{}(model, test, rng)[0];
    f.measure("loss.optimum", at_truth);
    f.measure("loss.model", at_model);
    f.measure("loss.excess", at_model - at_truth);                             // ½ E|s - s*|² over the data

    const array fine = grid(161), difference = model(fine) - data(fine, no_noise);
    const xt::xtensor<double, 1> distance = distance_to_data(data, fine), error = length(as_xtensor(difference));
    const auto mean_where = [&](const auto& chosen) { return xt::mean(xt::filter(error, chosen))(); };
    const double near = mean_where(distance < 2), far = mean_where(distance >= 4);
    f.measure("error.near", near);
    f.measure("error.far", far);
    f.measure("error.ratio", far / near);

    const array coarse = grid(arrows);
    save_npy(f.out / ("estimated_seed" + std::to_string(f.seed) + ".npy"), model(coarse));
    const std::size_t shades = f.option<std::size_t>("shades");                       // points a side
    const array shaded = grid(shades), log_density = data.log_density(shaded, no_noise);
    f.keep("points", coarse);
    f.keep("exact", data(coarse, no_noise));
    f.keep_text("density.txt", gnuplot_table{{shaded, exp(log_density)}, shades});
    f.keep_text("fields.txt", gnuplot_table{{coarse, data(coarse, no_noise), model(coarse)}});
}

int main(int argc, char** argv) {
    return reproduce(argc, argv, run);
}
