// SPDX-License-Identifier: Apache-2.0
/// \file  Kind "nearest": samples and their nearest images in the training set.
#pragma once

#include "drawing.hpp"

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

/// Options: those of the program sample; "neighbours" (of each sample) and "shown" (rows of the picture).
/// Distances are l2 over all pixels, means over the samples: NAME.distance of samples to the training set; NAME.copies of training images seen
/// through noise of deviation 0.01, what a network that remembers would draw; NAME.unseen of test images.
inline void nearest_kind(figure& f) {
    panel_pictures pictures{f};
    for (panel& p : panels_of(f)) {
        const std::size_t k = taken<std::size_t>(p, "neighbours", 5), shown = taken<std::size_t>(p, "shown", 5);
        const host_array x = drawn(f, p);
        const std::size_t n = x.shape()[0];
        const auto training = open_dataset<host_array>(p.data, split::train), test = open_dataset<host_array>(p.data, split::test);
        std::vector<std::size_t> some(n);
        for (std::size_t i = 0; i < n; ++i) some[i] = (f.seed * n + i) % std::min(training.size(), test.size());
        const host_array images = training.batch(consecutive(training.size()));
        philox rng{f.seed};
        const host_array remembered = training.batch(some), copies = remembered + 0.01 * normal_like(remembered, rng);
        f.measure(p.name + ".distance", mean_nearest_distance(x, images));
        f.measure(p.name + ".copies", mean_nearest_distance(copies, images));
        f.measure(p.name + ".unseen", mean_nearest_distance(test.batch(some), images));

        const std::vector<std::size_t> first = consecutive(std::min(shown, n));
        const host_array few = gather_rows(x, std::span<const std::size_t>{first});
        const std::size_t size = x.shape().row_size(), columns = k + 2;              // the sample, a gap, the neighbours
        host_array rows{x.shape().with_rows(first.size() * columns), 1.f};
        float* const to = rows.write();
        const auto found = nearest(few, images, k);
        for (std::size_t i = 0; i < first.size(); ++i) {
            std::copy_n(few.data() + i * size, size, to + i * columns * size);
            for (std::size_t j = 0; j < k; ++j) std::copy_n(images.data() + found[i][j].index * size, size, to + (i * columns + j + 2) * size);
        }
        pictures.add(p, make_image_grid(rows, {.columns = columns, .background = 1}));
    }
    pictures.keep();
}

}  // namespace ncsn
