// SPDX-License-Identifier: Apache-2.0
/// \file  What training data must provide, and images kept as bytes.
#pragma once

#include <ncsn/arithmetic/philox.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <concepts>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace ncsn {

/// A finite set: how many samples, the extents of one as a batch of one [1, ...], and those with the given numbers as one batch [N, ...]. Samples are
/// made when a batch asks for them, by several threads at once if they ask.
template <class D> concept Dataset = requires(const D& data, std::span<const std::size_t> rows) {
    { data.size() } -> std::convertible_to<std::size_t>;
    { data.shape() } -> std::convertible_to<shape>;
    { data.batch(rows) } -> Array;
};
/// What a batch of a data set is.
template <Dataset D> using batch_of = decltype(std::declval<const D&>().batch(std::span<const std::size_t>{}));

/// The class of a sample. Any number: EMNIST has 62 of them.
using label = std::uint32_t;

/// Something to draw from: n independent samples [n, ...].
template <class D, class G = philox> concept Distribution = requires(const D& distribution, std::size_t n, G& rng) {
    { distribution.sample(n, rng) } -> Array;
};

/// What is done to a batch [N, ...] before a model sees it; without randomness.
template <class F, class A> concept Transform = requires(const F& transform, A x) {
    { transform(x) } -> Array;
};

/// A data set seen through a transform:  f(batch).
template <Dataset D, class F> struct transformed {
    D data;
    F transform;

    std::size_t size() const { return data.size(); }
    ncsn::shape shape() const { return transform(batch_of<D>{ncsn::shape{data.shape()}}).shape(); }
    auto batch(std::span<const std::size_t> rows) const { return transform(data.batch(rows)); }
};
template <class D, class F> transformed(D, F) -> transformed<D, F>;

/// The parts that data sets are published in.
enum class split { train, test };

/// Images as bytes, a quarter of the memory of floats; batches are floating-point numbers x / 255 in [0, 1].
template <Array A> struct images {
    tensor<std::uint8_t, cpu> pixels;  ///< [N,H,W,C]
    std::vector<label> labels;         ///< one per image, or none

    images() = default;
    explicit images(tensor<std::uint8_t, cpu> pixels_, std::vector<label> labels_ = {})
        : pixels{std::move(pixels_)}, labels{std::move(labels_)} {
        require(!pixels.empty() && pixels.shape().rank() == 4, "images: pixels are ", pixels.shape(), "; [N,H,W,C] was expected");
        require(labels.empty() || labels.size() == size(), "images: ", labels.size(), " labels for ", size(), " images; one each was expected");
    }

    std::size_t size() const { return pixels.empty() ? 0 : pixels.shape()[0]; }
    /// Extents of one image, as a batch of one: [1,H,W,C].
    ncsn::shape shape() const { return pixels.empty() ? ncsn::shape{} : pixels.shape().with_rows(1); }

    A batch(std::span<const std::size_t> rows) const {
        using T = typename A::value_type;
        require(!pixels.empty(), "images: a batch of no images was asked for; load a data set first");
        const std::size_t each = pixels.shape().row_size();
        auto x = tensor<T, cpu>::uninitialized(pixels.shape().with_rows(rows.size()));
        T* to = x.write();
        for (const std::size_t row : rows) {
            require(row < size(), "images: image ", row, " of ", size(), "; the last has number ", size() - 1);
            const std::uint8_t* from = pixels.data() + row * each;
            for (std::size_t i = 0; i < each; ++i) *to++ = static_cast<T>(from[i]) / T(255);
        }
        return on_device<typename A::device_type>(x);
    }
    /// The same through a transform; a random one takes its generator as well.
    template <class F, class... G>
        requires std::invocable<const F&, A, G&...>
    auto batch(std::span<const std::size_t> rows, const F& transform, G&... rng) const {
        return transform(batch(rows), rng...);
    }
    /// The images first, ..., first + count - 1.
    images part(std::size_t first, std::size_t count) const {
        require(first <= size() && count <= size() - first, "images: images ", first, " to ", first + count, " of ", size(), " were asked for");
        const std::size_t each = shape().row_size();
        images selected;
        selected.pixels = {pixels.shape().with_rows(count), pixels.values().subspan(first * each, count * each)};
        if (!labels.empty()) selected.labels = {labels.data() + first, labels.data() + first + count};
        return selected;
    }
};

static_assert(Dataset<images<tensor<float, cpu>>>);

}  // namespace ncsn
