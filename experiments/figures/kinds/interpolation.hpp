// SPDX-License-Identifier: Apache-2.0
/// \file  Kind "interpolation": rows that go from one sample to another.
#pragma once

#include "judging.hpp"

#include <cmath>

namespace ncsn {

/// The longest way between neighbours in a row in units of the way between its ends, the mean over rows: 1/(columns - 1) where the images change
/// evenly, 1 and more where they jump.   x: [rows columns, H, W, C].
inline double jump_of(const host_array& x, std::size_t columns) {
    const std::size_t size = x.shape().row_size(), rows = x.shape()[0] / columns;
    const auto way = [&](std::size_t a, std::size_t b) {
        double squares = 0;
        for (std::size_t i = 0; i < size; ++i) {
            const double difference = static_cast<double>(x[a * size + i]) - static_cast<double>(x[b * size + i]);
            squares += difference * difference;
        }
        return std::sqrt(squares);
    };
    double total = 0;
    for (std::size_t row = 0; row < rows; ++row) {
        double longest = 0;
        for (std::size_t k = row * columns; k + 1 < (row + 1) * columns; ++k) longest = std::max(longest, way(k, k + 1));
        total += longest / way(row * columns, (row + 1) * columns - 1);
    }
    return total / static_cast<double>(rows);
}

/// Options: those of the program sample; "interpolate" is the number of images in a row. Measured: NAME.jump.
inline void interpolation_kind(figure& f) {
    panel_pictures pictures{f};
    for (const panel& p : panels_of(f)) {
        const std::size_t columns = f.option<std::size_t>("interpolate");
        require(columns > 1, "figure ", f.id, ": interpolate is ", columns, "; at least 2 images a row were expected");
        const host_array x = drawn(f, p);
        f.measure(p.name + ".jump", jump_of(x, columns));
        pictures.add(p, make_image_grid(x, {.columns = columns}));
    }
    pictures.keep();
}

}  // namespace ncsn
