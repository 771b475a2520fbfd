// SPDX-License-Identifier: Apache-2.0
/// \file  Setting elements to one value, for devices that run kernels.
#pragma once

#include <ncsn/arrays/kernels/launch.hpp>

namespace ncsn {

template <class T> struct fill_body {
    T* to;
    std::size_t count;
    T value;
    template <class Index> NCSN_HD void operator()(Index i) const {
        static constexpr std::size_t P = pack<T>::size;
        const std::size_t first = static_cast<std::size_t>(i) * P;
        if (first + P <= count) {
            pack<T> all;
            for (std::size_t k = 0; k < P; ++k) all[k] = value;
            all.store(to + first);
        } else
            for (std::size_t k = first; k < count; ++k) to[k] = value;
    }
};
/// count elements from the start of a block on.
template <class D, class T> void fill_by(T* to, std::size_t count, T value) {
    D::launch((count + pack<T>::size - 1) / pack<T>::size, fill_body<T>{to, count, value});
}

}  // namespace ncsn
