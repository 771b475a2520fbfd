// SPDX-License-Identifier: Apache-2.0
/// \file  Sections 4.2 and 4.3 of Song & Ermon (2019): what a trained network makes of the weight λ(σ) = σ² and of the steps αᵢ ∝ σᵢ².
///
/// At level σ, over test images x, noise z and x̃ = x + σz:   σ‖s(x̃, σ)‖/√D, which is 1 where a score removes all of the noise; the weighted loss
/// λ(σ) ℓ(σ) = ½ E‖σ s(x̃, σ) + z‖²; and the drift of a step over its noise, ‖αs‖ / ‖2√α z'‖ with α = ε σ²/σ_L².
#include "../networks/trained_network.hpp"
#include "../support/figure.hpp"

#include <ncsn/arrays/elementwise.hpp>
#include <ncsn/arrays/random.hpp>

#include <algorithm>
#include <numeric>

using namespace ncsn;

namespace {

double norm(std::span<const float> values) {
    double sum = 0;
    for (const float v : values) sum += static_cast<double>(v) * static_cast<double>(v);
    return std::sqrt(sum);
}

/// The slope of the straight line through (ln x, ln y) by least squares.
double power_of(const std::vector<double>& x, const std::vector<double>& y) {
    const auto n = static_cast<double>(x.size());
    double sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double a = std::log(x[i]), b = std::log(y[i]);
        sx += a, sy += b, sxx += a * a, sxy += a * b;
    }
    return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}
double span_of(const std::vector<double>& values) { return *std::ranges::max_element(values) / *std::ranges::min_element(values); }

/// What a level makes of the images, means over them.
struct level_means {
    std::vector<double> score, loss, ratio;
};

level_means walk(const trained_network& network, const array& images, double epsilon, philox& rng) {
    level_means means;
    const std::size_t n = images.shape()[0], size = images.shape().row_size();
    const double last = network.sigmas.back();
    for (std::size_t i = 0; i < network.sigmas.size(); ++i) {
        const double sigma = network.sigmas[i], alpha = epsilon * sigma * sigma / (last * last);
        const array z = normal<array>(images.shape(), rng), own = normal<array>(images.shape(), rng);
        const array s = network(images + static_cast<float>(sigma) * z, level_at(network.sigmas, i));
        const array rest = static_cast<float>(sigma) * s + z;
        double score = 0, loss = 0, ratio = 0;
        for (std::size_t k = 0; k < n; ++k) {
            const auto row = [&](const array& x) { return x.values().subspan(k * size, size); };
            const double length = norm(row(s)), error = norm(row(rest));
            score += length, loss += 0.5 * error * error, ratio += alpha * length / (2 * std::sqrt(alpha) * norm(row(own)));
        }
        const auto count = static_cast<double>(n);
        means.score.push_back(score / count), means.loss.push_back(loss / count), means.ratio.push_back(ratio / count);
    }
    return means;
}

void run(figure& f) {
    const std::string data_name = f.about.strings("needs", "data").at(0), network_name = f.about.strings("needs", "networks").at(0);
    const trained_network network{f.networks.at(network_name)};
    const data_set data = open_dataset<array>(data_name, split::test);
    philox rng{f.seed};
    const array images = data.batch(consecutive(std::min(f.option<std::size_t>("count"), data.size())));
    const level_means means = walk(network, images, f.option<double>("epsilon"), rng);

    const double root = std::sqrt(static_cast<double>(images.shape().row_size()));
    gnuplot_table table;
    std::vector<double> scaled;
    for (std::size_t i = 0; i < means.score.size(); ++i) {
        scaled.push_back(network.sigmas[i] * means.score[i] / root);
        table.line(network.sigmas[i], means.score[i], root / network.sigmas[i], means.loss[i], means.ratio[i]);
    }
    f.keep_text("levels.txt", table);
    f.measure("score.power", power_of(network.sigmas, means.score));
    f.measure("score.span", span_of(scaled));
    f.measure("loss.span", span_of(means.loss));
    f.measure("loss.largest", means.loss.front());
    f.measure("loss.smallest", means.loss.back());
    f.measure("ratio.span", span_of(means.ratio));
    f.measure("ratio.mean", std::accumulate(means.ratio.begin(), means.ratio.end(), 0.0) / static_cast<double>(means.ratio.size()));
}

}  // namespace

int main(int argc, char** argv) {
    return reproduce(argc, argv, run);
}
