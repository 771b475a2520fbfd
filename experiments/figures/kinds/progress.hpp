// SPDX-License-Identifier: Apache-2.0
/// \file  Kind "progress": chains at work, one a row, a column after each level.
#pragma once

#include "judging.hpp"

namespace ncsn {

/// The images of one column of a grid as make_image_grid lays them out with the default padding: [rows,H,W,C].
inline host_array grid_column(const host_array& grid, std::size_t height, std::size_t width, std::size_t column) {
    const std::size_t padding = image_grid_layout{}.padding, rows = (grid.shape()[0] - padding) / (height + padding), C = grid.shape()[2];
    auto images = host_array::uninitialized({rows, height, width, C});
    float* to = images.write();
    for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t row = 0; row < height; ++row, to += width * C) {
            const std::size_t top = i * (height + padding) + padding + row, left = column * (width + padding) + padding;
            std::copy_n(grid.data() + (top * grid.shape()[1] + left) * C, width * C, to);
        }
    return images;
}

/// Options: those of the program sample; "trajectory" is the number of chains shown. Measured after the first and the last level that is shown:
/// NAME.first.digits, NAME.last.digits and so on.
inline void progress_kind(figure& f) {
    auto panels = panels_of(f);
    const judging judge{f, panels};
    panel_pictures pictures{f};
    std::size_t rows = 0;
    for (const panel& p : panels) {
        const host_array x = drawn(f, p), grid = load_png<host_array>(p.folder / "trajectory.png");
        const std::size_t height = x.shape()[1], width = x.shape()[2], padding = image_grid_layout{}.padding;
        const std::size_t columns = (grid.shape()[1] - padding) / (width + padding);
        const host_array first = grid_column(grid, height, width, 0), last = grid_column(grid, height, width, columns - 1);
        judge.measure(f, p, p.name + ".first", first);
        judge.measure(f, p, p.name + ".last", last);
        pictures.add(p, grid);
        rows = std::max(rows, first.shape()[0]);
    }
    pictures.keep();
    judge.measure_controls(f, rows);
}

}  // namespace ncsn
