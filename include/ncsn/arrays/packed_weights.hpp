// SPDX-License-Identifier: Apache-2.0
/// \file  Packed weights, in the order or the type that a kernel reads, kept beside the tensor.
#pragma once

#include <ncsn/arrays/tensor.hpp>

#include <memory>
#include <mutex>
#include <vector>

namespace ncsn {

/// What was packed of a weight tensor, beside its elements (tensor::packed): made by make(), and found again by an address that names the way of
/// packing. It is kept from its *second* use on: a training step uses each once before the weights change, and should not pay memory for it; a
/// sampler uses it a thousand times.
class packed_weight_cache {
public:
    template <class Packed, class T, Device D, class Make>
    static std::shared_ptr<const Packed> get(const tensor<T, D>& w, const void* way, Make make) {
        static std::mutex creation;
        std::shared_ptr<packed_weight_cache> cache;
        {
            const std::lock_guard lock{creation};
            if (!w.packed()) w.packed() = std::make_shared<packed_weight_cache>();
            cache = std::static_pointer_cast<packed_weight_cache>(w.packed());
        }
        const std::lock_guard lock{cache->mutex_};
        for (auto& [known, extents, value] : cache->entries_)
            if (known == way && extents == w.shape()) {
                if (!value) value = make();
                return std::static_pointer_cast<const Packed>(value);
            }
        cache->entries_.push_back({way, w.shape(), nullptr});
        return make();
    }

private:
    struct entry {
        const void* way;
        shape extents;                                                              ///< reshaped tensors share their elements
        std::shared_ptr<const void> value;
    };
    std::mutex mutex_;
    std::vector<entry> entries_;
};

}  // namespace ncsn
