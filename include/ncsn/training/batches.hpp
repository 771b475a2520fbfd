// SPDX-License-Identifier: Apache-2.0
/// \file  Where the samples of a step come from.
#pragma once

#include <ncsn/arrays/indexing.hpp>
#include <ncsn/data/dataset.hpp>

#include <concepts>
#include <utility>

namespace ncsn {

/// The samples first, ..., first + count - 1 of a step's batch.
struct sample_range {
    std::size_t first = 0, count = 0;
};

/// size() samples a step, of which a process or a micro-batch asks for a range: whatever objective(model, batch, rng) takes. What it draws, it draws
/// from rng, which stands at the first sample of the range. A step asks again for the same range and gets the same.
template <class B>
concept BatchSource = requires(B& batches, std::size_t step, const sample_range& part, philox& rng) {
    { batches.size() } -> std::convertible_to<std::size_t>;
    batches(step, part, rng);
};

/// Fresh samples of a distribution.
template <Distribution D> struct drawn_from {
    D distribution;
    std::size_t batch;

    std::size_t size() const { return batch; }
    auto operator()(std::size_t, const sample_range& part, philox& rng) const { return distribution.sample(part.count, rng); }
};
template <class D> drawn_from(D, std::size_t) -> drawn_from<D>;

/// Samples of a data set through a transform of the host, on the device of A. at(step) gives the whole batch of a step (batch_loader);
/// transform(x, rng) what becomes of a part of it.
template <Array A, class Loader, class F> struct loaded_batches {
    Loader* loader;
    std::size_t batch;
    F transform;

    std::size_t size() const { return batch; }
    A operator()(std::size_t step, const sample_range& part, philox& rng) const {
        auto x = loader->at(step);
        if (part.count != batch) {
            std::vector<std::size_t> rows(part.count);
            for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = part.first + i;
            x = gather_rows(x, std::span<const std::size_t>{rows});
        }
        return on_device<typename A::device_type>(transform(std::move(x), rng));
    }
};
template <Array A, class Loader, class F> loaded_batches<A, Loader, F> batches_of(Loader& loader, std::size_t batch, F transform) {
    return {&loader, batch, std::move(transform)};
}

}  // namespace ncsn
