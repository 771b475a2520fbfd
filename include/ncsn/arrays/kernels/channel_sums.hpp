// SPDX-License-Identifier: Apache-2.0
/// \file  Sums over samples and positions, one a channel, and sums added to every position, on a device that runs kernels.
#pragma once

#include <ncsn/arrays/kernels/channel_pack.hpp>
#include <ncsn/arrays/tensor.hpp>

namespace ncsn {

/// Rows [R, C] of which bodies take several at a time: `block` rows of one pack of channels an index.
class row_blocks {
public:
    row_blocks(std::size_t rows, std::size_t channels, std::size_t block, std::size_t pack_width)
        : packs_{std::max<std::size_t>(1, channels / pack_width)}, rows_{rows}, channels_{channels},
          block_{static_cast<std::uint32_t>(block)}, pack_width_{static_cast<std::uint32_t>(pack_width)} {}
    std::size_t blocks() const { return (rows_ + block_ - 1) / block_; }
    std::size_t size() const { return blocks() * (channels_ / pack_width_); }
    NCSN_HD std::size_t channels() const { return channels_; }

    struct place {
        std::size_t block, first, last;                                             ///< rows [first, last)
        std::uint32_t channel;
    };
    template <class Index> NCSN_HD place operator()(Index index) const {
        const Index block = packs_.quotient(index);
        const std::size_t first = std::size_t{block} * block_, last = first + block_;
        const auto pack = static_cast<std::uint32_t>(index - block * static_cast<Index>(packs_.divisor()));
        return {block, first, last < rows_ ? last : rows_, pack * pack_width_};
    }

private:
    fast_divmod packs_;
    std::size_t rows_, channels_;
    std::uint32_t block_, pack_width_;
};

/// y += b, along the last axis.
template <class T, std::size_t W> struct bias_addition {
    T* y;
    const T* bias;
    row_blocks blocks;
    template <class Index> NCSN_HD void operator()(Index index) const {
        const auto [block, first, last, c] = blocks(index);
        const auto b = channel_pack<T, W>::load(bias + c);
        for (std::size_t row = first; row < last; ++row) {
            T* at = y + row * blocks.channels() + c;
            auto sum = channel_pack<T, W>::load(at);
            sum += b;
            sum.store(at);
        }
    }
};
template <class T, KernelDevice D> void add_bias(tensor<T, D>& y, const tensor<T, D>& bias) {
    if (bias.empty() || y.size() == 0) return;
    constexpr std::size_t rows_a_thread = 8;
    T* to = y.write();
    const T* b = bias.data();
    with_pack_width<T>(bias.size(), [&](auto width) {
        const row_blocks blocks{y.size() / bias.size(), bias.size(), rows_a_thread, width()};
        D::launch(blocks.size(), bias_addition<T, width()>{to, b, blocks});
    });
}

/// The sums of blocks of rows, in working precision [blocks, C].
template <class T, std::size_t W> struct block_row_sums {
    const T* rows;
    computing_type<T>* partial;
    row_blocks blocks;
    template <class Index> NCSN_HD void operator()(Index index) const {
        const auto [block, first, last, c] = blocks(index);
        auto sum = channel_pack<T, W>::zero();
        for (std::size_t row = first; row < last; ++row) sum += channel_pack<T, W>::load(rows + row * blocks.channels() + c);
        for (std::size_t k = 0; k < W; ++k) partial[block * blocks.channels() + c + k] = sum.value[k];
    }
};
/// total[c] = Σ partial[., c], by the group of channel c.
template <class S, class T> struct column_total {
    const S* partial;
    T* total;
    std::size_t rows, channels;
    template <class Group> NCSN_HD void operator()(std::size_t c, const Group& group) const {
        const S sum = group.sum(rows, [this, c](std::uint32_t row) { return partial[row * channels + c]; });
        group.each(1, [this, c, sum](std::uint32_t) { total[c] = static_cast<T>(sum); });
    }
};
/// Rows [R, C] added up into a tensor of shape s, which has C elements.
template <class T, KernelDevice D> tensor<T, D> sum_of_rows(const tensor<T, D>& x, const shape& s) {
    using S = computing_type<T>;
    constexpr std::size_t rows_a_block = 32;                                        // long enough to be worth a thread, short enough to fill a GPU
    const std::size_t channels = s.size(), rows = channels == 0 ? 0 : x.size() / channels;
    if (rows == 0) return tensor<T, D>(s);
    auto total = tensor<T, D>::uninitialized(s);
    tensor<S, D> partial;
    with_pack_width<T>(channels, [&](auto width) {
        const row_blocks blocks{rows, channels, rows_a_block, width()};
        partial = tensor<S, D>::uninitialized({blocks.blocks(), channels});
        D::launch(blocks.size(), block_row_sums<T, width()>{x.data(), partial.write(), blocks});
    });
    D::launch_rows(channels, partial.shape()[0], column_total<S, T>{partial.data(), total.write(), partial.shape()[0], channels});
    return total;
}

/// The sum over samples and positions, [N,H,W,O] -> [O].
template <class T, KernelDevice D> tensor<T, D> convolve_bias_gradient(const tensor<T, D>& y_adjoint) {
    return sum_of_rows(y_adjoint, {y_adjoint.shape().back()});
}

}  // namespace ncsn
