// SPDX-License-Identifier: Apache-2.0
/// \file  JPEG files for tests, written by libjpeg.
#pragma once

#include <ncsn/arrays/files/jpeg.hpp>

#include <string>
#include <vector>

namespace ncsn {

struct jpeg_writing {
    int quality = 90;
    bool progressive = false, many_scans = false;
    J_COLOR_SPACE colours = JCS_UNKNOWN;  ///< of the pixels; JCS_UNKNOWN: grey or RGB, by their number
};

/// The content of a JPEG file of these pixels [H,W,C].
inline std::string jpeg_of(const image_bytes& pixels, jpeg_writing how = {}) {
    jpeg_compress_struct to{};
    jpeg_error_mgr errors{};
    to.err = jpeg_std_error(&errors);
    jpeg_create_compress(&to);
    unsigned char* bytes = nullptr;
    unsigned long count = 0;
    jpeg_mem_dest(&to, &bytes, &count);
    to.image_height = static_cast<JDIMENSION>(pixels.shape()[0]);
    to.image_width = static_cast<JDIMENSION>(pixels.shape()[1]);
    to.input_components = static_cast<int>(pixels.shape()[2]);
    to.in_color_space = how.colours != JCS_UNKNOWN ? how.colours : to.input_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&to);
    jpeg_set_quality(&to, how.quality, TRUE);
    if (how.progressive) jpeg_simple_progression(&to);
    std::vector<jpeg_scan_info> scans;                                              // every bit of every coefficient of a grey image by itself
    if (how.many_scans) {
        for (int coefficient = 0; coefficient < 64; ++coefficient)
            for (int bit = 8; bit >= 0; --bit) scans.push_back({1, {0}, coefficient, coefficient, bit == 8 ? 0 : bit + 1, bit});
        to.scan_info = scans.data();
        to.num_scans = static_cast<int>(scans.size());
    }
    jpeg_start_compress(&to, TRUE);
    image_bytes rows = pixels;
    while (to.next_scanline < to.image_height) {
        JSAMPROW row = rows.write() + std::size_t{to.next_scanline} * pixels.shape().row_size();
        jpeg_write_scanlines(&to, &row, 1);
    }
    jpeg_finish_compress(&to);
    std::string content(reinterpret_cast<const char*>(bytes), count);
    jpeg_destroy_compress(&to);
    std::free(bytes);
    return content;
}

/// A smooth picture, another for every number.   [height, width, channels]
inline image_bytes picture(std::size_t height, std::size_t width, std::size_t channels, std::size_t number = 0) {
    auto pixels = image_bytes::uninitialized({height, width, channels});
    std::uint8_t* to = pixels.write();
    for (std::size_t y = 0; y < height; ++y)
        for (std::size_t x = 0; x < width; ++x)
            for (std::size_t c = 0; c < channels; ++c) *to++ = static_cast<std::uint8_t>((3 * x + 2 * y + 40 * c + 7 * number) % 256);
    return pixels;
}

}  // namespace ncsn
