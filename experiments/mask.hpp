// SPDX-License-Identifier: Apache-2.0
/// \file  Which pixels of an image are known: the masks of the program inpaint, by name or from a picture.
#pragma once

#include "common.hpp"

#include <ncsn/arrays/files/image_file.hpp>

namespace ncsn {

/// Whether the mask of that name hides a pixel.
inline bool hides(const std::string& mask, std::size_t row, std::size_t column, std::size_t height, std::size_t width) {
    if (mask == "right") return 2 * column >= width;
    if (mask == "left") return 2 * column < width;
    if (mask == "top") return 2 * row < height;
    if (mask == "bottom") return 2 * row >= height;
    if (mask == "center") return 4 * row >= height && 4 * row < 3 * height && 4 * column >= width && 4 * column < 3 * width;
    if (mask == "middle") return 5 * column >= 2 * width && 5 * column < 3 * width;
    require(mask == "checkerboard", "--mask ", mask, ": right, left, top, bottom, center, middle, checkerboard or an image file was expected");
    return (row + column) % 2 == 1;
}

/// 1 where a pixel is known, 0 where it is hidden: [1,H,W,1]. In a file, white is known. Throws ncsn::error for a name that there is not, a picture
/// of another size or with colours, and a mask that hides nothing.
inline host_array make_mask(const std::string& name, std::size_t height, std::size_t width) {
    host_array mask{{1, height, width, 1}};
    float* known = mask.write();
    if (!is_image_name(name)) {
        for (std::size_t i = 0; i < mask.size(); ++i) known[i] = hides(name, i / width, i % width, height, width) ? 0.f : 1.f;
    } else {
        const image_bytes picture = load_image(name);
        require(picture.shape()[0] == height && picture.shape()[1] == width, "--mask ", name, ": ", picture.shape()[0], " x ", picture.shape()[1],
                " pixels; ", height, " x ", width, " was expected, the size of the images");
        const std::size_t channels = picture.shape()[2];
        for (std::size_t i = 0; i < mask.size(); ++i) {
            const auto pixel = picture.values().subspan(i * channels, channels);
            const auto light = std::ranges::count_if(pixel, [](std::uint8_t value) { return value > 127; });
            if (light > 0 && static_cast<std::size_t>(light) < channels)
                fail("--mask ", name, ": pixel (", i / width, ", ", i % width, ") has the colour (", int{pixel[0]}, ", ", int{pixel[1]}, ", ",
                     int{pixel[2]}, "); white is known and black is hidden, colours are neither");
            known[i] = light > 0 ? 1.f : 0.f;
        }
    }
    require(std::ranges::count(mask.values(), 0.f) > 0, "--mask ", name, " hides no pixel of ", height, " x ", width,
            "; in a file black is hidden");
    return mask;
}

}  // namespace ncsn
