// SPDX-License-Identifier: Apache-2.0
/// \file  What is measured on sets of images: distances of samples from the data in features of a network, and what they are between real images.
#pragma once

#include "drawing.hpp"

#include <ncsn/data/data_folder.hpp>

#include <array>

namespace ncsn {

/// A number about sets of features: its name in descriptions, the network whose features they are, and where `features compare` says it.
struct feature_measure {
    const char *name, *network, *title, *field;
};
inline constexpr std::array<feature_measure, 7> feature_measures{{{"fd_digits", "digits", "FD (digits)", "value"},
                                                                 {"kd_digits", "digits", "KD (digits)", "value"},
                                                                 {"fd_efficientnet", "efficientnet-lite0", "FD (EfficientNet-Lite0)", "value"},
                                                                 {"kd_efficientnet", "efficientnet-lite0", "KD (EfficientNet-Lite0)", "value"},
                                                                 {"fid", "inception", "FID", "value"},
                                                                 {"kid", "inception", "KID", "value"},
                                                                 {"inception_score", "inception", "IS", "mean"}}};
/// Null where no measure has that name.
inline const feature_measure* find_feature_measure(const std::string& name) {
    const auto* const found = std::ranges::find_if(feature_measures, [&](const feature_measure& m) { return name == m.name; });
    return found == feature_measures.end() ? nullptr : found;
}
inline std::vector<std::string> feature_measure_names() {
    std::vector<std::string> names;
    for (const feature_measure& m : feature_measures) names.emplace_back(m.name);
    return names;
}

/// The weights of a network of features; empty where they are not on this machine.
inline std::filesystem::path feature_weights(const figure& f, const std::string& network) {
    if (network != "digits") return find_published(network);
    require(f.networks.contains(judge_name), "figure ", f.id, ": features of digits are those of ", judge_name,
            ", which needs.networks does not name");
    return f.networks.at(judge_name);
}
/// Why what needs a network of features is not evaluated; a figure that has it in needs.features ends instead.
inline std::string without_features(const figure& f, const std::string& network) {
    // Without the place on this machine: it is kept in claim.json.
    const std::string reason = "needs the weights " + network + '/' + network + ".safetensors in $NCSN_DATA or data/; data/README.md, "
                               "Networks of features, says how to get them";
    const auto needed = f.about.strings("needs", "features");
    if (std::ranges::find(needed, network) != needed.end()) throw unavailable{reason};
    return reason;
}
/// Runs `features extract` on a set of images, with more options where there are.
inline void make_features(const figure& f, const std::string& network, const std::string& data, const std::filesystem::path& to,
                          const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"extract", "--network", network, "--weights", feature_weights(f, network).string(), "--data", data,
                                   "--out", to.string(), "--force"};
    words.insert(words.end(), more.begin(), more.end());
    call("features", words, to.string() + ".log");
}
/// The same of samples. They are clamped here: `features` takes what is far beyond [0, 1] for another unit, and samples of a bad network are far
/// beyond it.
inline void make_features(const figure& f, const std::string& network, const host_array& samples, const std::filesystem::path& to) {
    const auto images = std::filesystem::path{to}.replace_extension(".npy");
    save_npy(images, clamped(samples));
    make_features(f, network, images.string(), to);
}

/// How many images are compared with how many. A floor takes both from halves of the training images, which may have fewer.
struct set_sizes {
    std::size_t samples, reference, floor_samples, floor_reference;
};
inline set_sizes sizes_of_sets(std::size_t count, std::size_t reference, std::size_t held_out, std::size_t training) {
    const std::size_t half = training / 2, known = std::min(reference, held_out);
    return {count, known, std::min(count, half), std::min(known, half)};
}
/// The first image that the floor of a seed takes out of a half: other ones for other seeds, as far as there are.
inline std::size_t floor_begin(std::uint64_t seed, std::size_t count, std::size_t half) { return seed * count % (half - count + 1); }

