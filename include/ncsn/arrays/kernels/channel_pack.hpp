// SPDX-License-Identifier: Apache-2.0
/// \file  Neighbouring channels of an image, loaded, computed with and stored at once: what a thread of an NHWC kernel works on.
#pragma once

#include <ncsn/arithmetic/bfloat16.hpp>
#include <ncsn/arithmetic/host_device.hpp>
#include <ncsn/arrays/kernels/launch.hpp>
#include <ncsn/arrays/shape.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace ncsn {

/// W neighbouring numbers of type T in working precision. Where they fill 16 bytes they travel 16 bytes at a time, which their address must allow.
template <class T, std::size_t W> struct channel_pack {
    computing_type<T> value[W];

    static constexpr std::size_t part = W * sizeof(T) % 16 == 0 ? 16 / sizeof(T) : 1;

    NCSN_HD static channel_pack load(const T* from) {
        channel_pack p;
        for (std::size_t k = 0; k < W; k += part) {
            const auto elements = pack<T, part>::load(from + k);
            for (std::size_t j = 0; j < part; ++j) p.value[k + j] = static_cast<computing_type<T>>(elements[j]);
        }
        return p;
    }
    NCSN_HD void store(T* to) const {
        for (std::size_t k = 0; k < W; k += part) {
            pack<T, part> elements;
            for (std::size_t j = 0; j < part; ++j) elements[j] = static_cast<T>(value[k + j]);
            elements.store(to + k);
        }
    }
    NCSN_HD static channel_pack zero() {
        channel_pack p;
        for (std::size_t k = 0; k < W; ++k) p.value[k] = 0;
        return p;
    }
    NCSN_HD channel_pack& operator+=(const channel_pack& other) {
        for (std::size_t k = 0; k < W; ++k) value[k] += other.value[k];
        return *this;
    }
    /// this += factor other.
    NCSN_HD void add(computing_type<T> factor, const channel_pack& other) {
        for (std::size_t k = 0; k < W; ++k) value[k] += factor * other.value[k];
    }
    NCSN_HD channel_pack times(computing_type<T> factor) const {
        channel_pack p;
        for (std::size_t k = 0; k < W; ++k) p.value[k] = factor * value[k];
        return p;
    }
};

/// f(std::integral_constant<std::size_t, W>) with the widest pack that divides the channels: 16 bytes, or a single number. A tensor starts at a
/// multiple of 16 bytes, and so does then every pack.
template <class T, class F> void with_pack_width(std::size_t channels, const F& f) {
    constexpr std::size_t widest = 16 / sizeof(T);
    if (channels % widest == 0) f(std::integral_constant<std::size_t, widest>{});
    else f(std::integral_constant<std::size_t, 1>{});
}

/// The extents of images [.,H,W,C] in a kernel.
struct image_extents {
    std::uint32_t height, width, channels;

    image_extents(const shape& s)
        : height{static_cast<std::uint32_t>(s[1])}, width{static_cast<std::uint32_t>(s[2])}, channels{static_cast<std::uint32_t>(s[3])} {
        require(s[1] <= UINT32_MAX && s[2] <= UINT32_MAX && s[3] <= UINT32_MAX, "images ", s, ": an extent beyond 32 bits");
    }
    /// Where element (n, y, x, c) lies.
    NCSN_HD std::size_t at(std::size_t n, std::size_t y, std::size_t x, std::size_t c) const {
        return ((n * height + y) * width + x) * channels + c;
    }
};

/// Where in a batch of images a body works: the first channel of its pack.
struct image_place {
    std::size_t sample;
    std::uint32_t row, column, channel;
};
/// A running index as a place: packs of channels fastest, then columns, rows (of which `strip` belong to one index) and samples.
class image_walk {
public:
    image_walk(const shape& s, std::size_t pack_width, std::size_t strip = 1)
        : packs_{std::max<std::size_t>(1, s[3] / pack_width)}, columns_{std::max<std::size_t>(1, s[2])},
          strips_{std::max<std::size_t>(1, (s[1] + strip - 1) / strip)}, pack_width_{static_cast<std::uint32_t>(pack_width)},
          strip_{static_cast<std::uint32_t>(strip)}, size_{s.size() == 0 ? 0 : s[0] * strips_.divisor() * s[2] * packs_.divisor()} {}
    std::size_t size() const { return size_; }

    template <class Index> NCSN_HD image_place operator()(Index index) const {
        const auto pack = taken(index, packs_), column = taken(index, columns_), row = taken(index, strips_);
        return {static_cast<std::size_t>(index), row * strip_, column, pack * pack_width_};
    }

private:
    template <class Index> NCSN_HD static std::uint32_t taken(Index& index, const fast_divmod& extent) {
        const Index whole = extent.quotient(index);
        const auto place = static_cast<std::uint32_t>(index - whole * static_cast<Index>(extent.divisor()));
        index = whole;
        return place;
    }
    fast_divmod packs_, columns_, strips_;
    std::uint32_t pack_width_, strip_;
    std::size_t size_;
};

}  // namespace ncsn
