// SPDX-License-Identifier: Apache-2.0
/// \file  Kind "nearest": samples and their nearest images in the training set.
#pragma once

#include "distances.hpp"

#include <ncsn/arrays/files/safetensors_file.hpp>
#include <ncsn/arrays/indexing.hpp>
#include <ncsn/arrays/random.hpp>
#include <ncsn/autodiff/functions.hpp>
#include <ncsn/statistics/nearest.hpp>

namespace ncsn {

inline double mean_nearest_distance(const host_array& queries, const host_array& data) {
    double total = 0;
    for (const auto& found : nearest(queries, data, 1)) total += found.front().distance;
    return total / static_cast<double>(queries.shape()[0]);
}

/// A row for each list of neighbours: the sample, a gap, and its neighbours among the images, whatever they are near in.
inline host_array neighbour_rows(const host_array& samples, const host_array& images, const std::vector<std::vector<neighbour>>& found,
                                 std::size_t k) {
    const std::size_t size = samples.shape().row_size(), columns = k + 2;
    host_array rows{samples.shape().with_rows(found.size() * columns), 1.f};
    float* const to = rows.write();
    for (std::size_t i = 0; i < found.size(); ++i) {
        std::copy_n(samples.data() + i * size, size, to + i * columns * size);
        for (std::size_t j = 0; j < found[i].size(); ++j)
            std::copy_n(images.data() + found[i][j].index * size, size, to + (i * columns + j + 2) * size);
    }
    return rows;
}

/// Images as the points whose distances count: their pixels, or features of a network, which the program `features` makes.
struct point_space {
    std::string network;  ///< "none": pixels

    /// Throws where it is not known.
    void check(const panel& p) const {
        const auto has = [this](const feature_measure& m) { return m.network == network; };
        require(network == "none" || std::ranges::any_of(feature_measures, has), "panel ", p.name, ": features ", network,
                "; none (pixels), digits, efficientnet-lite0 and inception are known");
    }
    /// [N, H, W, C] -> as it is, or [N, F]. `file`: where features are kept.
    host_array of(const figure& f, const host_array& images, const std::filesystem::path& file) const {
        if (network == "none") return images;
        make_features(f, network, images, file);
        return safetensors_file::open(file).load<float>("features");
    }
    /// The same of the training images, whose features are made once for all seeds.
    host_array of_training(const figure& f, const panel& p, const host_array& images) const {
        if (network == "none") return images;
        const auto file = f.out / "features" / (network + '-' + p.data + "-training.safetensors");
        std::filesystem::create_directories(file.parent_path());
        if (f.first()) make_features(f, network, p.data, file, {"--split", "train"});
        return safetensors_file::open(file).load<float>("features");
    }
};

/// Options: those of the program sample; "neighbours" (of each sample) and "shown" (rows of the picture); "features": none, or the network in whose
/// features distances are taken, digits, efficientnet-lite0 or inception.
/// Distances are l2 over all pixels or features, means over the samples: NAME.distance of samples to the training set; NAME.copies of training images
/// seen through noise of deviation 0.01, what a network that remembers would draw; NAME.unseen of test images. A panel whose network of features has
/// no weights here shows its samples, and is not evaluated.
inline void nearest_kind(figure& f) {
    panel_pictures pictures{f};
    auto panels = panels_of(f);
    std::vector<point_space> spaces;
    std::vector<std::string> missing;                                               // why a panel is not evaluated
    for (panel& p : panels) {
        spaces.push_back({taken<std::string>(p, "features", "none")});
        spaces.back().check(p);
        const std::string& network = spaces.back().network;
        missing.push_back(network != "none" && feature_weights(f, network).empty() ? without_features(f, network) : "");
    }
    host_array x, images;                                                           // panels share them where they are the same
    for (panel& p : panels) {
        const point_space& space = spaces[p.number];
        const std::size_t k = taken<std::size_t>(p, "neighbours", 5), shown = taken<std::size_t>(p, "shown", 5);
        const panel* const before = p.number > 0 ? &panels[p.number - 1] : nullptr;
        if (!before || before->weights != p.weights || before->options != p.options) x = drawn(f, p);
        const auto training = open_dataset<host_array>(p.data, split::train), test = open_dataset<host_array>(p.data, split::test);
        if (!before || before->data != p.data) images = training.batch(consecutive(training.size()));
        const std::size_t n = x.shape()[0];
        std::vector<std::vector<neighbour>> found(std::min(shown, n));
        if (!missing[p.number].empty()) {
            for (const char* what : {".distance", ".copies", ".unseen"}) f.report.not_evaluated(p.name + what, missing[p.number]);
            if (f.first()) std::cout << p.name << ": not evaluated; " << missing[p.number] << std::endl;
        } else {
            std::vector<std::size_t> some(n);
            for (std::size_t i = 0; i < n; ++i) some[i] = (f.seed * n + i) % std::min(training.size(), test.size());
            philox rng{f.seed};
            const host_array remembered = training.batch(some), copies = remembered + 0.01 * normal_like(remembered, rng);
            std::filesystem::create_directories(p.folder);
            const auto points = [&](const host_array& of, const std::string& name) { return space.of(f, of, p.folder / (name + ".safetensors")); };
            const host_array data = space.of_training(f, p, images), at = points(x, "drawn");
            f.measure(p.name + ".distance", mean_nearest_distance(at, data));
            f.measure(p.name + ".copies", mean_nearest_distance(points(copies, "copies"), data));
            f.measure(p.name + ".unseen", mean_nearest_distance(points(test.batch(some), "unseen"), data));
            const std::vector<std::size_t> first = consecutive(found.size());
            found = nearest(gather_rows(at, std::span<const std::size_t>{first}), data, k);
        }
        pictures.add(p, make_image_grid(neighbour_rows(x, images, found, k), {.columns = k + 2, .background = 1}));
    }
    pictures.keep();
}

}  // namespace ncsn
