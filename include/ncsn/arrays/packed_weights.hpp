// SPDX-License-Identifier: Apache-2.0
/// \file  Weights in another form (the order or the type that a kernel reads), kept beside the tensor.
#pragma once

#include <ncsn/arrays/tensor.hpp>

#include <memory>
#include <mutex>
#include <vector>

namespace ncsn {

/// Forms of a weight tensor beside its elements (tensor::prepared), each made by make() and found again by an address that names it. A form is
/// kept from its *second* use on: a training step uses each once before the weights change, and should not pay memory for it; a sampler uses it
/// a thousand times.
class packed_weight_cache {
public:
    template <class Form, class T, Device D, class Make> static std::shared_ptr<const Form> get(const tensor<T, D>& w, const void* form, Make make) {
        static std::mutex creation;
        std::shared_ptr<packed_weight_cache> forms;
        {
            const std::lock_guard lock{creation};
            if (!w.prepared()) w.prepared() = std::make_shared<packed_weight_cache>();
            forms = std::static_pointer_cast<packed_weight_cache>(w.prepared());
        }
        const std::lock_guard lock{forms->mutex_};
        for (auto& [known, extents, value] : forms->forms_)
            if (known == form && extents == w.shape()) {
                if (!value) value = make();
                return std::static_pointer_cast<const Form>(value);
            }
        forms->forms_.push_back({form, w.shape(), nullptr});
        return make();
    }

private:
    struct entry {
        const void* form;
        shape extents;                                                              ///< reshaped tensors share their elements
        std::shared_ptr<const void> value;
    };
    std::mutex mutex_;
    std::vector<entry> forms_;
};

}  // namespace ncsn
