// SPDX-License-Identifier: Apache-2.0
/// \file  The loss of sliced score matching on CIFAR-10, without and with a little noise on the images: Figure 1, middle and right, of Song & Ermon
/// (2019), and Figure 1 of the reproducibility report.
#include "../support/figure.hpp"

#include <ncsn/data/read_ahead.hpp>
#include <ncsn/data/transforms.hpp>
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/res_score.hpp>
#include <ncsn/models/toy_resnet.hpp>
#include <ncsn/training/adam.hpp>
#include <ncsn/training/sliced.hpp>
#include <ncsn/training/trainer.hpp>
#include <ncsn/training/training_state.hpp>

#include <algorithm>
#include <numeric>
#include <span>

using namespace ncsn;

/// How much of the published run (batch 128, 50,000 iterations, width 32) a preset does, and with which blocks.
struct work {
    std::size_t batch, iterations, width;
    block_order order;
};
work work_of(const figure& f) {
    const std::string blocks = f.option<std::string>("blocks");
    require(blocks == "coded" || blocks == "printed", "--blocks ", blocks, ": coded (post-activation) and printed (pre-activation) are known");
    return {f.option<std::size_t>("batch"), f.option<std::size_t>("iterations"), f.option<std::size_t>("width"),
            blocks == "printed" ? block_order::pre_activation : block_order::post_activation};
}
/// What the two papers do differently.
struct habits {
    double flipped = 0;          ///< share of the images with left and right exchanged
    adam_settings adam;          ///< PyTorch's, or keras_adam
    bool paired = false;         ///< noise is drawn for clean images, too, so that all runs of a seed see the same images and projections
};

/// The loss of every iteration of training on images with noise of standard deviation sigma.
template <class Network>
std::vector<double> losses(const work& w, const habits& h, const data_set& data, double sigma, std::uint64_t seed) {
    philox rng{seed};
    unconditional model{Network{{.channels = 3, .features = w.width, .order = w.order}, rng}};
    training_state state{std::move(model), h.adam, 0.999, rng};
    batch_loader<data_set> loader{{data, batch_order{data.size(), w.batch, rng}}};
    auto batches = batches_of<array>(loader, w.batch, [&h](host_array images, philox& own) {
        return h.flipped > 0 ? horizontal_flip{h.flipped}(std::move(images), own) : images;
    });
    const auto objective = [&](const auto& network, const array& images, philox& own) {
        const array x = sigma > 0 || h.paired ? array{images + sigma * normal_like(images, own)} : images;
        return sliced_score_matching{}(network, x, own);
    };
    std::vector<double> loss;
    trainer{gradient_step{objective, constant_rate{1e-3}}, {.steps = w.iterations}}(state, batches, [&](const training_report& report) {
        loss.push_back(report.loss);
        if (report.step % 100 == 1) std::cout << "noise " << sigma << "  iteration " << report.step << "  loss " << report.loss << std::endl;
    });
    return loss;
}

double mean_of(std::span<const double> values) { return std::reduce(values.begin(), values.end()) / static_cast<double>(values.size()); }
double lowest(const std::vector<double>& values) { return *std::min_element(values.begin(), values.end()); }
/// Deviation over mean of the second half of a curve.
double fluctuation(const std::vector<double>& loss) {
    const auto late = std::span<const double>{loss}.last(loss.size() / 2);
    const double mean = mean_of(late);
    double squares = 0;
    for (const double value : late) squares += (value - mean) * (value - mean);
    return std::sqrt(squares / static_cast<double>(late.size())) / std::abs(mean);
}
/// The mean of the first and of the last quarter, and how far the last is from the quarter before, as a share of it.
double first_quarter(const std::vector<double>& loss) { return mean_of(std::span<const double>{loss}.first(loss.size() / 4)); }
double last_quarter(const std::vector<double>& loss) { return mean_of(std::span<const double>{loss}.last(loss.size() / 4)); }
double last_change(const std::vector<double>& loss) {
    return std::abs(last_quarter(loss) / mean_of(std::span<const double>{loss}.last(loss.size() / 2).first(loss.size() / 4)) - 1);
}
/// The expected loss under noise σ is at least this: that of images that all are one point, -D/(2σ²).
double bound(double sigma) { return -0.5 * 3072 / (sigma * sigma); }

/// One line an iteration: its number and the loss of every curve.
void keep_curves(const figure& f, const std::vector<std::vector<double>>& curves) {
    gnuplot_table table;
    for (std::size_t t = 0; t < curves.front().size(); ++t) {
        std::vector<double> row{static_cast<double>(t)};
        for (const auto& loss : curves) row.push_back(loss[t]);
        table.line(row);
    }
    f.keep_text("curves.txt", table);
}

void ncsn_figure(figure& f) {
    const work w = work_of(f);
    const auto data = open_dataset<host_array>("cifar10", split::train);
    const auto clean = losses<res_score<array>>(w, {}, data, 0, f.seed), noisy = losses<res_score<array>>(w, {}, data, 0.01, f.seed);
    f.measure("clean.lowest", lowest(clean) / bound(0.01));
    f.measure("noisy.lowest", lowest(noisy) / bound(0.01));
    f.measure("noisy.last", last_quarter(noisy) / bound(0.01));
    f.measure("clean.fluctuation", fluctuation(clean));
    f.measure("noisy.fluctuation", fluctuation(noisy));
    f.measure("noisy.last_change", last_change(noisy));
    f.measure("clean.first", first_quarter(clean) / bound(0.01));
    f.measure("clean.last", last_quarter(clean) / bound(0.01));
    keep_curves(f, {clean, noisy});
}

/// The report's program perturbs with deviation 0.0001 where the paper has the variance 0.0001, a deviation of 0.01; and its batch normalisation,
/// never told that it trains, normalises nothing. Both are run as coded and as meant.
void report_figure(figure& f) {
    using frozen = toy_resnet<array>;
    using live = toy_resnet<array, batch_norm_layer<array>>;
    const work w = work_of(f);
    const habits keras{.flipped = 0.5, .adam = keras_adam, .paired = true};
    const auto data = open_dataset<host_array>("cifar10", split::train);
    const auto clean = losses<frozen>(w, keras, data, 0, f.seed), coded = losses<frozen>(w, keras, data, 1e-4, f.seed);
    const auto meant = losses<frozen>(w, keras, data, 0.01, f.seed);
    const auto live_clean = losses<live>(w, keras, data, 0, f.seed), live_meant = losses<live>(w, keras, data, 0.01, f.seed);
    f.measure("clean.fluctuation", fluctuation(clean));
    f.measure("coded.fluctuation", fluctuation(coded));
    f.measure("meant.fluctuation", fluctuation(meant));
    f.measure("coded.over_meant", fluctuation(coded) / fluctuation(meant));
    f.measure("meant.lowest", lowest(meant) / bound(0.01));
    f.measure("meant.last", last_quarter(meant) / bound(0.01));
    f.measure("live.clean.fluctuation", fluctuation(live_clean));
    f.measure("live.meant.fluctuation", fluctuation(live_meant));
    f.measure("live.clean.lowest", lowest(live_clean) / bound(0.01));
    f.measure("live.meant.lowest", lowest(live_meant) / bound(0.01));
    keep_curves(f, {clean, coded, meant, live_clean, live_meant});
}

int main(int argc, char** argv) {
    return reproduce_one_of(argc, argv, {{"fig1_ssm", ncsn_figure}, {"repro_fig1_ssm", report_figure}});
}
