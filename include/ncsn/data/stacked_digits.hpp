// SPDX-License-Identifier: Apache-2.0
/// \file  StackedMNIST: three digits of a data set as the colours of one image, 1,000 kinds of images that are known by name.
#pragma once

#include <ncsn/arithmetic/philox.hpp>
#include <ncsn/arrays/random.hpp>
#include <ncsn/data/loader.hpp>

#include <array>

namespace ncsn {

/// What the digits of an image make: 100 r + 10 g + b.
inline label stacked_label(label red, label green, label blue) {
    constexpr label ten = 10;
    require(red < ten && green < ten && blue < ten, "stacked_label: digits ", red, ", ", green, ", ", blue, "; 0 to 9 were expected");
    return 100 * red + 10 * green + blue;
}

/// Images whose red, green and blue are three grey ones, [1, H, W, 3] in [0, 1], with labels 100 r + 10 g + b. As many as there are digits, each of
/// which is in each colour once, in three independent orders (the program of adversarial score matching, Jolicoeur-Martineau et al. 2020, which has
/// them in [-1, 1] while its discriminator sees fakes in [0, 1]); or `count` images of three digits each, drawn anew (their text: 128,000).
template <Array A> struct stacked_digits {
    images<A> digits;
    std::vector<std::array<std::uint32_t, 3>> chosen;  ///< the numbers of the digits of each image
    std::vector<label> labels;

    explicit stacked_digits(images<A> d, std::uint64_t seed = 1, std::size_t count = 0) : digits{std::move(d)} {
        const std::size_t n = digits.size();
        require(n > 0 && n < (std::size_t{1} << 32) && digits.labels.size() == n && digits.shape()[3] == 1, "stacked_digits: ", n, " digits ",
                digits.shape(), " with ", digits.labels.size(), " labels; grey images with a label each were expected");
        chosen.resize(count == 0 ? n : count);
        for (std::uint32_t colour = 0; colour < 3; ++colour) {
            philox rng{seed, colour};
            if (count > 0) {
                const auto drawn = uniform_index(count, n, rng);
                for (std::size_t i = 0; i < count; ++i) chosen[i][colour] = static_cast<std::uint32_t>(drawn[i]);
            } else {
                const auto order = epoch_order(n, rng);
                for (std::size_t i = 0; i < n; ++i) chosen[i][colour] = static_cast<std::uint32_t>(order[i]);
            }
        }
        for (const auto& [red, green, blue] : chosen)
            labels.push_back(stacked_label(digits.labels[red], digits.labels[green], digits.labels[blue]));
    }

    std::size_t size() const { return chosen.size(); }
    ncsn::shape shape() const {
        const ncsn::shape each = digits.shape();
        return {1, each[1], each[2], 3};
    }
    A batch(std::span<const std::size_t> rows) const {
        using T = typename A::value_type;
        auto x = tensor<T, cpu>::uninitialized(shape().with_rows(rows.size()));
        T* to = x.write();
        const std::size_t pixels = digits.shape().row_size();
        for (const std::size_t row : rows) {
            require(row < size(), "stacked_digits: image ", row, " of ", size(), "; the last has number ", size() - 1);
            for (std::size_t i = 0; i < pixels; ++i)
                for (const std::uint32_t digit : chosen[row]) *to++ = static_cast<T>(digits.pixels.data()[digit * pixels + i]) / T(255);
        }
        return on_device<typename A::device_type>(x);
    }
};

static_assert(Dataset<stacked_digits<tensor<float, cpu>>>);

}  // namespace ncsn