/// The distances that panels ask for, by the program `features`: it knows the networks, and what it says is what anybody gets from the same files.
///
/// Options: "reference", images of the data that samples are compared with (1000); "reference-split", whose images they are (test). Measured:
/// NAME.fd_digits and so on; and, by the first panel of each set of data, NAME.floor.fd_digits: the same between as many images of one half of the
/// training images and those of the other half, which is what the number is where there is no difference. All panels of a set of data have as many
/// samples, since Fréchet distances of different numbers of images differ; with shared seeds their differences are paired.
/// What needs weights that are not there is not evaluated. With the network in needs.features the figure cannot be drawn instead.
class distances {
public:
    distances(figure& f, std::vector<panel>& panels) {
        std::vector<const panel*> firsts;
        for (panel& p : panels) {
            const auto reference = taken<std::size_t>(p, "reference", 1000);
            const auto part = taken<std::string>(p, "reference-split", "test");
            const auto networks = networks_of(p);
            if (networks.empty()) continue;
            require(!p.data.empty(), "figure ", f.id, ": panel ", p.name, " is compared with a set of data, and needs.data names none");
            const std::size_t count = option_of<std::size_t>(p, "count", 0);
            require(count >= 4, "figure ", f.id, ": panel ", p.name, ": a count of ", count, "; 4 samples or more were expected, of which "
                    "features have a covariance and neighbours");
            const auto same = std::ranges::find_if(firsts, [&](const panel* first) { return first->data == p.data; });
            const panel& first = same == firsts.end() ? p : **same;
            if (&first == &p) firsts.push_back(&p);
            p.floor = first.name;
            const std::size_t others = option_of<std::size_t>(first, "count", 0);
            require(count == others, "figure ", f.id, ": ", count, " samples of panel ", p.name, " and ", others, " of panel ", p.floor,
                    "; distances of different numbers of samples cannot be compared");
            for (const std::string& network : networks) prepare(f, p, network, reference, part, count);
        }
    }
    /// Of what `sample` drew for that panel.
    void measure(figure& f, const panel& p) const {
        for (const auto& [name, value] : values_of(f, p)) f.measure(p.name + '.' + name, value);
    }
    /// The same as numbers by the names of the measures that were evaluated.
    std::map<std::string, double> values_of(figure& f, const panel& p) const {
        std::map<std::string, double> all;
        for (const std::string& network : networks_of(p))
            if (const auto known = references_.find(network + '-' + p.data); known != references_.end())
                all.merge(compare(f, p, network, p.folder / "samples.npy", known->second, p.folder / network));
        return all;
    }

private:
    static std::vector<std::string> networks_of(const panel& p) {
        std::vector<std::string> networks;
        for (const std::string& name : p.measure)
            if (const feature_measure* m = find_feature_measure(name); m && std::ranges::find(networks, m->network) == networks.end())
                networks.emplace_back(m->network);
        return networks;
    }
    /// f(measure) of those of a panel that this network gives.
    template <class F> static void each_of(const panel& p, const std::string& network, const F& f) {
        for (const std::string& name : p.measure)
            if (const feature_measure* m = find_feature_measure(name); m && network == m->network) f(*m);
    }
    /// Features of some images of a split, in an order of their own.
    static void extract_part(const figure& f, const std::string& network, const std::string& data, const std::string& part, std::size_t first,
                             std::size_t count, const std::filesystem::path& to) {
        make_features(f, network, data, to, {"--split", part, "--shuffle", "1", "--first", std::to_string(first), "--count", std::to_string(count)});
    }
    /// The features of the reference, kept for all seeds, and the floor.
    void prepare(figure& f, const panel& p, const std::string& network, std::size_t reference, const std::string& part, std::size_t count) {
        const bool has_floor = p.floor == p.name;
        if (feature_weights(f, network).empty()) {
            const std::string reason = without_features(f, network);
            each_of(p, network, [&](const feature_measure& m) {
                f.report.not_evaluated(p.name + '.' + m.name, reason);
                if (has_floor) f.report.not_evaluated(p.name + ".floor." + m.name, reason);
                if (f.first()) std::cout << p.name << ": " << m.title << " is not evaluated; " << reason << std::endl;
            });
            return;
        }
        const auto folder = f.out / "features";
        std::filesystem::create_directories(folder);
        const std::string key = network + '-' + p.data;
        references_[key] = folder / (key + "-reference.safetensors");
        if (!has_floor) return;
        const auto training = open_dataset<host_array>(p.data, split::train);
        const std::size_t held_out = part == "train" ? training.size() : open_dataset<host_array>(p.data, split::test).size();
        const set_sizes n = sizes_of_sets(count, reference, held_out, training.size());
        const auto one = folder / (key + "-one-half.safetensors"), other = folder / (key + "-other-half.safetensors");
        if (f.first()) {
            std::cout << "features of " << p.data << " by " << network << std::endl;
            extract_part(f, network, p.data, part, 0, n.reference, references_[key]);
            extract_part(f, network, p.data, "train", training.size() / 2, n.floor_reference, other);
        }
        extract_part(f, network, p.data, "train", floor_begin(f.seed, n.floor_samples, training.size() / 2), n.floor_samples, one);
        for (const auto& [name, value] : compare(f, p, network, one, other, folder / key)) f.measure(p.name + ".floor." + name, value);
    }
    /// features compare, of features or of images in a file.
    static std::map<std::string, double> compare(figure& f, const panel& p, const std::string& network, std::filesystem::path samples,
                                                 const std::filesystem::path& reference, const std::filesystem::path& result) {
        if (samples.extension() == ".npy") {
            const auto features = result.string() + ".safetensors";
            make_features(f, network, load_npy<host_array>(samples), features);
            samples = features;
        }
        const std::string found = result.string() + ".json";
        call("features", {"compare", "--samples", samples.string(), "--reference", reference.string(), "--out", found}, result.string() + ".log");
        const json distance = read_json_file(found, "distances");
        json& ids = f.settings["distances"];
        if (std::ranges::find(ids, distance.at("id")) == ids.end()) ids.push_back(distance.at("id"));
        std::map<std::string, double> values;
        each_of(p, network, [&](const feature_measure& m) { values[m.name] = distance.at(m.title).at(m.field).get<double>(); });
        return values;
    }

    std::map<std::string, std::filesystem::path> references_;                       ///< features by NETWORK-DATA
};

}  // namespace ncsn
