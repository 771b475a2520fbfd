// SPDX-License-Identifier: Apache-2.0
/// \file  Kinds "samples" and "sweep": grids of samples; of several networks, or of one with an option that changes from panel to panel.
#pragma once

#include "judging.hpp"

namespace ncsn {

/// Options: those of the program sample.
inline void samples_kind(figure& f) {
    const judging judge{f};
    panel_pictures pictures{f};
    std::size_t count = 0;
    for (const panel& p : panels_of(f)) {
        const host_array x = drawn(f, p);
        judge.measure(f, p.name, x);
        pictures.add(p, make_image_grid(x, {.columns = p.options.value("columns", std::size_t{0})}));
        count = std::max(count, x.shape()[0]);
    }
    pictures.keep();
    judge.measure_controls(f, count);
}

}  // namespace ncsn
