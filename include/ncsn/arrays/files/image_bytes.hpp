// SPDX-License-Identifier: Apache-2.0
/// \file  Images as bytes, what the header of their file says, and whether it can be true.
#pragma once

#include <ncsn/arrays/files/read_file.hpp>
#include <ncsn/arrays/tensor.hpp>

namespace ncsn {

/// The pixels of one image, one byte each.   [H,W,1] grey, [H,W,3] red, green and blue.
using image_bytes = tensor<std::uint8_t, cpu>;

/// Pixels as numbers byte / 255 in [0,1].
template <Array A> A fractions(const image_bytes& pixels) {
    using T = typename A::value_type;
    auto x = tensor<T, cpu>::uninitialized(pixels.shape());
    T* to = x.write();
    for (std::size_t i = 0; i < pixels.size(); ++i) to[i] = static_cast<T>(pixels[i]) / T(255);
    return on_device<typename A::device_type>(x);
}

struct image_size {
    std::size_t height = 0, width = 0, channels = 0;

    friend bool operator==(const image_size&, const image_size&) = default;
    friend std::ostream& operator<<(std::ostream& out, const image_size& e) {
        return out << e.width << " x " << e.height << (e.channels == 1 ? " pixels, grey" : " pixels, colour");
    }
};

/// An image has at most so many pixels: 10,000 x 10,000. A file of a few thousand bytes can claim, and even hold, far more.
inline constexpr std::uint64_t most_pixels = 100'000'000;

/// An error unless an image of that height and width can be in a file of so many bytes, at `each` pixels a byte or fewer.
inline void require_possible(const char* operation, const std::filesystem::path& path, std::uint64_t height, std::uint64_t width, std::uint64_t each,
                             std::uint64_t bytes) {
    require(height > 0 && width > 0, operation, ' ', path, ": ", width, " x ", height, " pixels; the file is damaged");
    std::uint64_t pixels = 0;
    const bool possible = multiplied(height, width, pixels) && pixels / each <= bytes;
    require(possible, operation, ' ', path, ": ", width, " x ", height, " pixels cannot be in a file of ", bytes, " bytes; the file is damaged");
    require(pixels <= most_pixels, operation, ' ', path, ": ", width, " x ", height, " pixels; at most ", most_pixels, " were expected");
}

}  // namespace ncsn
