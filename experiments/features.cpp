// SPDX-License-Identifier: Apache-2.0
/// \file  Features of images, and how far two sets of images are from each other in them. Called after what two results must have in common: a
/// distance is a number of features, and only those of one protocol may be compared.
#include "program.hpp"
#include "support/feature_sets.hpp"

using namespace ncsn;

namespace {

struct settings {
    std::string network, split = "train";
    std::filesystem::path weights, data_dir, out;
    std::size_t first = 0, count = 0, batch = 64;
    std::optional<std::uint64_t> shuffle;
    bool force = false;
    comparison_settings comparison;
};

std::vector<std::size_t> chosen_rows_of(const settings& s, const data_set& data) {
    require(s.first < data.size() && s.count <= data.size() - s.first, "--first ", s.first, " --count ", s.count, ": there are ",
            data.size(), " images");
    const std::size_t count = s.count == 0 ? data.size() - s.first : s.count;
    require(count > 0, "--first ", s.first, ": there are ", data.size(), " images, and one or more were expected");
    if (!s.shuffle) return consecutive(count, s.first);
    const auto order = shuffled(data.size(), philox{*s.shuffle, 1});
    return {order.begin() + static_cast<std::ptrdiff_t>(s.first), order.begin() + static_cast<std::ptrdiff_t>(s.first + count)};
}
/// "cifar10, train, images 0 to 999", of the files or of their order by --shuffle.
std::string source_of(const settings& s, const std::string& name, const std::vector<std::size_t>& rows) {
    return name + ", " + s.split + ", images " + std::to_string(s.first) + " to " + std::to_string(s.first + rows.size() - 1) +
           (s.shuffle ? " in the order of seed " + std::to_string(*s.shuffle) : "");
}

/// Of a file of images, which it is: its features are gone on with by that one alone.
json file_of(const std::string& name) {
    std::error_code ignored;
    return std::filesystem::is_regular_file(name, ignored) ? identity_of(name) : json{};
}

int extract(const settings& s, const std::string& name) {
    std::error_code ignored;
    require(s.out.extension() == ".safetensors", "--out ", s.out, ": a name that ends in .safetensors was expected");
    rows_file::tidy(s.out);
    require(s.force || !std::filesystem::exists(s.out, ignored), "--out ", s.out, ": exists; choose another name, or use --force to replace it");
    require_place(s.out);
    require(s.batch > 0, "--batch 0: one image or more at a time was expected");
    const data_set data = open_images(name, s.split, s.data_dir);
    const auto rows = chosen_rows_of(s, data);
    const feature_extractor extractor = open_extractor(s.network, s.weights);
    write_features(s.out, extractor, data, rows, s.batch, source_of(s, name, rows), {{"file", file_of(name)}},
                   s.force ? begun::go_on_or_anew : begun::go_on);
    std::cout << rows.size() << " x " << extractor.features << " features of " << extractor.protocol.features << " in " << s.out << '\n';
    return 0;
}

/// A file of features, or images that become features when all is known to be well.
struct operand {
    std::string name;
    feature_set features;                                                           ///< of a file
    data_set images;
    std::vector<std::size_t> rows;

