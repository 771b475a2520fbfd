// SPDX-License-Identifier: Apache-2.0
/// \file  Kind "inpainting": images of which a part is hidden, completions, the originals.
#pragma once

#include "drawing.hpp"

namespace ncsn {

/// The pixels of an image that a half mask of the program inpaint hides.
inline std::vector<bool> hidden_half(const std::string& mask, std::size_t height, std::size_t width) {
    require(mask == "right" || mask == "left" || mask == "top" || mask == "bottom", "inpainting: mask ", mask,
            "; right, left, top or bottom was expected");
    std::vector<bool> hidden;
    for (std::size_t row = 0; row < height; ++row)
        for (std::size_t column = 0; column < width; ++column) {
            const bool after = mask == "right" || mask == "left" ? 2 * column >= width : 2 * row >= height;
            hidden.push_back(after == (mask == "right" || mask == "bottom"));
        }
    return hidden;
}

/// Options: those of the program inpaint. Over the hidden pixels: NAME.diversity is the standard deviation
/// among the completions of an image; NAME.error how far completions are from the original; NAME.stranger how far the same part of the next image is.
inline void inpainting_kind(figure& f) {
    panel_pictures pictures{f};
    for (panel& p : panels_of(f)) {
        p.options["data"] = p.data;
        draw_with("inpaint", f, p);
        const auto found = load_npy<host_array>(p.folder / "completions.npy");       // [images, completions, H, W, C]
        const auto data = open_dataset<host_array>(p.data, p.options.value("train", false) ? split::train : split::test);
        const std::size_t images = found.shape()[0], completions = found.shape()[1], C = found.shape()[4];
        const std::size_t size = found.shape().row_size() / completions;
        require(images > 1 && completions > 1, "inpainting: ", images, " images and ", completions,
                " completions; at least two of each were expected");
        const host_array originals = data.batch(consecutive(images));
        const auto hidden = hidden_half(p.options.value("mask", "right"), found.shape()[2], found.shape()[3]);
        double scatter = 0, error = 0, stranger = 0, pixels = 0;
        for (std::size_t i = 0; i < images; ++i)
            for (std::size_t j = 0; j < size; ++j) {
                if (!hidden[j / C]) continue;
                const double original = originals[i * size + j], other = originals[(i + 1) % images * size + j];
                double sum = 0, squares = 0;
                for (std::size_t k = 0; k < completions; ++k) {
                    const double value = std::clamp(found[(i * completions + k) * size + j], 0.f, 1.f);
                    sum += value, squares += value * value;
                    error += (value - original) * (value - original) / static_cast<double>(completions);
                }
                const double n = static_cast<double>(completions);
                scatter += std::max(0.0, squares - sum * sum / n) / (n - 1);
                stranger += (other - original) * (other - original);
                pixels += 1;
            }
        f.measure(p.name + ".diversity", std::sqrt(scatter / pixels));
        f.measure(p.name + ".error", std::sqrt(error / pixels));
        f.measure(p.name + ".stranger", std::sqrt(stranger / pixels));
        pictures.add(p, load_png<host_array>(p.folder / "inpaint.png"));
    }
    pictures.keep();
}

}  // namespace ncsn
