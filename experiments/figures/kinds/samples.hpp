// SPDX-License-Identifier: Apache-2.0
/// \file  Kinds "samples" and "sweep": grids of samples; of several networks, or of one with an option that changes from panel to panel.
#pragma once

#include "distances.hpp"
#include "judging.hpp"

namespace ncsn {

/// Options: those of the program sample, and those of distances.
inline void samples_kind(figure& f) {
    auto panels = panels_of(f);
    const judging judge{f, panels, feature_measure_names()};
    distances distance{f, panels};
    train_panels(f, panels);
    panel_pictures pictures{f};
    std::size_t count = 0;
    for (const panel& p : panels) {
        const host_array x = drawn(f, p);
        judge.measure(f, p, p.name, x);
        distance.measure(f, p);
        pictures.add(p, make_image_grid(x, {.columns = option_of<std::size_t>(p, "columns", 0)}));
        count = std::max(count, x.shape()[0]);
    }
    pictures.keep();
    judge.measure_controls(f, count);
}

}  // namespace ncsn
