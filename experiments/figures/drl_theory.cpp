// SPDX-License-Identifier: Apache-2.0
/// \file  Two statements of Gao et al. (2021) without a figure, where both can be computed: what recovery likelihood loses (Section 3.2, Eq. 22-24)
/// and by how much the scores of x and x + σε differ (Section 3.4, Eq. 25-31).
#include "../support/figure.hpp"

#include <ncsn/models/gaussian_mixture.hpp>
#include <ncsn/statistics/moments.hpp>

#include <array>
#include <cmath>
#include <map>

using namespace ncsn;
using double_array = tensor<double>;

namespace {

/// Sums over n pairs (x, x̃ = x + σε), x ~ N(0, 1): all that the estimates below depend on.
struct pair_sums {
    double x = 0, noise = 0, xx = 0, noisy_squared = 0;                              ///< means of x, x̃ - x, x² and x̃²

    pair_sums(std::size_t n, double sigma, philox& rng) {
        const auto z = normal<double_array>({n, 2}, rng);
        for (std::size_t i = 0; i < n; ++i) {
            const double at = z[2 * i], shift = sigma * z[2 * i + 1];
            x += at, noise += shift, xx += at * at, noisy_squared += (at + shift) * (at + shift);
        }
        for (double* sum : {&x, &noise, &xx, &noisy_squared}) *sum /= static_cast<double>(n);
    }
};

/// Where the recovery likelihood of N(θ, 1) is largest: x | x̃ is N((θ + x̃/σ²)/P, 1/P) with P = 1 + 1/σ².
double best_mean(const pair_sums& of, double sigma) { return of.x - of.noise / (sigma * sigma); }

/// The same of N(0, 1/θ): with P = θ + 1/σ² its derivative vanishes where mean x² = 1/P + mean x̃²/(σ⁴ P²).
double best_precision(const pair_sums& of, double sigma) {
    const double b = of.noisy_squared / std::pow(sigma, 4);
    return 2 * b / (std::sqrt(1 + 4 * b * of.xx) - 1) - 1 / (sigma * sigma);
}

/// The derivatives of the recovery likelihood by the mean and by the precision, which the estimates above make vanish: the larger one.
double steepest(const pair_sums& of, double sigma, double mean, double precision) {
    const double v = 1 / (sigma * sigma), noisy = of.x + of.noise, of_mean = 1 + v, of_precision = precision + v;
    const double by_mean = of.x - (mean + noisy * v) / of_mean;
    const double by_precision = 0.5 / of_precision + 0.5 * of.noisy_squared * v * v / (of_precision * of_precision) - 0.5 * of.xx;
    return std::max(std::abs(by_mean), std::abs(by_precision));
}

/// Mean and covariance of the estimates of the mean and of the precision from many data sets.
moments estimates(std::size_t sets, std::size_t points, double sigma, philox& rng, double& slope) {
    double_array found{{sets, 2}};
    double* const write = found.write();
    for (std::size_t i = 0; i < sets; ++i) {
        const pair_sums of{points, sigma, rng};
        write[2 * i] = best_mean(of, sigma);
        write[2 * i + 1] = best_precision(of, sigma);
        slope = std::max(slope, steepest(of, sigma, write[2 * i], write[2 * i + 1]));
    }
    return moments_of(found);
}

/// Section 3.2: the variance of the estimates times n is 1/I (Eq. 23); I and the information in x̃ add up to that in x (Eq. 24).
void efficiency(figure& f) {
    const auto points = f.option<std::size_t>("points"), sets = f.option<std::size_t>("data-sets");
    constexpr std::array ratios{0.25, 0.5, 1.0, 2.0, 4.0};                           // σ² in units of the data's variance
    philox rng{f.seed};
    gnuplot_table table;
    std::map<std::string, double> averages;
    double slope = 0;
    const auto bias = [](const moments& m, std::size_t k, double truth) { return (m.mean[k] - truth) / std::sqrt(m.covariance[3 * k]); };
    for (const double ratio : ratios) {
        const double sigma = std::sqrt(ratio), n = static_cast<double>(points);
        const moments m = estimates(sets, points, sigma, rng, slope);
        const double mean = 1 / (n * m.covariance[0]), precision = 2 / (n * m.covariance[3]);   // in units of 1 and 1/2, what x has
        const double noisy = 1 / (1 + ratio);                                       // of the mean in x̃; of the precision its square
        const std::string name = std::to_string(std::lround(100 * ratio));
        f.measure("mean." + name, mean);
        f.measure("precision." + name, precision);
        averages["mean.sum"] += mean + noisy;
        averages["precision.sum"] += precision + noisy * noisy;
        averages["mean.bias"] += bias(m, 0, 0);
        averages["precision.bias"] += bias(m, 1, 1);
        averages["precision.bias_of_few"] += bias(estimates(sets, points / 16, sigma, rng, slope), 1, 1);
        table.line(ratio, mean, precision);
    }
    for (const auto& [name, sum] : averages) f.measure(name, sum / ratios.size());
    f.measure("slope", slope);
    f.keep_text("information.txt", table);
}

/// p''/p of a mixture in one dimension from its score s: s' + s²; and the derivative of that, by central differences.
double slope_of_curvature(const gaussian_mixture<double_array>& p, double x) {
    const double h = 1e-4;
    const auto score = p(double_array({5, 1}, {x - 2 * h, x - h, x, x + h, x + 2 * h}), noise_levels{{0}, {1.0}});
    const auto curvature = [&](std::size_t i) { return (score[i + 1] - score[i - 1]) / (2 * h) + score[i] * score[i]; };
    return (curvature(3) - curvature(1)) / (2 * h);
}

/// Section 3.4: the difference of the scores of p = (N(-2, 1) + 2 N(2, 1))/3 and of p with noise, in the mean over p.
void scores(figure& f) {
    const gaussian_mixture<double_array> atoms{{{1.0 / 3, {-2}}, {2.0 / 3, {2}}}, 0};   // noise of σ = 1 makes them unit Gaussians
    constexpr std::size_t cells = 1000;
    const double low = -8, width = 16.0 / cells;
    double_array x{{cells, 1}};
    for (std::size_t i = 0; i < cells; ++i) x.write()[i] = low + (static_cast<double>(i) + 0.5) * width;
    const noise_levels clean{{0}, {1.0}};
    const auto density = exp(atoms.log_density(x, clean)), score = atoms(x, clean);
    const auto norm = [&](const auto& value) {
        double sum = 0;
        for (std::size_t i = 0; i < cells; ++i) sum += width * density[i] * value(i) * value(i);
        return std::sqrt(sum);
    };
    std::vector<double> first(cells);
    for (std::size_t i = 0; i < cells; ++i) first[i] = slope_of_curvature(atoms, x[i]) / 2;
    const double size = norm([&](std::size_t i) { return score[i]; });
    gnuplot_table table;
    const auto difference = [&](double sigma) {
        const auto noisy = atoms(x, noise_levels{{0}, {std::sqrt(1 + sigma * sigma)}});
        const double all = norm([&](std::size_t i) { return noisy[i] - score[i]; }) / size;
        const double rest = norm([&](std::size_t i) { return noisy[i] - score[i] - sigma * sigma * first[i]; }) / size;
        table.line(sigma, all, rest);
        return std::pair{all, rest};
    };
    std::vector<std::pair<double, double>> found;
    for (int k = 0; k <= 16; ++k) found.push_back(difference(std::pow(10, -2 + k / 8.0)));
    f.keep_text("scores.txt", table);
    f.measure("order", std::log10(found[8].first / found[0].first));                 // from σ = 0.01 to 0.1
    f.measure("rest_order", std::log10(found[8].second / found[0].second));
    f.measure("small", found[8].first);
    f.measure("large", found[16].first);
}

}  // namespace

int main(int argc, char** argv) {
    return reproduce_one_of(argc, argv, {{"drl_sec3_efficiency", efficiency}, {"drl_sec3_scores", scores}});
}
