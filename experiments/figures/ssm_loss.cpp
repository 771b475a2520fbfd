// SPDX-License-Identifier: Apache-2.0
/// \file  Figure 1, middle and right, of Song & Ermon (2019): the loss of sliced score matching on CIFAR-10 does not settle, but with a little noise
/// on the images it does.
#include "../figure.hpp"

#include <ncsn/data/loader.hpp>
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/res_score.hpp>
#include <ncsn/training/adam.hpp>
#include <ncsn/training/sliced.hpp>
#include <ncsn/training/trainer.hpp>

#include <algorithm>
#include <span>

using namespace ncsn;

/// How much of the published run (batch 128, 50,000 iterations, width 32) a preset does.
struct work {
    std::size_t batch, iterations, width;
};

/// The loss of every iteration of training on images with noise of standard deviation sigma.
std::vector<double> losses(const work& w, const images<array>& data, double sigma, std::uint64_t seed) {
    philox rng{seed};
    unconditional model{res_score<array>{{.channels = 3, .features = w.width}, rng}};
    adam optimizer{model, {.rate = 1e-3}};
    batch_order order{data.size(), w.batch, rng};
    std::vector<double> loss;
    for (std::size_t step = 0; step < w.iterations; ++step) {
        const array clean = data.batch(order.rows(step)), x = sigma == 0 ? clean : clean + sigma * normal_like(clean, rng);
        const auto result = value_and_grad(sliced_score_matching{}, model, x, rng);
        require_finite(result, step);
        optimizer.step(model, result.gradient);
        loss.push_back(result.value);
        if (step % 100 == 0) std::cout << "noise " << sigma << "  iteration " << step << "  loss " << result.value << std::endl;
    }
    return loss;
}

/// The mean and the standard deviation of part of a curve.
struct stretch {
    double mean = 0, deviation = 0;
    stretch(std::span<const double> values) {
        const double n = static_cast<double>(values.size());
        for (const double v : values) mean += v / n;
        for (const double v : values) deviation += (v - mean) * (v - mean) / n;
        deviation = std::sqrt(deviation);
    }
};

void run(figure& f) {
    const work w = f.preset == "smoke" ? work{8, 300, 8} : f.preset == "short" ? work{16, 1000, 16} : work{128, 50'000, 32};
    const auto data = open_data_or_skip("cifar10", split::train);
    const auto clean = losses(w, data, 0, f.seed), noisy = losses(w, data, 0.01, f.seed);
    const std::span<const double> all_clean{clean}, all_noisy{noisy};
    const std::size_t half = w.iterations / 2, quarter = w.iterations / 4;
    const stretch late_clean{all_clean.last(half)}, late_noisy{all_noisy.last(half)};
    const double bound = -0.5 * 3072 / (0.01 * 0.01);                               // of the loss under noise: images without extent
    f.measure("clean.lowest", *std::min_element(clean.begin(), clean.end()) / bound);
    f.measure("noisy.lowest", *std::min_element(noisy.begin(), noisy.end()) / bound);
    f.measure("noisy.last", stretch{all_noisy.last(quarter)}.mean / bound);
    f.measure("clean.fluctuation", late_clean.deviation / std::abs(late_clean.mean));
    f.measure("noisy.fluctuation", late_noisy.deviation / std::abs(late_noisy.mean));
    f.measure("noisy.last_change", std::abs(stretch{all_noisy.last(quarter)}.mean / stretch{all_noisy.last(half).first(quarter)}.mean - 1));
    std::ostringstream curves;
    for (std::size_t t = 0; t < w.iterations; ++t) curves << t << ' ' << clean[t] << ' ' << noisy[t] << '\n';
    f.keep_text("curves.txt", curves.str());
    f.settings = {{"batch", w.batch}, {"iterations", w.iterations}, {"width", w.width}};
}

int main(int argc, char** argv) {
    return reproduce(argc, argv, "fig1_ssm", "Figure 1, middle and right, of Song & Ermon (2019): sliced score matching on CIFAR-10", run, {1});
}
