// SPDX-License-Identifier: Apache-2.0
/// \file  Images as PNG files, and many of them as one grid.
#pragma once

#include <ncsn/arrays/files/image_bytes.hpp>

#include <png.h>

#include <cmath>

namespace ncsn {

/// How images are laid out in a grid.
struct image_grid_layout {
    std::size_t columns = 0;  ///< 0: as near to a square as it goes
    std::size_t padding = 2;  ///< pixels around every image
    float background = 0;
};

/// How many of n images, one at least, are beside each other.
inline std::size_t grid_columns(std::size_t n, const image_grid_layout& layout) {
    std::size_t columns = layout.columns;
    if (columns == 0) columns = static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(n))));
    return std::min(columns, n);
}
/// The canvas of images x [N,H,W,C], before there are any: [r (H + p) + p, c (W + p) + p, C], r = ceil(N / c).
inline shape image_grid_shape(const shape& x, const image_grid_layout& layout = {}) {
    require(x.rank() == 4 && x[0] > 0, "make_image_grid: x is ", x, "; images [N,H,W,C] were expected");
    const std::size_t columns = grid_columns(x[0], layout), rows = (x[0] - 1) / columns + 1, p = layout.padding;
    const auto side = [p](std::size_t images, std::size_t each) {
        return extent_of("make_image_grid", images, extent_of("make_image_grid", 1, each, p), p);
    };
    return {side(rows, x[1]), side(columns, x[2]), x[3]};
}

/// Images x [N,H,W,C] in reading order on one canvas, image_grid_shape(x).
template <class T> tensor<T, cpu> make_image_grid(const tensor<T, cpu>& x, image_grid_layout layout = {}) {
    require(!x.empty() && x.shape().rank() == 4 && x.size() > 0, "make_image_grid: x is ", x.shape(), "; images [N,H,W,C] were expected");
    const std::size_t n = x.shape()[0], h = x.shape()[1], w = x.shape()[2], c = x.shape()[3], p = layout.padding;
    const std::size_t columns = grid_columns(n, layout);
    tensor<T, cpu> canvas{image_grid_shape(x.shape(), layout), static_cast<T>(layout.background)};
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

/// Throws where an image of these extents cannot be a PNG file: also before the work that makes it.
inline void require_png_sides(const std::filesystem::path& path, const shape& x) {
    constexpr std::size_t longest = 1'000'000;                                      // libpng's own limit on a side
    require(x[0] <= longest && x[1] <= longest, "save_png ", path, ": x is ", x, "; a side has at most ", longest, " pixels");
}

/// Writes an image [H,W,C], C = 1 (grey) or 3 (RGB), values in [0,1], as an 8-bit PNG. Atomic; values outside are clamped, NaN is black.
template <class T> void save_png(const std::filesystem::path& path, const tensor<T, cpu>& x) {
    const bool image = !x.empty() && x.shape().rank() == 3 && (x.shape()[2] == 1 || x.shape()[2] == 3) && x.size() > 0;
    require(image, "save_png ", path, ": x is ", x.shape(), "; one image [H,W,1] or [H,W,3] was expected; save_image_grid writes several");
    require_png_sides(path, x.shape());
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

/// The extents in a PNG file's first 33 bytes; the file has `size` of them. An image of a palette is in colour.
inline image_size png_size(const std::filesystem::path& path, std::span<const std::uint8_t> bytes, std::uint64_t size) {
    constexpr std::size_t first_chunk = 33;                                         // signature, then IHDR: always first and of this length
    require(bytes.size() >= first_chunk && png_sig_cmp(bytes.data(), 0, 8) == 0 && std::memcmp(&bytes[12], "IHDR", 4) == 0, "load_png ", path,
            ": the first bytes are not those of a PNG file");
    const std::uint64_t bits = bytes[24], deflate_ratio = 1032;                     // deflate shortens by at most 1032
    require_possible("load_png", path, big_endian(&bytes[20]), big_endian(&bytes[16]), bits == 0 ? 1 : 8 * deflate_ratio / bits, size);
    return {big_endian(&bytes[20]), big_endian(&bytes[16]), (bytes[25] & PNG_COLOR_MASK_COLOR) != 0 ? std::size_t{3} : std::size_t{1}};
}

/// A PNG file's content without the chunks that say how the pixels should look (gamma, colour profile) and all others that are not needed to tell
/// what they are.
inline std::vector<std::uint8_t> without_appearance(std::span<const std::uint8_t> bytes) {
    constexpr std::size_t signature = 8, around = 12;                               // a chunk: length, type, data, checksum
    std::vector<std::uint8_t> kept(bytes.begin(), bytes.begin() + signature);
    std::size_t begin = signature;
    while (bytes.size() - begin >= around) {
        const std::uint64_t length = big_endian(&bytes[begin]) + std::uint64_t{around};
        if (length > bytes.size() - begin) break;                                   // libpng will say so
        const bool critical = (bytes[begin + 4] & 0x20) == 0, transparency = std::memcmp(&bytes[begin + 4], "tRNS", 4) == 0;
        if (critical || transparency) kept.insert(kept.end(), &bytes[begin], &bytes[begin] + length);
        begin += length;
    }
    kept.insert(kept.end(), bytes.begin() + static_cast<std::ptrdiff_t>(begin), bytes.end());
    return kept;
}

/// The pixels in a PNG file's content, as they are stored: no gamma, no colour profile. [H,W,1] for grey files, [H,W,3] for all others, palettes
/// among them; 16-bit values are rounded to 8 bits. Of transparency only the trivial kind is known: every pixel opaque.
inline image_bytes decode_png(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
    const image_size extents = png_size(path, bytes, bytes.size());
    const auto content = without_appearance(bytes);
    png_image picture{};
    picture.version = PNG_IMAGE_VERSION;
    const auto check = [&](int good) {
        const std::string message = picture.message;
        if (!good) png_image_free(&picture);
        require(good != 0, "load_png ", path, ": ", message, "; the file is incomplete or damaged");
    };
    check(png_image_begin_read_from_memory(&picture, content.data(), content.size()));
    const bool transparent = (picture.format & PNG_FORMAT_FLAG_ALPHA) != 0;
    const std::size_t pixels = extents.height * extents.width, channels = extents.channels;
    picture.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;                                     // else libpng takes 16-bit values for linear light
    picture.format = (channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY) | (transparent ? PNG_FORMAT_FLAG_ALPHA : 0);
    auto x = image_bytes::uninitialized({extents.height, extents.width, channels});
    if (!transparent) {
        check(png_image_finish_read(&picture, nullptr, x.write(), 0, nullptr));
        return x;
    }
    std::vector<std::uint8_t> with_opacity(pixels * (channels + 1));
    check(png_image_finish_read(&picture, nullptr, with_opacity.data(), 0, nullptr));
    std::uint8_t* to = x.write();
    for (std::size_t i = 0; i < pixels; ++i) {
        const std::uint8_t* from = &with_opacity[i * (channels + 1)];
        require(from[channels] == 255, "load_png ", path, ": pixel (", i / extents.width, ", ", i % extents.width, ") is transparent, and what is "
                "behind it is not known; save the image without an alpha channel");
        to = std::copy_n(from, channels, to);
    }
    return x;
}

/// The image in a PNG file, values in [0,1]: decode_png(...) / 255.
template <Array A> A load_png(const std::filesystem::path& path) { return fractions<A>(decode_png(path, read_file(path))); }

}  // namespace ncsn
