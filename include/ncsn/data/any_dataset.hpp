// SPDX-License-Identifier: Apache-2.0
/// \file  A data set of any kind behind one type.
#pragma once

#include <ncsn/data/dataset.hpp>

#include <functional>
#include <memory>

namespace ncsn {

/// What programs hold, who learn at run time which data set it is: any whose batches are of type A. Copies share the set. A default-constructed one
/// has no samples, and stands for a part that a set does not have.
template <Array A> class any_dataset {
public:
    any_dataset() = default;
    template <class D>
        requires(!std::same_as<D, any_dataset>) && Dataset<D> && std::same_as<batch_of<D>, A>
    any_dataset(D data) : size_{data.size()}, shape_{data.shape()} {
        const auto held = std::make_shared<const D>(std::move(data));
        batch_ = [held](std::span<const std::size_t> rows) { return held->batch(rows); };
        if constexpr (requires { std::span<const label>{held->labels}; }) labels_ = held->labels;
    }

    std::size_t size() const { return size_; }
    /// Extents of one sample, as a batch of one.
    const ncsn::shape& shape() const { return shape_; }
    A batch(std::span<const std::size_t> rows) const {
        require(batch_ != nullptr, "any_dataset: a batch of no samples was asked for; open a data set first");
        return batch_(rows);
    }
    /// One per sample, or none.
    std::span<const label> labels() const { return labels_; }

private:
    std::size_t size_ = 0;
    ncsn::shape shape_;
    std::function<A(std::span<const std::size_t>)> batch_;
    std::span<const label> labels_;                                                 // of the set that batch_ holds
};

static_assert(Dataset<any_dataset<tensor<float, cpu>>>);

}  // namespace ncsn
