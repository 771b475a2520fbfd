// SPDX-License-Identifier: Apache-2.0
/// \file  How the kernels of InstanceNorm++ walk over images, and where they find the parameters of a sample.
#pragma once

#include <ncsn/arrays/kernels/launch.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <algorithm>

namespace ncsn {

inline constexpr std::uint32_t norm_chunk = 32;                                     ///< positions whose sums one thread takes
inline constexpr std::uint32_t norm_strip = 8;                                      ///< positions that one thread writes: coefficients are read once
inline constexpr std::uint32_t norm_ahead = 4;                                      ///< of these, how many are read before the first is written

/// Samples of positions and channels, cut into parts of `part` positions: packs of channels fastest, then parts, then samples.
class norm_walk {
public:
    norm_walk(const shape& s, std::size_t part, std::size_t pack_width)
        : channels{static_cast<std::uint32_t>(s.back())}, positions{static_cast<std::uint32_t>(s.row_size() / std::max<std::size_t>(1, s.back()))},
          parts{static_cast<std::uint32_t>((positions + part - 1) / part)}, packs_{std::max<std::size_t>(1, s.back() / pack_width)},
          parts_{std::max<std::size_t>(1, parts)}, part_{static_cast<std::uint32_t>(part)}, pack_width_{static_cast<std::uint32_t>(pack_width)},
          size_{s.size() == 0 ? 0 : s[0] * parts * packs_.divisor()} {}
    std::size_t size() const { return size_; }

    struct place {
        std::size_t sample;
        std::uint32_t part, first, last, channel;                                   ///< positions [first, last)
    };
    template <class Index> NCSN_HD place operator()(Index index) const {
        const Index row = packs_.quotient(index), sample = parts_.quotient(row);
        const auto part = static_cast<std::uint32_t>(row - sample * static_cast<Index>(parts_.divisor()));
        const std::uint32_t first = part * part_, last = first + part_;
        return {sample, part, first, last < positions ? last : positions,
                static_cast<std::uint32_t>(index - row * static_cast<Index>(packs_.divisor())) * pack_width_};
    }
    std::uint32_t channels, positions, parts;

private:
    fast_divmod packs_, parts_;
    std::uint32_t part_, pack_width_;
    std::size_t size_;
};

/// A parameter [N,C], or [1,C] or [C] for all samples.
template <class T> struct norm_parameter {
    const T* data;
    std::size_t step;                                                               ///< from sample to sample
    template <Device D> norm_parameter(const tensor<T, D>& t, std::size_t channels) : data{t.data()}, step{t.size() == channels ? 0 : channels} {}
    /// The k-th third of rows [N,3C] or [1,3C].
    template <Device D> static norm_parameter third(const tensor<T, D>& rows, std::size_t channels, std::size_t k) {
        norm_parameter parameter{rows, channels};
        parameter.data += k * channels;
        parameter.step = rows.shape()[0] == 1 ? 0 : 3 * channels;
        return parameter;
    }
    NCSN_HD const T* row(std::size_t sample) const { return data + sample * step; }
};

/// The three parameters of a norm.
template <class T> struct norm_parameters { norm_parameter<T> gamma, alpha, beta; };
template <class T, KernelDevice D> norm_parameters<T> norm_thirds(const tensor<T, D>& rows, const shape& x) {
    const std::size_t channels = x.back();
    require(x.rank() >= 3 && (rows.shape() == shape{1, 3 * channels} || rows.shape() == shape{x[0], 3 * channels}), "instance norm++: x is ", x,
            " but the rows of parameters are ", rows.shape(), "; [N,...,C] and [N,3C] or [1,3C] were expected");
    using parameter = norm_parameter<T>;
    return {parameter::third(rows, channels, 0), parameter::third(rows, channels, 1), parameter::third(rows, channels, 2)};
}

}  // namespace ncsn
