// SPDX-License-Identifier: Apache-2.0
/// \file  Trains the classifier of digits, measures it on the test set, and lets it judge samples.
#include <ncsn/arrays/files/npy.hpp>
#include <ncsn/data/loader.hpp>
#include <ncsn/training/checkpoint.hpp>
#include <ncsn/training/cross_entropy.hpp>
#include <ncsn/training/trainer.hpp>
#include <ncsn/training/training_state.hpp>

#include "digits.hpp"
#include "packed_file.hpp"
#include "program.hpp"

using namespace ncsn;

namespace {

double test_accuracy(const classifier& model, const images<host_array>& test) {
    const auto all = judged(model, test.size(), [&](const auto& rows) { return test.batch(rows); });
    std::size_t right = 0;
    for (std::size_t i = 0; i < all.size(); ++i) right += all[i].label == test.labels[i];
    return static_cast<double>(right) / static_cast<double>(all.size());
}

/// Digits and what they are.
struct labelled {
    array x;
    std::vector<label> labels;
};
struct labelled_digits {
    const images<host_array>& data;
    batch_order order;
    std::size_t batch;

    std::size_t size() const { return batch; }
    labelled operator()(std::size_t step, const sample_range& part, philox&) {
        const auto all = order.rows(step);
        const std::span<const std::size_t> rows{all.data() + part.first, part.count};
        labelled chosen{on_device<default_device>(data.batch(rows)), {}};
        for (const std::size_t row : rows) chosen.labels.push_back(data.labels[row]);
        return chosen;
    }
};

/// Shows how far a training is, keeps its state every ten seconds, and asks it to stop where a signal did.
struct training_watch {
    std::filesystem::path checkpoint;
    file_metadata about;
    std::size_t steps;
    std::stop_source stop = {};
    progress_line line = {};
    stopwatch since_kept = {};

