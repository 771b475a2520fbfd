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
/// body(i) for every i < n, for all pairs {n, body} that are added, in an order that nobody knows. Nothing is done before start().
template <class D, class Body> class multi_tensor_launches {
public:
    void add(std::size_t n, const Body& body) {
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
        static constexpr std::size_t N = 16 / std::max({sizeof(typename First::value_type), sizeof(typename Rest::value_type)...});
        const auto pointer = []<class A>(A& a) {
            if constexpr (std::is_const_v<A>) return a.data();
            else return a.write();
        };
        const auto body = [&f]<class... X>(std::size_t n, X*... at) { return for_each_body<F, N, X...>{operands_at(at...), n, f}; };
        multi_tensor_launches<typename First::device_type, decltype(body(0, pointer(*first[0]), pointer(*rest[0])...))> launches;
        for (std::size_t k = 0; k < first.size(); ++k) {
            const std::size_t n = first[k]->size();
            (require(first[k]->shape() == rest[k]->shape(), "for_each_element_of_all: shapes ", first[k]->shape(), " and ", rest[k]->shape(),
                     " differ"), ...);
            launches.add((n + N - 1) / N, body(n, pointer(*first[k]), pointer(*rest[k])...));
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
        static constexpr std::size_t N = 16 / std::max(sizeof(T), sizeof(To));
        multi_tensor_launches<D, convert_body<To, T>> launches;
        for (const auto* one : x) {
            y.push_back(tensor<To, D>::uninitialized(one->shape()));
            launches.add((one->size() + N - 1) / N, {one->data(), y.back().write(), one->size()});
        }
        launches.start();
    }
    return y;
}

}  // namespace ncsn
