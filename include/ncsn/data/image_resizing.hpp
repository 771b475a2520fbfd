// SPDX-License-Identifier: Apache-2.0
/// \file  Images cut and brought to another size, byte for byte as the papers' programs do it.
#pragma once

#include <ncsn/arrays/files/image_bytes.hpp>

#include <cmath>
#include <optional>
#include <tuple>

namespace ncsn {

/// How a pixel of the new size is made of those of the old, whose centres are at i + ½; a is the ratio old / new of the extents.
///     antialiased   triangle of half-width max(1, a) around the place of the new centre, along one axis and then the other, each rounded to bytes:
///                   Pillow's bilinear (CelebA in Song & Ermon 2019 and Jolicoeur-Martineau et al. 2020), and up to rounding TensorFlow's with
///                   antialias (CelebA and LSUN in Gao et al. 2021)
///     bilinear      the two nearest pixels on each axis, however much the image shrinks: TensorFlow's without antialias (CelebA in the
///                   reproduction report of 2019), PyTorch's with align_corners = false; rounded to bytes at the end
enum class resize_filter { antialiased, bilinear };

/// A rectangle of an image; x to the right and y downwards from the left upper corner.
struct image_area {
    std::size_t x = 0, y = 0, width = 0, height = 0;
};

/// An error unless the area is in an image of that height and width.
inline void require_inside(const image_area& area, std::size_t height, std::size_t width) {
    require(area.width > 0 && area.height > 0 && area.x <= width && area.width <= width - area.x && area.y <= height &&
            area.height <= height - area.y, "the area of ", area.width, " x ", area.height, " pixels at (", area.x, ", ", area.y,
            ") is not inside ", width, " x ", height, " pixels");
}

/// The pixels of the area.   [H,W,C] -> [area.height, area.width, C].
inline image_bytes cropped(const image_bytes& image, const image_area& area) {
    require(image.shape().rank() == 3, "cropped: x is ", image.shape(), "; an image [H,W,C] was expected");
    const std::size_t height = image.shape()[0], width = image.shape()[1], channels = image.shape()[2];
    require_inside(area, height, width);
    auto part = image_bytes::uninitialized({area.height, area.width, channels});
    std::uint8_t* to = part.write();
    for (std::size_t row = 0; row < area.height; ++row)
        to = std::copy_n(image.data() + ((area.y + row) * width + area.x) * channels, area.width * channels, to);
    return part;
}

/// The old pixels first, first + 1, ... that make a new one, with their weights.
struct resize_taps {
    std::size_t first = 0;
    std::vector<double> weights;
};

/// The taps of every new pixel of an axis.
inline std::vector<resize_taps> make_resize_taps(std::size_t from, std::size_t to, resize_filter filter) {
    require(from > 0 && to > 0, "make_resize_taps: from ", from, " to ", to, " pixels; extents above 0 were expected");
    const double ratio = static_cast<double>(from) / static_cast<double>(to), last = static_cast<double>(from) - 1;
    std::vector<resize_taps> taps(to);
    for (std::size_t i = 0; i < to; ++i) {
        const double centre = (static_cast<double>(i) + 0.5) * ratio;
        if (filter == resize_filter::bilinear) {
            const double place = std::clamp(centre - 0.5, 0.0, last), low = std::floor(place);
            taps[i] = {static_cast<std::size_t>(low), {1 - (place - low)}};
            if (place > low) taps[i].weights.push_back(place - low);
            continue;
        }
        const double half = std::max(1.0, ratio), scale = 1 / half;
        const double begin = std::max(0.0, std::floor(centre - half + 0.5)), end = std::min(last + 1, std::floor(centre + half + 0.5));
        double sum = 0;
        taps[i].first = static_cast<std::size_t>(begin);
        for (double p = begin; p < end; ++p) sum += taps[i].weights.emplace_back(std::max(0.0, 1 - std::abs((p - centre + 0.5) * scale)));
        constexpr double unit = 1 << 22;                                            // Pillow's weights have 22 bits after the point
        for (double& weight : taps[i].weights) weight = std::floor(weight / sum * unit + 0.5) / unit;
    }
    return taps;
}

/// The image in another size.   [H,W,C] -> [height, width, C].
inline image_bytes resized(const image_bytes& image, std::size_t height, std::size_t width, resize_filter filter = resize_filter::antialiased) {
    require(image.size() > 0 && image.shape().rank() == 3 && height > 0 && width > 0, "resized: from ", image.shape(), " to ", width, " x ", height,
            "; an image [H,W,C] and extents above 0 were expected");
    const std::size_t old_height = image.shape()[0], old_width = image.shape()[1], channels = image.shape()[2];
    if (height == old_height && width == old_width) return image;
    const auto columns = make_resize_taps(old_width, width, filter), rows = make_resize_taps(old_height, height, filter);
    const auto nearest = [](double x) { return std::floor(std::clamp(x, 0.0, 255.0) + 0.5); };
    std::vector<double> wide(old_height * width * channels);                        // each row in its new width
    double* to_wide = wide.data();
    for (std::size_t row = 0; row < old_height; ++row)
        for (const resize_taps& taps : columns)
            for (std::size_t c = 0; c < channels; ++c) {
                const std::uint8_t* from = image.data() + (row * old_width + taps.first) * channels + c;
                double sum = 0;
                for (std::size_t k = 0; k < taps.weights.size(); ++k) sum += taps.weights[k] * from[k * channels];
                *to_wide++ = filter == resize_filter::antialiased ? nearest(sum) : sum;
            }
    auto result = image_bytes::uninitialized({height, width, channels});
    std::uint8_t* to = result.write();
    const std::size_t across = width * channels;
    for (const resize_taps& taps : rows)
        for (std::size_t column = 0; column < across; ++column) {
            const double* from = wide.data() + taps.first * across + column;
            double sum = 0;
            for (std::size_t k = 0; k < taps.weights.size(); ++k) sum += taps.weights[k] * from[k * across];
            *to++ = static_cast<std::uint8_t>(nearest(sum));
        }
    return result;
}

/// What is done to every image of a set, in this order; nothing by default.
struct image_preparation {
    std::size_t short_side = 0;             ///< brings the shorter side to this size and keeps the proportions; 0: leaves it
    bool centre_square = false;             ///< cuts the largest square out of the middle; the odd pixel stays on the right or below
    std::optional<image_area> area = {};    ///< cuts this out
    std::size_t size = 0;                   ///< brings the image, a square by then, to size x size; 0: leaves it
    resize_filter filter = resize_filter::antialiased;

