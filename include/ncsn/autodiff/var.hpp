// SPDX-License-Identifier: Apache-2.0
/// \file  Reverse mode: a value that remembers how it was made.
#pragma once

#include <ncsn/arrays/elementwise.hpp>
#include <ncsn/arrays/tensor.hpp>

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

namespace ncsn {

struct add_into {
    template <class T> NCSN_HD void operator()(T& sum, const T& term) const { sum += term; }
};

/// The record of one computation, owned by whoever asked for a derivative. Tapes never nest and are not shared between threads.
template <Array A> class tape {
public:
    using pullback = std::function<void(const A& adjoint)>;

    tape() = default;
    tape(const tape&) = delete;
    tape& operator=(const tape&) = delete;

    /// A new entry; its pullback receives the adjoint of the entry and passes cotangents on. A leaf has none.
    std::uint32_t record(pullback pull = {}) {
        entries_.push_back({A{}, std::move(pull)});
        return static_cast<std::uint32_t>(entries_.size() - 1);
    }
    /// Adds to the adjoint of an entry.
    void accumulate(std::uint32_t index, A cotangent) {
        A& adjoint = entries_[index].adjoint;
        if (adjoint.empty()) adjoint = std::move(cotangent);
        else if (adjoint.unique() || !cotangent.unique()) for_each_element(add_into{}, adjoint, std::as_const(cotangent));
        else {
            for_each_element(add_into{}, cotangent, std::as_const(adjoint));
            adjoint = std::move(cotangent);
        }
    }
    /// Runs backwards from an entry. What a pullback held is freed as soon as it has run.
    void sweep(std::uint32_t from, A seed) {
        accumulate(from, std::move(seed));
        for (std::size_t i = from + 1; i-- > 0;) {
            if (!entries_[i].pull) continue;
            const auto pull = std::exchange(entries_[i].pull, {});
            const A adjoint = std::exchange(entries_[i].adjoint, {});
            if (!adjoint.empty()) pull(adjoint);
        }
    }
    /// The adjoint of a leaf after a sweep; empty if nothing reached it.
    const A& adjoint(std::uint32_t index) const { return entries_[index].adjoint; }

private:
    struct entry {
        A adjoint;
        pullback pull;
    };
    std::vector<entry> entries_;
};

/// A node of the computation a tape records, or none (a constant).
template <Array A> struct tape_node {
    ncsn::tape<A>* tape = nullptr;
    std::uint32_t index = 0;

    explicit operator bool() const { return tape != nullptr; }
    void accumulate(A cotangent) const { tape->accumulate(index, std::move(cotangent)); }
};

/// A value whose adjoint can be asked for. Made from a plain array it is a constant.
template <Array A> class var {
public:
    using array = A;
    var() = default;
    var(A value) : value_{std::move(value)} {}                                       // a constant: arrays and vars mix in one expression
    var(A value, tape_node<A> node) : value_{std::move(value)}, node_{node} {}

    const A& value() const { return value_; }
    const tape_node<A>& node() const { return node_; }

private:
    A value_;
    tape_node<A> node_;
};

/// x as a leaf of the tape.
template <Array A> var<A> on(tape<A>& t, A x) { return {std::move(x), {&t, t.record()}}; }

/// The result of an operation on operands of which at least one may be on a tape.
template <Array A, class Pullback> var<A> recorded(A value, tape<A>* t, Pullback&& pull) {
    if (t == nullptr) return {std::move(value)};
    const std::uint32_t index = t->record(std::forward<Pullback>(pull));
    return {std::move(value), {t, index}};
}

template <class T> inline constexpr bool is_var = false;
template <class A> inline constexpr bool is_var<var<A>> = true;

}  // namespace ncsn
