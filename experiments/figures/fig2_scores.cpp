// SPDX-License-Identifier: Apache-2.0
/// \file  Figure 2 of Song & Ermon (2019): a score network trained by sliced score matching is accurate only where there are data.
#include <ncsn/arrays/xtensor.hpp>
#include <ncsn/ncsn.hpp>

#include "../figure.hpp"

#include <xtensor/xbuilder.hpp>
#include <xtensor/xindex_view.hpp>
#include <xtensor/xmath.hpp>
#include <xtensor/xview.hpp>

using namespace ncsn;

// The paper's Section 3.2.1 and its toy program.
constexpr std::size_t steps = 10'000, batch = 128, hidden = 128, arrows = 20;
constexpr double learning_rate = 1e-3, edge = 8;

/// The points of an n x n grid over [-8, 8]², x fastest: [n², 2].
array grid(std::size_t n) {
    const xt::xtensor<double, 1> side = xt::linspace(-edge, edge, n);
    const auto [y, x] = xt::meshgrid(side, side);
    return from_xtensor<array>(xt::stack(xt::xtuple(xt::ravel(x), xt::ravel(y)), 1));
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

/// The rows of matrices side by side, as gnuplot reads them; a blank line after each `block` rows.
std::string table(std::initializer_list<array> columns, std::size_t block = 0) {
    std::ostringstream out;
    for (std::size_t i = 0; i < columns.begin()->shape()[0]; ++i) {
        for (const array& a : columns)
            for (std::size_t k = 0; k < a.shape().row_size(); ++k) out << a[i * a.shape().row_size() + k] << ' ';
        out << (block > 0 && i % block == block - 1 ? "\n\n" : "\n");
    }
    return out.str();
}

/// A network trained from one seed, what it is worth, and for the first seed the fields of the figure.
void run(figure& f) {
    // p = ⅕ N((−5,−5), I) + ⅘ N((5,5), I)
    const gaussian_mixture<array> data({{0.2, {-5, -5}}, {0.8, {5, 5}}}, 1);
    philox rng{f.seed};
    unconditional model{mlp<array>{2, hidden, 2, rng}};
    adam optimizer{model, {.rate = learning_rate}};
    const sliced_score_matching loss{slicing::variance_reduced};
    for (std::size_t step = 0; step < steps; ++step) {
        const auto [value, gradient] = value_and_grad(loss, model, data.sample(batch, rng), rng);
        optimizer.step(model, gradient);
        if (step % 1000 == 0) std::cout << "seed " << f.seed << "  step " << step << "  loss " << value << std::endl;
    }

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
    const std::size_t shades = f.id == "fig2_scores" ? 200 : 500;                    // points a side; the reproduction report draws 500
    const array shaded = grid(shades), log_density = data.log_density(shaded, no_noise);
    f.keep("points", coarse);
    f.keep("exact", data(coarse, no_noise));
    f.keep_text("density.txt", table({shaded, from_xtensor<array>(xt::exp(as_xtensor(log_density)))}, shades));
    f.keep_text("fields.txt", table({coarse, data(coarse, no_noise), model(coarse)}));
}

int main(int argc, char** argv) {
    return reproduce(argc, argv, "fig2_scores", "Figure 2 of Song & Ermon (2019): where a learned score is accurate", run);
}
