// SPDX-License-Identifier: Apache-2.0
/// \file  Distributions in the plane, to look at. Each sample uses one block of four random words, so it depends on its number alone.
#pragma once

#include <ncsn/data/dataset.hpp>

#include <cmath>
#include <initializer_list>
#include <string>

namespace ncsn {

/// n points [n,2]; point(words) makes one of them from four random words. One draw of rng.
template <Array A, class F> A sample_plane(std::size_t n, philox& rng, F point) {
    std::vector<typename A::value_type> coordinates;
    coordinates.reserve(shape{n, 2}.size());
    for (std::size_t i = 0; i < n; ++i) {
        const auto [first, second] = point(rng.block(rng.first_sample + i));        // words 4 (first_sample + i), ..., + 3
        coordinates.insert(coordinates.end(), {first, second});
    }
    ++rng.draw;
    return {{n, 2}, std::span<const typename A::value_type>{coordinates}};
}

/// One of `parts` equal parts, from a random word of 32 bits, which tells no more of them apart.
inline std::uint64_t part_of(std::uint32_t word, std::size_t parts) { return (std::uint64_t{word} * parts) >> 32; }
/// Throws unless there are parts, and no more than a word tells apart.
inline void require_parts(const char* name, std::size_t side, std::size_t most) {
    require(side >= 1 && side <= most, name, ": ", side, " Gaussians or squares; 1 to ", most, " were expected");
}

/// Throws unless a number of a distribution is finite, a deviation also 0 or more.
inline void require_numbers(const char* name, std::initializer_list<double> numbers, double deviation = 0) {
    bool finite = std::isfinite(deviation) && deviation >= 0;
    for (const double number : numbers) finite = finite && std::isfinite(number);
    if (finite) [[likely]] return;
    std::string found;
    for (const double number : numbers) found += joined(number, ", ");
    fail(name, ": lengths and deviation ", found, deviation, "; finite numbers, and a deviation of 0 or more, were expected");
}

/// A point of the plane.
template <class T> struct planar_point { T first, second; };

/// A spiral: (t cos t, t sin t) + noise z, t uniform on [1.5 π, 4.5 π], all times scale. The adversarial score matching paper's Figure 2a:
/// coordinates 0 and 2 of the usual three-dimensional roll.
template <Array A> struct swiss_roll {
    double noise = 0.25, scale = 1 / 7.5;

    A sample(std::size_t n, philox& rng) const {
        using T = typename A::value_type;
        require_numbers("swiss_roll", {scale}, noise);
        return sample_plane<A>(n, rng, [this](const auto& word) {
            const T turns = T(0.75) * (1 + 2 * half_open_unit<T>(word[0])), t = T(6.28318530717958647692) * turns;
            const auto [c, s] = turn(turns - std::floor(turns));
            const auto [z1, z2] = normal_pair<T>(word[2], word[3]);
            return planar_point<T>{T(scale) * (t * c + T(noise) * z1), T(scale) * (t * s + T(noise) * z2)};
        });
    }
};

/// side² equal Gaussians of standard deviation `deviation` on a square grid centred at 0, all times scale. The adversarial score matching
/// paper's Figure 2b: 25 of them.
template <Array A> struct gaussian_grid {
    std::size_t side = 5;
    double spacing = 2, deviation = 0.05, scale = 1 / 2.828;

    A sample(std::size_t n, philox& rng) const {
        using T = typename A::value_type;
        require_parts("gaussian_grid, a side", side, 65'536);
        require_numbers("gaussian_grid", {spacing, scale}, deviation);
        return sample_plane<A>(n, rng, [this](const auto& word) {
            const std::uint64_t index = part_of(word[0], side * side);
            const T centre = T(0.5) * static_cast<T>(side - 1);
            const T row = static_cast<T>(index / side) - centre, column = static_cast<T>(index % side) - centre;
            const auto [z1, z2] = normal_pair<T>(word[2], word[3]);
            return planar_point<T>{T(scale) * (T(spacing) * row + T(deviation) * z1), T(scale) * (T(spacing) * column + T(deviation) * z2)};
        });
    }
};

/// `count` equal Gaussians at equal distances on a circle, all times scale.
template <Array A> struct gaussian_ring {
    std::size_t count = 8;
    double radius = 2, deviation = 0.02, scale = 1 / 1.414;

    A sample(std::size_t n, philox& rng) const {
        using T = typename A::value_type;
        require_parts("gaussian_ring", count, std::size_t{1} << 32);
        require_numbers("gaussian_ring", {radius, scale}, deviation);
        return sample_plane<A>(n, rng, [this](const auto& word) {
            const std::uint64_t index = part_of(word[0], count);
            const auto [c, s] = turn(static_cast<T>(index) / static_cast<T>(count));
            const auto [z1, z2] = normal_pair<T>(word[2], word[3]);
            return planar_point<T>{T(scale) * (T(radius) * c + T(deviation) * z1), T(scale) * (T(radius) * s + T(deviation) * z2)};
        });
    }
};

/// A circle seen through Gaussian noise.
template <Array A> struct ring {
    double radius = 1, deviation = 0.05;

    A sample(std::size_t n, philox& rng) const {
        using T = typename A::value_type;
        require_numbers("ring", {radius}, deviation);
        return sample_plane<A>(n, rng, [this](const auto& word) {
            const auto [c, s] = turn(half_open_unit<T>(word[0]));
            const auto [z1, z2] = normal_pair<T>(word[2], word[3]);
            return planar_point<T>{T(radius) * c + T(deviation) * z1, T(radius) * s + T(deviation) * z2};
        });
    }
};

/// Uniform on the dark squares, those with an even sum of row and column, of a board of `squares` x `squares` on [-half_width, half_width)².
template <Array A> struct checkerboard {
    std::size_t squares = 4;
    double half_width = 1;

    A sample(std::size_t n, philox& rng) const {
        using T = typename A::value_type;
        require_parts("checkerboard, a side", squares, 65'536);
        require(squares % 2 == 0, "checkerboard: ", squares, " squares a side; an even number was expected");
        require_numbers("checkerboard", {half_width});
        return sample_plane<A>(n, rng, [this](const auto& word) {
            const std::uint64_t dark = part_of(word[0], squares * squares / 2), row = dark / (squares / 2);
            const std::uint64_t column = 2 * (dark % (squares / 2)) + row % 2;
            const T side = T(2 * half_width) / static_cast<T>(squares);
            return planar_point<T>{side * (static_cast<T>(column) + half_open_unit<T>(word[2])) - T(half_width),
                                   side * (static_cast<T>(row) + half_open_unit<T>(word[3])) - T(half_width)};
        });
    }
};

static_assert(Distribution<swiss_roll<tensor<float, cpu>>> && Distribution<gaussian_grid<tensor<float, cpu>>>);
static_assert(Distribution<ring<tensor<float, cpu>>> && Distribution<gaussian_ring<tensor<float, cpu>>>);
static_assert(Distribution<checkerboard<tensor<float, cpu>>>);

}  // namespace ncsn
