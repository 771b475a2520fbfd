// SPDX-License-Identifier: Apache-2.0
/// \file  The explicit act that moves the buffers of a model on.
#pragma once

#include <ncsn/autodiff/module.hpp>

namespace ncsn {

/// Whether a part of a model has buffers that move on, as layers with a spectral norm do: a member advance() says how.
template <class Node> consteval bool has_advance() {
    if constexpr (requires(Node& node) { node.advance(); }) return true;
    else if constexpr (is_vector<Node>) return has_advance<typename Node::value_type>();
    else if constexpr (Module<Node>) {
        return std::apply([](const auto&... entries) {
            return (false || ... || has_advance<std::remove_cvref_t<decltype(std::declval<Node&>().*(entries.member))>>());
        }, Node::members);
    } else return false;
}
template <class M> inline constexpr bool advances = has_advance<std::remove_cvref_t<M>>();

/// Moves the buffers of every part on, so many times: what the papers' code does in each call of a network, and this library between two calls.
/// Nothing where no part has such buffers. The model may be on a tape; buffers are plain.
template <class Node>
    requires(!std::is_const_v<Node>)
void advance(Node& node, std::size_t times = 1) {
    if constexpr (requires { node.advance(); }) {
        for (std::size_t k = 0; k < times; ++k) node.advance();
    } else if constexpr (is_vector<Node>) {
        for (auto& element : node) ncsn::advance(element, times);
    } else if constexpr (advances<Node>)
        std::apply([&](const auto&... entries) { (ncsn::advance(node.*(entries.member), times), ...); }, Node::members);
}
/// A copy of a model whose buffers have gone on so many times.
template <class M> M advanced(M model, std::size_t times = 1) {
    advance(model, times);
    return model;
}

}  // namespace ncsn
