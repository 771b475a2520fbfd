// SPDX-License-Identifier: Apache-2.0
/// \file  The mixtures of the report on denoising score matching: Figures 1, 2, 4, 6 and 7. The report names neither mixtures nor settings; these
/// are the NCSN paper's two Gaussians and the three that its code has in a comment.
#include "../support/figure.hpp"
#include "../support/two_gaussians.hpp"

#include <ncsn/samplers/annealed.hpp>
#include <ncsn/samplers/langevin.hpp>
#include <ncsn/statistics/plane_grid.hpp>
#include <ncsn/statistics/kolmogorov_smirnov.hpp>
#include <ncsn/statistics/mode_weights.hpp>
#include <ncsn/statistics/moments.hpp>

#include <algorithm>
#include <map>

using namespace ncsn;

const auto two = two_gaussians<array>(), three = three_gaussians<array>();

/// Density and score of a mixture at a level, as gnuplot reads them.
void keep_fields(const figure& f, const std::string& name, const gaussian_mixture<array>& mixture, double sigma) {
    const noise_levels z{{0}, {sigma}};
    const plane_grid shaded{-10, 10, 160}, arrows{-10, 10, 17};
    const array fine = shaded.points<array>(), coarse = arrows.points<array>(), density = exp(mixture.log_density(fine, z));
    f.keep_text(name + "_density.txt", gnuplot_table{{fine, density}, shaded.cells});
    f.keep_text(name + "_score.txt", gnuplot_table{{coarse, mixture(coarse, z)}});
}

/// Figure 1: annealed Langevin dynamics from much noise to little.
void process(figure& f) {
    philox rng{f.seed};
    const geometric schedule{{.first = 8, .last = 0.25, .levels = 6}};
    const std::map<std::size_t, std::string> shown{{0, "sigma8"}, {2, "sigma2"}, {5, "last"}};
    const auto watch = [&](const noise_level& level, const array& x) {
        if (!shown.contains(level.index)) return;
        const std::string& name = shown.at(level.index);
        const moments m = moments_of(x);
        f.measure(name + ".mean", m.mean[0]);
        f.measure(name + ".variance", m.covariance[0] / (two.variance(level.sigma) + 16));
        f.keep(name, x);
        if (f.first()) keep_fields(f, name, two, level.sigma);
    };
    const auto x0 = 12.0 * normal<array>({f.option<std::size_t>("chains"), 2}, rng);
    annealed{schedule, repeat{300, langevin{full_step(0.1 * 0.25 * 0.25)}}}(two, x0, rng, watch);
}

/// Figure 2: the score is the gradient of the log density, by central differences in double.
void score_field(figure& f) {
    const auto mixture = two_gaussians<tensor<double>>();
    const auto x = plane_grid{-10, 10, 40}.points<tensor<double>>();
    const tensor<double> score = mixture(x, no_noise);
    const double h = 1e-4;
    double worst = 0;
    for (std::size_t d = 0; d < 2; ++d) {
        const tensor<double> shift({1, 2}, {d == 0 ? h : 0, d == 1 ? h : 0});
        const auto slope = (mixture.log_density(x + shift, no_noise) - mixture.log_density(x - shift, no_noise)) / (2 * h);
        for (std::size_t i = 0; i < x.shape()[0]; ++i) worst = std::max(worst, std::abs(slope[i] - score[2 * i + d]));
    }
    f.measure("gradient", worst);
    keep_fields(f, "mixture", two, 0);
}

/// Figure 4: Langevin against annealed Langevin dynamics.
void weights(figure& f) {
    constexpr std::size_t drawn = 1280;
    philox rng{f.seed};
    const auto record = [&](const std::string& name, const array& x) {
        const double weight = mode_weights(two, x)[0];
        f.measure_share(name + ".upper_mode", static_cast<std::size_t>(std::lround(weight * drawn)), drawn);
        f.measure(name + ".miss", std::abs(weight - two.weights()[0]));
        f.keep(name, x);
    };
    record("exact", two.sample(drawn, rng));
    const auto x0 = uniform<array>({drawn, 2}, -8, 8, rng);
    const annealed plain{std::array{1e-3}, repeat{1000, langevin{half_step(0.1)}}};
    record("langevin", plain(two, x0, rng));
    record("annealed", annealed{geometric{{.first = 10, .last = 0.1, .levels = 10}}, repeat{100, langevin{half_step(3e-3)}}}(two, x0, rng));
}

/// The distribution function of a coordinate of the three Gaussians at a level.
double exact_cdf(double x, double sigma) {
    double total = 0;
    for (std::size_t k = 0; k < 3; ++k)
        total += three.weights()[k] * normal_cdf(x, three.means()[2 * k], std::sqrt(three.variance(sigma)));
    return total;
}

/// Figure 6: the steps of the empirical distribution function melt.
void distribution(figure& f) {
    philox rng{f.seed};
    gnuplot_table curves;
    for (const int sigma : {1, 2, 4, 8, 0}) {                                        // the curve without noise came last, and changes no other
        const array x = three.sample(10000, rng, sigma);
        std::vector<double> first;
        for (std::size_t i = 0; i < x.shape()[0]; ++i) first.push_back(x[2 * i]);
        const ecdf points{first};
        f.measure("distance.sigma" + std::to_string(sigma), kolmogorov_smirnov(points, [&](double at) { return exact_cdf(at, sigma); }).distance);
        double step = 0;
        for (const double at : points.sorted()) step = std::max(step, points(at + 1) - points(at) + 1 / static_cast<double>(points.size()));
        f.measure("step.sigma" + std::to_string(sigma), step);
        for (std::size_t i = 0; i < points.size(); i += 20) {
            const double at = points.sorted()[i];
            curves.line(at, points(at), exact_cdf(at, sigma));
        }
        curves.next();
    }
    f.keep_text("curves.txt", curves);
}

/// Figure 7: the points themselves.
void points(figure& f) {
    philox rng{f.seed};
    for (const int sigma : {0, 1, 2, 4, 8}) {
        const array x = three.sample(20'000, rng, sigma);
        const std::string name = "sigma" + std::to_string(sigma);
        f.keep(name, array{{2000, 2}, x.values().first(2 * 2000)});
        f.measure("deviation." + name, std::sqrt(moments_of(x).covariance[0]));
        std::size_t between = 0;                                                    // points nearer to the middle between two modes than to either
        for (std::size_t i = 0; i < x.shape()[0]; ++i) between += std::abs(std::abs(x[2 * i]) - 2.5f) < 1.25f;
        f.measure_share("between." + name, between, x.shape()[0]);
    }
}

int main(int argc, char** argv) {
    return reproduce_one_of(argc, argv, {{"ens_fig1_process", process}, {"ens_fig2_field", score_field}, {"ens_fig4_gmm", weights},
                                         {"ens_fig6_ecdf", distribution}, {"ens_fig7_noise", points}});
}