    operand(const settings& s, const std::string& of) : name{of} {
        if (std::filesystem::path{name}.extension() == ".safetensors") features = load_features(name);
        else images = open_images(name, s.split, s.data_dir), rows = chosen_rows_of(s, images);
    }
    bool of_images() const { return !rows.empty(); }
    std::size_t size() const { return of_images() ? rows.size() : features.size(); }
    /// Throws unless its images can be taken, and its features are those of this network.
    void check(const feature_extractor& extractor) const {
        if (of_images()) extractor.check(images.shape());
        else require_same_protocol(features.protocol, extractor.protocol);
    }
    feature_set with(const settings& s, const feature_extractor& extractor, feature_sets_under_way& kept) && {
        return of_images() ? kept(extractor, images, rows, s.batch, source_of(s, name, rows)) : std::move(features);
    }
};

int compare(const settings& s, const std::string& samples, const std::string& reference) {
    if (!s.out.empty()) require_place(s.out);
    require(s.batch > 0, "--batch 0: one image or more at a time was expected");
    operand x{s, samples}, y{s, reference};
    require((!x.of_images() && !y.of_images()) || !s.network.empty(), "--network: ", feature_networks, "; which one was not said, and ",
            x.of_images() ? samples : reference, " is no file of features");
    s.comparison.check(std::min(x.size(), y.size()));
    const bool of_images = x.of_images() || y.of_images();
    feature_extractor extractor;
    if (of_images) {
        extractor = open_extractor(s.network, s.weights);
        x.check(extractor), y.check(extractor);
    }
    feature_sets_under_way kept{of_images ? s.out : std::filesystem::path{},
                                {{"samples", x.name}, {"reference", y.name}, {"files", {file_of(x.name), file_of(y.name)}}, {"network", s.network},
                                 {"weights", extractor.protocol.weights}, {"split", s.split}, {"first", s.first}, {"count", s.count},
                                 {"shuffle", s.shuffle ? json(*s.shuffle) : json{}}}};
    const feature_set samples_set = std::move(x).with(s, extractor, kept), reference_set = std::move(y).with(s, extractor, kept);
    const json result = compared(samples_set, reference_set, s.comparison);
    std::cout << result.dump(2) << "\n\n";
    for (const auto& [name, value] : result.items()) {
        if (value.is_number()) std::cout << name << "  " << brief(value.get<double>()) << '\n';
        else if (value.contains("value")) {
            std::cout << name << "  " << brief(value["value"].get<double>());
            if (value.contains("interval")) std::cout << "  [" << brief(value["interval"][0].get<double>()) << ", "
                                                      << brief(value["interval"][1].get<double>()) << "] (95 %)";
            if (value.contains("standard error") && value["blocks"] > 1) std::cout << " ± " << brief(value["standard error"].get<double>(), 2);
            std::cout << '\n';
        } else if (value.contains("mean")) {
            std::cout << name << "  " << brief(value["mean"].get<double>()) << " ± " << brief(value["deviation"].get<double>(), 2) << '\n';
        }
    }
    std::cout << "(" << result["id"].get<std::string>() << ")\n";
    if (!s.out.empty()) save_json(s.out, result);
    kept.finish();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    settings s;
    std::string data, samples, reference;
    program_options app{"Features of images in a network, and the distances of two sets of images in them.", "features"};
    const auto common = [&](program_options& of) {
        of.add("--network", s.network, std::string{"whose features: "} + feature_networks);
        of.add("--weights", s.weights, "its weights (default: $NCSN_DATA/NETWORK or data/NETWORK, for digits "
               "data/mnist_classifier.safetensors)");
        of.add("--split", s.split, "split of a data set that has two: train or test").show_default();
        of.add("--data-dir", s.data_dir, data_dir_help);
        of.add("--first", s.first, "number of the first image to take, from 0").show_default();
        of.add("--count", s.count, "images to take; 0: all from there on").show_default();
        of.add("--shuffle", s.shuffle, "take --first and --count in a random order of this seed (default: in the order of the files)");
        of.add("--batch", s.batch, "images at a time").show_default();
    };
    program_options& extracting = app.command("extract", "write the features of images to a file, with the protocol by which they were made");
    common(extracting);
    extracting.at("--network").required();
    extracting.add("--data", data, data_help).required();
    extracting.add("--out", s.out, "file to write, named *.safetensors").required();
    extracting.flag("--force", s.force, "replace the file in --out");
    program_options& comparing = app.command("compare", "distances of samples from a reference: Frechet and kernel distance, precision, recall, "
                                               "and the inception score of the samples");
    common(comparing);
    comparing.add("--samples", samples, "a file of features, or images as --data of extract takes them").required();
    comparing.add("--reference", reference, "the same").required();
    comparing.add("--resamples", s.comparison.resamples, "resamples of the Frechet distance's interval, each as dear as the distance; "
                  "0: none").show_default();
    comparing.add("--kernel-block", s.comparison.kernel_block, "images a block of the kernel distance").show_default();
    comparing.add("--neighbours", s.comparison.neighbours, "k of precision and recall").show_default();
    comparing.add("--splits", s.comparison.splits, "parts of the inception score").show_default();
    comparing.add("--seed", s.comparison.seed, "seed of resamples and blocks").show_default();
    comparing.add("--out", s.out, "file for the result, JSON");
    return run_program(app, argc, argv, [&] {
        stop_on_signals();
        return extracting.chosen() ? extract(s, data) : compare(s, samples, reference);
    });
}
