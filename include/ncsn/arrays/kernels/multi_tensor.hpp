// SPDX-License-Identifier: Apache-2.0
/// \file  The same work for many tensors, started together.
///
/// A model has hundreds of parameters, most of them so small that a kernel takes longer to start than to run.
#pragma once

#include <ncsn/arrays/kernels/elementwise.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace ncsn {

/// Bodies side by side: each has the indices from its start to the next one's. They are arguments of one kernel, which a capture keeps as they are;
/// nothing is sent to the device.
template <class Body> struct multi_tensor_body {
    static constexpr std::size_t argument_bytes = 4096, most = (argument_bytes - 64) / (sizeof(Body) + sizeof(std::uint32_t));
    static_assert(most > 0, "a kernel cannot take an argument of this size");
    Body bodies[most];
    std::uint32_t starts[most];
    std::uint32_t count = 0;

    template <class Index> NCSN_HD void operator()(Index i) const {
        std::uint32_t at = 0, end = count;
        while (end - at > 1) {
            const std::uint32_t middle = (at + end) / 2;
            if (starts[middle] <= i) at = middle;
            else end = middle;
        }
        bodies[at](static_cast<Index>(i - starts[at]));
    }
};
/// body(i) for every i < body.size(), for all bodies that are added, in an order that nobody knows. Nothing is done before start().
template <class D, class Body> class multi_tensor_launches {
public:
    void add(const Body& body) {
        const std::size_t n = body.size();
        if (n == 0) return;
        if (waiting_.count == waiting_.most || (waiting_.count > 0 && indices_ + n > narrow_indices)) start();
        waiting_.bodies[waiting_.count] = body;
        waiting_.starts[waiting_.count++] = static_cast<std::uint32_t>(indices_);
        indices_ += n;
    }
    void start() {
        D::launch(indices_, waiting_);
        waiting_.count = 0, indices_ = 0;
    }

private:
    multi_tensor_body<Body> waiting_{};
    std::size_t indices_ = 0;
};

/// for_each_element(f, *first[k], *rest[k]...) for every k, with the same bits. What is written to stands in the lists once.
template <class F, Array First, Array... Rest>
void for_each_element_of_all(const F& f, const std::vector<First*>& first, const std::vector<Rest*>&... rest) {
    (require(first.size() == rest.size(), "for_each_element_of_all: ", first.size(), " and ", rest.size(), " tensors; as many were expected"), ...);
    if constexpr (KernelDevice<typename First::device_type>) {
        multi_tensor_launches<typename First::device_type, decltype(body_of(0, f, place_of(*first[0]), place_of(*rest[0])...))> launches;
        for (std::size_t k = 0; k < first.size(); ++k) {
            (require(first[k]->shape() == rest[k]->shape(), "for_each_element_of_all: shapes ", first[k]->shape(), " and ", rest[k]->shape(),
                     " differ"), ...);
            launches.add(body_of(first[k]->size(), f, place_of(*first[k]), place_of(*rest[k])...));
        }
        launches.start();
    } else
        for (std::size_t k = 0; k < first.size(); ++k) for_each_element(f, *first[k], *rest[k]...);
}

/// converted<To>(*x[k]) for every k.
template <class To, class T, KernelDevice D> std::vector<tensor<To, D>> all_converted(const std::vector<const tensor<T, D>*>& x) {
    std::vector<tensor<To, D>> y;
    if constexpr (std::is_same_v<To, T>)
        for (const auto* one : x) y.push_back(*one);
    else {
        multi_tensor_launches<D, for_each_body<convert_fn, written<To>, const T*>> launches;
        for (const auto* one : x) {
            y.push_back(tensor<To, D>::uninitialized(one->shape()));
            launches.add(body_of(one->size(), convert_fn{}, written<To>{y.back().write()}, one->data()));
        }
        launches.start();
    }
    return y;
}

}  // namespace ncsn