    void operator()(const training_report& report) {
        line.show("step " + std::to_string(report.step) + '/' + std::to_string(steps) + "  loss " + brief(report.loss), report.step % 100 == 0);
        if (stop_requested) stop.request_stop();
    }
    bool due(const training_state<classifier>&) const {
        constexpr double seconds = 10;
        return stop_requested || since_kept.seconds() > seconds;
    }
    void visit(const training_state<classifier>& state) {
        save_checkpoint(checkpoint, state, about);
        since_kept = {};
    }
};

int train(const std::filesystem::path& data_dir, const std::filesystem::path& out, std::size_t epochs, std::size_t batch, double rate,
          std::uint64_t seed,
          bool force) {
    require(force || !std::filesystem::exists(out), "--out ", out, ": this file exists; choose another name, or add --force to replace it");
    require_place(out);
    constexpr std::size_t most_epochs = 1'000'000;
    require(epochs > 0 && epochs <= most_epochs && batch > 0, "--epochs ", epochs, ", --batch ", batch, ": 1 to ", most_epochs,
            " epochs of batches of one or more were expected");
    require(std::isfinite(rate) && rate >= 0, "--rate ", rate, ": a rate of 0 or more was expected");
    const auto place = data_dir.empty() ? data_folder("mnist") : data_dir;
    const auto data = mnist<host_array>(place, split::train), test = mnist<host_array>(place, split::test);
    require(batch <= data.size(), "--batch ", batch, ": the training set has ", data.size(), " digits");
    philox rng{seed};
    training_state state{classifier{rng}, {.rate = rate}, 0.999, rng};
    labelled_digits digits{data, batch_order{data.size(), batch, seed}, batch};
    const std::size_t steps = epochs * digits.order.batches_per_epoch();
    const auto loss = [](const auto& model, const labelled& some, philox&) {
        return cross_entropy(model(some.x), std::span<const label>{some.labels});
    };
    const std::filesystem::path checkpoint = out.string() + ".checkpoint";
    const json settings{{"epochs", epochs}, {"batch", batch}, {"rate", rate}, {"seed", seed}, {"images", fingerprint_of(data)}};
    std::error_code ignored;
    if (std::filesystem::exists(checkpoint, ignored)) {
        try {
            const auto of = safetensors_file::open(checkpoint).metadata();
            const std::string begun_with = of.contains("settings") ? of.at("settings") : "unknown ones";
            require(begun_with == settings.dump(), "--out ", out, ": ", checkpoint, " was begun with other settings, ", begun_with, " and not ",
                    settings.dump(), "; finish it with those, remove it, or begin anew with --force");
            load_checkpoint(checkpoint, state);
            std::cout << "continues after step " << state.step << " of " << steps << std::endl;
        } catch (const error&) {
            if (!force) throw;
        }
    }
    const trainer loop{gradient_step{loss, cosine_rate{rate, steps}}, {.steps = steps}};
    training_watch watch{.checkpoint = checkpoint, .about = {{"settings", settings.dump()}}, .steps = steps};
    loop(state, digits, watch, watch.stop.get_token());
    watch.line.end();
    if (state.step < steps) {
        watch.visit(state);
        std::cout << "stopped after step " << state.step << " of " << steps << "; the same command continues\n";
        return 1;
    }
    const classifier& model = state.model;
    const double accuracy = test_accuracy(model, test);
    const json about{{"network", "digit_classifier"}, {"data", "mnist"}, {"epochs", epochs},         {"batch", batch}, {"rate", rate},
                     {"rate-decay", "cosine"},        {"seed", seed},    {"test-accuracy", accuracy}};
    save_weights(out, model, {{"config", about.dump()}});
    forget(checkpoint);
    std::cout << "test accuracy " << 100 * accuracy << " % on " << test.size() << " digits; weights: " << out.string() << '\n';
    return 0;
}

/// Samples from a file, [N,28,28,channels], brought to [0, 1].
host_array load_samples(const std::filesystem::path& samples, std::size_t channels) {
    const auto x = load_npy<host_array>(samples);
    require(x.shape().rank() == 4 && x.shape() == shape{x.shape()[0], 28, 28, channels}, "--samples ", samples, ": shape ", x.shape(),
            "; digits [N,28,28,", channels, "] were expected");
    require(x.size() > 0, "--samples ", samples, ": shape ", x.shape(), "; one sample or more was expected");
    const auto [least, most] = std::ranges::minmax(x.values());
    require(all_finite(x) && least > -2 && most < 3, "--samples ", samples, ": pixels from ", least, " to ", most, "; 0 (black) to 1 (white) were "
            "expected, with some noise");
    return clamped(x);
}

/// The kinds of samples of StackedMNIST, colour by colour.
int count_modes(const std::filesystem::path& weights, const std::filesystem::path& samples, const std::filesystem::path& out, std::size_t asked) {
    if (!out.empty()) require_place(out);
    const classifier model = load_classifier(weights);
    const host_array x = load_samples(samples, 3);
    const mode_coverage found = stacked_modes(model, x);
    const std::size_t n = x.shape()[0];
    const auto kinds_known = static_cast<double>(found.counts.size());
    const json report{{"samples", n},
                      {"modes", found.modes()},
                      {"divergence", found.divergence()},
                      {"divergence as coded", found.divergence_as_coded(asked)},
                      {"divergence of as many uniform ones", (kinds_known - 1) / (2 * static_cast<double>(n))}};
    std::cout << report.dump(2) << '\n';
    if (!out.empty()) save_json(out, report);
    return 0;
}

int judge(const std::filesystem::path& weights, const std::filesystem::path& samples, const std::filesystem::path& out, double claim) {
    if (!out.empty()) require_place(out);
    require(claim >= 0 && claim <= 1, "--claim ", claim, ": a share was expected, from 0 to 1");
    const classifier model = load_classifier(weights);
    const host_array x = load_samples(samples, 1);
    const auto all = judged(model, x.shape()[0], [&](const auto& rows) { return gather_rows(x, std::span<const std::size_t>{rows}); });
    std::vector<std::size_t> counts(10), confident(10);
    std::size_t sure = 0;
    for (const auto& p : all) {
        ++counts[p.label];
        if (p.probability > 0.9) ++sure, ++confident[p.label];
    }
    const double fraction = static_cast<double>(sure) / static_cast<double>(all.size());
    const auto classes = static_cast<std::size_t>(std::ranges::count_if(confident, [](std::size_t n) { return n > 0; }));
    const bool holds = fraction >= claim && classes == 10;
    const json report{{"samples", all.size()},
                      {"probability above 0.9", fraction},
                      {"standard error", std::sqrt(fraction * (1 - fraction) / static_cast<double>(all.size()))},
                      {"claim", claim},
                      {"classes seen", classes},
                      {"counts", counts},
                      {"counts above 0.9", confident},
                      {"verdict", holds ? "holds" : "fails"}};
    std::cout << report.dump(2) << '\n';
    if (!out.empty()) save_json(out, report);
    return holds ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    program_options app{"The classifier of digits: trains it, or lets it judge samples.", "digit_classifier"};
    std::string data_dir;
    std::filesystem::path out = "mnist_classifier.safetensors", weights = "data/mnist_classifier.safetensors", samples, report;
    std::size_t epochs = 4, batch = 64;
    std::uint64_t seed = 1;
    double rate = 1e-3, claim = 0.8;
    program_options& training = app.command(
        "train", "train on MNIST and measure on its test set; when it was stopped or killed, the same command continues");
    training.add("--data-dir", data_dir, "folder of MNIST (default: $NCSN_DATA/mnist or data/mnist)");
    training.add("--out", out, "file for the weights").show_default();
    training.add("--epochs", epochs, "passes over the 60,000 digits").show_default();
    training.add("--batch", batch, "digits a step").show_default();
    training.add("--rate", rate, "learning rate of Adam, falling to zero on half a cosine").show_default();
    training.add("--seed", seed, "seed of all random numbers").show_default();
    bool force = false;
    training.flag("--force", force, "replace the file in --out");
    program_options& judging = app.command(
        "judge", "the share of samples that it calls a digit with probability above 0.9; exit status 1 below the claim or when a class is missing");
    judging.add("--samples", samples, "samples as .npy, [N,28,28,1]").required();
    judging.add("--weights", weights, "weights of the classifier").show_default();
    judging.add("--claim", claim, "share that is expected").show_default();
    judging.add("--out", report, "file for the figures, JSON");
    std::size_t asked = 0;
    program_options& counting = app.command(
        "modes", "how many of the 1,000 kinds of StackedMNIST samples are of, and their divergence from all kinds alike, true and as the program of "
        "adversarial score matching prints it");
    counting.add("--samples", samples, "samples as .npy, [N,28,28,3]").required();
    counting.add("--weights", weights, "weights of the classifier").show_default();
    counting.add("--asked", asked, "samples that program divides by (26000, of which it draws 25,000); 0: as many as there are").show_default();
    counting.add("--out", report, "file for the figures, JSON");
    return run_program(app, argc, argv, [&] {
        stop_on_signals();
        if (counting.chosen()) return count_modes(weights, samples, report, asked);
        return training.chosen() ? train(data_dir, out, epochs, batch, rate, seed, force) : judge(weights, samples, report, claim);
    });
}