    /// The extents of an image that has these now; an error if that cannot be.
    image_size operator()(image_size e) const {
        constexpr std::size_t longest = 100'000;
        require(e.height > 0 && e.width > 0, "image_preparation: ", e.width, " x ", e.height, " pixels; an image was expected");
        require(!centre_square || !area, "image_preparation: centre_square and an area were given; an image is cut once");
        require(short_side <= longest && size <= longest, "image_preparation: a side of ", std::max(short_side, size), " pixels; at most ", longest,
                " were expected");
        if (short_side > 0) std::tie(e.height, e.width) = with_short_side(e);
        if (centre_square) e.height = e.width = std::min(e.height, e.width);
        if (area) {
            require_inside(*area, e.height, e.width);
            e.height = area->height, e.width = area->width;
        }
        require(size == 0 || e.height == e.width, e.width, " x ", e.height, " pixels would be distorted to ", size, " x ", size,
                "; cut a square out first");
        if (size > 0) e.height = e.width = size;
        require(e.height * e.width <= most_pixels, e.width, " x ", e.height, " pixels; at most ", most_pixels, " were expected");
        return e;
    }
    image_bytes operator()(image_bytes image) const {
        require(image.shape().rank() == 3, "image_preparation: x is ", image.shape(), "; an image [H,W,C] was expected");
        const auto extents = [&] { return image_size{image.shape()[0], image.shape()[1], image.shape()[2]}; };
        (*this)(extents());
        if (short_side > 0) {
            const auto [height, width] = with_short_side(extents());
            image = resized(image, height, width, filter);
        }
        if (centre_square) {
            const auto [height, width, channels] = extents();
            const std::size_t side = std::min(height, width);
            image = cropped(image, {(width - side) / 2, (height - side) / 2, side, side});
        }
        if (area) image = cropped(image, *area);
        if (size > 0) image = resized(image, size, size, filter);
        return image;
    }

private:
    std::pair<std::size_t, std::size_t> with_short_side(const image_size& e) const {  // the longer side is rounded down, as in torchvision
        return e.height < e.width ? std::pair{short_side, short_side * e.width / e.height} : std::pair{short_side * e.height / e.width, short_side};
    }
};

}  // namespace ncsn
