// SPDX-License-Identifier: Apache-2.0
/// \file  Kind "inpainting": images of which a part is hidden, completions, the originals.
#pragma once

#include "../../mask.hpp"
#include "drawing.hpp"

#include <ncsn/statistics/psnr.hpp>

namespace ncsn {

/// Whether a mask of the program inpaint hides each pixel, row by row.
inline std::vector<bool> hidden_pixels(const std::string& mask, std::size_t height, std::size_t width) {
    const host_array known = make_mask(mask, height, width);
    std::vector<bool> hidden;
    for (const float value : known.values()) hidden.push_back(value == 0);
    return hidden;
}

/// The hidden pixels of images, one after the other: [N, hidden C], clamped to [0, 1].   x: [N, ...] of which every image has the pixels of `hidden`.
inline host_array hidden_part(const host_array& x, const std::vector<bool>& hidden) {
    const std::size_t n = x.shape()[0], size = x.shape().row_size(), C = size / hidden.size();
    const auto count = static_cast<std::size_t>(std::ranges::count(hidden, true));
    auto part = host_array::uninitialized({n, count * C});
    float* to = part.write();
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < size; ++j)
            if (hidden[j / C]) *to++ = std::clamp(x[i * size + j], 0.f, 1.f);
    return part;
}
/// The mean over images of the ratio of peak signal to noise, in decibels.
inline double mean_psnr(const host_array& x, const host_array& original) {
    const auto found = psnr(x, original);
    return std::accumulate(found.begin(), found.end(), 0.0) / static_cast<double>(found.size());
}

/// Options: those of the program inpaint; a mask that is a file lies beside the description. Over the hidden pixels: NAME.diversity is the standard
/// deviation among the completions of an image; NAME.error how far completions are from the original; NAME.stranger how far the same part of the next
/// image is. NAME.psnr and NAME.stranger.psnr are ratios of peak signal to noise of these two, in decibels, means over completions and over images.
inline void inpainting_kind(figure& f) {
    panel_pictures pictures{f};
    for (panel& p : panels_of(f)) {
        p.options["data"] = p.data;
        if (const auto mask = option_of<std::string>(p, "mask", ""); is_image_name(mask)) p.options["mask"] = (f.about.folder() / mask).string();
        draw_with("inpaint", f, p);
        const auto found = load_npy<host_array>(p.folder / "completions.npy");       // [images, completions, H, W, C]
        const auto data = open_dataset<host_array>(p.data, option_of(p, "train", false) ? split::train : split::test);
        const std::size_t images = found.shape()[0], completions = found.shape()[1], C = found.shape()[4];
        const std::size_t size = found.shape().row_size() / completions;
        require(images > 1 && completions > 1, "inpainting: ", images, " images and ", completions,
                " completions; at least two of each were expected");
        const host_array originals = data.batch(consecutive(images));
        const auto hidden = hidden_pixels(option_of<std::string>(p, "mask", "right"), found.shape()[2], found.shape()[3]);
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
        std::vector<std::size_t> own(images * completions), next(images);
        for (std::size_t i = 0; i < own.size(); ++i) own[i] = i / completions;
        for (std::size_t i = 0; i < images; ++i) next[i] = (i + 1) % images;
        const host_array originals_there = hidden_part(originals, hidden), completed = found.reshaped(originals.shape().with_rows(own.size()));
        f.measure(p.name + ".psnr", mean_psnr(hidden_part(completed, hidden), hidden_part(data.batch(own), hidden)));
        f.measure(p.name + ".stranger.psnr", mean_psnr(hidden_part(data.batch(next), hidden), originals_there));
        pictures.add(p, load_png<host_array>(p.folder / "inpaint.png"));
    }
    pictures.keep();
}

}  // namespace ncsn
