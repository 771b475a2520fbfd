// SPDX-License-Identifier: Apache-2.0
/// \file  A model whose buffers go on in every call, as the papers' code has it.
#pragma once

#include <ncsn/autodiff/advance.hpp>
#include <ncsn/models/score_model.hpp>

#include <memory>
#include <utility>

namespace ncsn {

/// The model, and after each call advance(model): the one model here that answers differently when it is asked twice. For chains that shall agree
/// with the published code of diffusion recovery likelihood, which takes a step of power iteration in every evaluation, also while it samples.
/// Copies share the buffers, so what was asked through one counts for all; not for several threads.
template <class M> struct advancing {
    std::shared_ptr<M> model;
    static constexpr std::tuple<> members{};

    explicit advancing(M m) : model{std::make_shared<M>(std::move(m))} {}

    auto operator()(const auto& x, const auto&... levels) const {
        const std::shared_ptr<M> asked = model;
        auto y = std::as_const(*asked)(x, levels...);
        ncsn::advance(*asked);
        return y;
    }
    std::size_t levels() const { return level_count(*model); }
};

}  // namespace ncsn
