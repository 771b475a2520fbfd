// SPDX-License-Identifier: Apache-2.0
/// \file  Batches of a data set in random order. Which samples a step sees depends on (seed, stream, step) alone, so a run that is resumed at
/// a step sees what it would have seen.
#pragma once

#include <ncsn/data/dataset.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace ncsn {

/// A uniformly random order of 0, ..., size - 1: the numbers sorted by random keys of 64 bits. A function of (seed, stream, draw) of rng.
inline std::vector<std::size_t> epoch_order(std::size_t size, const philox& rng) {
    std::vector<std::pair<std::uint64_t, std::size_t>> keys(size);
    for (std::size_t i = 0; i < size; ++i) {
        const auto words = rng.block(i);
        keys[i] = {std::uint64_t{words[0]} << 32 | words[1], i};
    }
    std::sort(keys.begin(), keys.end());
    std::vector<std::size_t> order(size);
    for (std::size_t i = 0; i < size; ++i) order[i] = keys[i].second;
    return order;
}

/// What happens at the end of an epoch to fewer samples than a batch.
enum class incomplete_batch { drop, keep };

/// The samples of every step: each epoch is a new order of all of them, cut into batches.
class batch_order {
public:
    batch_order(std::size_t size, std::size_t batch, const philox& rng, incomplete_batch last = incomplete_batch::drop)
        : size_{size}, batch_{batch}, per_epoch_{batch == 0 ? 0 : size / batch + (last == incomplete_batch::keep && size % batch != 0)},
          rng_{rng.seed, rng.stream ^ own_stream} {
        require(batch > 0 && size > 0, "batch_order: batches of ", batch, " from ", size, " samples; both must be positive");
        require(per_epoch_ > 0, "batch_order: batches of ", batch, " from ", size, " samples; take smaller ones, or incomplete_batch::keep");
    }
    batch_order(std::size_t size, std::size_t batch, std::uint64_t seed, incomplete_batch last = incomplete_batch::drop)
        : batch_order{size, batch, philox{seed}, last} {}

    std::size_t batches_per_epoch() const { return per_epoch_; }

    /// The samples of a step. Keeps the order of the last epoch asked for, so consecutive steps are cheap.
    std::vector<std::size_t> rows(std::size_t step) {
        const std::size_t epoch = step / per_epoch_, begin = step % per_epoch_ * batch_;
        if (order_.empty() || epoch != epoch_) {
            rng_.draw = static_cast<std::uint32_t>(epoch);
            order_ = epoch_order(size_, rng_);
            epoch_ = epoch;
        }
        const auto from = order_.begin() + static_cast<std::ptrdiff_t>(begin);
        return {from, from + static_cast<std::ptrdiff_t>(std::min(batch_, size_ - begin))};
    }

private:
    static constexpr std::uint32_t own_stream = 0x62617463;                         // "batc": apart from the draws of noise with the same seed
    std::size_t size_, batch_, per_epoch_, epoch_ = 0;
    philox rng_;
    std::vector<std::size_t> order_;
};

/// A range of the batches of the steps first_step, ..., steps - 1.
template <Dataset D> class batch_range {
public:
    batch_range(const D& data, batch_order order, std::size_t first_step, std::size_t steps)
        : data_{&data}, order_{std::move(order)}, first_{first_step}, steps_{steps} {}

    class iterator {
    public:
        using value_type = decltype(std::declval<const D&>().batch(std::span<const std::size_t>{}));
        using difference_type = std::ptrdiff_t;
        using iterator_category = std::input_iterator_tag;
        using reference = value_type;
        using pointer = void;

        iterator() = default;
        iterator(batch_range& range, std::size_t step) : range_{&range}, step_{step} {}
        value_type operator*() const { return range_->data_->batch(range_->order_.rows(step_)); }
        iterator& operator++() {
            ++step_;
            return *this;
        }
        void operator++(int) { ++step_; }
        std::size_t step() const { return step_; }
        bool done() const { return step_ >= range_->steps_; }
        friend bool operator==(const iterator& i, std::default_sentinel_t) { return i.done(); }

    private:
        batch_range* range_ = nullptr;
        std::size_t step_ = 0;
    };

    iterator begin() { return {*this, first_}; }
    std::default_sentinel_t end() const { return {}; }

private:
    const D* data_;
    batch_order order_;
    std::size_t first_, steps_;
};

/// Which batches a run sees.
struct batch_settings {
    std::size_t first_step = 0;                          ///< where a resumed run continues
    incomplete_batch last = incomplete_batch::drop;
};

/// `for (const auto& x : random_batches(data, 128, 300'000, rng))`: batches [128, ...] of the steps 0, ..., 299,999. Of rng only seed and
/// stream matter, and nothing is drawn from it. `data` must live as long as the loop.
template <Dataset D> batch_range<D> random_batches(const D& data, std::size_t batch_size, std::size_t steps, const philox& rng,
                                                   batch_settings settings = {}) {
    return {data, batch_order{data.size(), batch_size, rng, settings.last}, settings.first_step, steps};
}
template <Dataset D> void random_batches(const D&&, std::size_t, std::size_t, const philox&, batch_settings = {}) = delete;  // gone too early

}  // namespace ncsn
