// SPDX-License-Identifier: Apache-2.0
/// \file  Images as PNG files, and many of them as one grid.
#pragma once

#include <ncsn/arrays/files/read_file.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <png.h>

#include <cmath>

namespace ncsn {

/// How images are laid out in a grid.
struct image_grid_layout {
    std::size_t columns = 0;  ///< 0: as near to a square as it goes
    std::size_t padding = 2;  ///< pixels around every image
    float background = 0;
};

/// Images x [N,H,W,C] in reading order on one canvas [r (H + p) + p, c (W + p) + p, C], r = ceil(N / c).
template <class T> tensor<T, cpu> make_image_grid(const tensor<T, cpu>& x, image_grid_layout layout = {}) {
    require(!x.empty() && x.shape().rank() == 4 && x.size() > 0, "make_image_grid: x is ", x.shape(), "; images [N,H,W,C] were expected");
    const std::size_t n = x.shape()[0], h = x.shape()[1], w = x.shape()[2], c = x.shape()[3], p = layout.padding;
    if (layout.columns == 0) {
        while (layout.columns * layout.columns < n) ++layout.columns;
    }
    const std::size_t columns = layout.columns < n ? layout.columns : n, rows = (n + columns - 1) / columns;
    tensor<T, cpu> canvas{{rows * (h + p) + p, columns * (w + p) + p, c}, static_cast<T>(layout.background)};
    T* to = canvas.write();
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t top = i / columns * (h + p) + p, left = i % columns * (w + p) + p;
        for (std::size_t row = 0; row < h; ++row) {
            std::copy_n(x.data() + (i * h + row) * w * c, w * c, to + ((top + row) * canvas.shape()[1] + left) * c);
        }
    }
    return canvas;
}

/// The byte of a pixel: floor(255 x + ½) for x clamped to [0, 1]. A pixel that is not a number becomes 0.
template <class T> std::uint8_t pixel_byte(T x) {
    return x > T(0) ? static_cast<std::uint8_t>(std::floor(T(255) * (x < T(1) ? x : T(1)) + T(0.5))) : std::uint8_t{0};
}

/// Writes an image [H,W,C], C = 1 (grey) or 3 (RGB), values in [0,1], as an 8-bit PNG. Atomic; values outside are clamped, NaN is black.
template <class T> void save_png(const std::filesystem::path& path, const tensor<T, cpu>& x) {
    const bool image = !x.empty() && x.shape().rank() == 3 && (x.shape()[2] == 1 || x.shape()[2] == 3) && x.size() > 0;
    require(image, "save_png ", path, ": x is ", x.shape(), "; one image [H,W,1] or [H,W,3] was expected; save_image_grid writes several");
    constexpr std::size_t longest = 1'000'000;                                      // libpng's own limit on a side
    require(x.shape()[0] <= longest && x.shape()[1] <= longest, "save_png ", path, ": x is ", x.shape(), "; a side has at most ", longest,
            " pixels");
    std::vector<std::uint8_t> pixels(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) pixels[i] = pixel_byte(x[i]);
    png_image picture{};
    picture.version = PNG_IMAGE_VERSION;
    picture.height = static_cast<png_uint_32>(x.shape()[0]);
    picture.width = static_cast<png_uint_32>(x.shape()[1]);
    picture.format = x.shape()[2] == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    png_alloc_size_t count = PNG_IMAGE_PNG_SIZE_MAX(picture);
    std::vector<std::uint8_t> encoded(count);
    const int written = png_image_write_to_memory(&picture, encoded.data(), &count, 0, pixels.data(), 0, nullptr);
    const std::string message = picture.message;
    png_image_free(&picture);
    require(written != 0, "save_png ", path, ": ", message, "; the image is ", x.shape());
    atomic_file file{path};
    file.write(encoded.data(), count);
    file.commit();
}

/// make_image_grid(x) as a PNG file.   x: [N,H,W,C], C = 1 or 3, values in [0,1].
template <class T> void save_image_grid(const std::filesystem::path& path, const tensor<T, cpu>& x, image_grid_layout layout = {}) {
    const bool images = !x.empty() && x.shape().rank() == 4 && (x.shape()[3] == 1 || x.shape()[3] == 3) && x.size() > 0;
    require(images, "save_image_grid ", path, ": x is ", x.shape(), "; images [N,H,W,1] or [N,H,W,3] were expected");
    save_png(path, make_image_grid(x, layout));
}
template <class T, Device D> void save_image_grid(const std::filesystem::path& path, const tensor<T, D>& x, image_grid_layout layout = {}) {
    save_image_grid(path, on_device<cpu>(x), layout);
}

/// The image in a PNG file, values in [0,1]: [H,W,1] for grey files, [H,W,3] for all others. 16-bit values are rounded to 8 bits; transparent
/// parts are shown on black.
template <Array A> A load_png(const std::filesystem::path& path) {
    using T = typename A::value_type;
    const auto bytes = read_file(path);
    constexpr std::size_t first_chunk = 33;                                         // signature, then IHDR: always first and of this length
    require(bytes.size() >= first_chunk && png_sig_cmp(bytes.data(), 0, 8) == 0 && std::memcmp(&bytes[12], "IHDR", 4) == 0, "load_png ", path,
            ": the first bytes are not those of a PNG file");
    const std::uint64_t width = big_endian(&bytes[16]), height = big_endian(&bytes[20]), bits = bytes[24], deflate_ratio = 1032;
    std::uint64_t stored = 0;                                                       // uncompressed; deflate shortens by at most 1032
    const bool possible = multiplied(width, bits, stored) && multiplied(stored / 8, height, stored) && stored / deflate_ratio <= bytes.size();
    require(possible, "load_png ", path, ": ", width, " x ", height, " pixels cannot be in a file of ", bytes.size(),
            " bytes; the file is damaged");
    png_image picture{};
    picture.version = PNG_IMAGE_VERSION;
    const auto check = [&](int good) {
        const std::string message = picture.message;
        if (!good) png_image_free(&picture);
        require(good != 0, "load_png ", path, ": ", message, "; the file is incomplete or damaged");
    };
    check(png_image_begin_read_from_memory(&picture, bytes.data(), bytes.size()));
    const bool colour = (picture.format & PNG_FORMAT_FLAG_COLOR) != 0;
    picture.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;                                     // else libpng takes 16-bit values for linear light
    picture.format = colour ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(picture));
    const png_color black{};
    check(png_image_finish_read(&picture, &black, pixels.data(), 0, nullptr));
    auto x = tensor<T, cpu>::uninitialized({picture.height, picture.width, colour ? std::size_t{3} : std::size_t{1}});
    T* to = x.write();
    for (std::size_t i = 0; i < pixels.size(); ++i) to[i] = static_cast<T>(pixels[i]) / T(255);
    return on_device<typename A::device_type>(x);
}

}  // namespace ncsn
