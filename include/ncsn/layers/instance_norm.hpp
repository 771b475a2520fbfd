// SPDX-License-Identifier: Apache-2.0
/// \file  Instance norm++ as a layer, conditional on the noise level or not.
#pragma once

#include <ncsn/arrays/random.hpp>
#include <ncsn/autodiff/module.hpp>
#include <ncsn/autodiff/normalization.hpp>

namespace ncsn {

/// A table of rows, chosen by index.
template <class P> struct embedding {
    P weight;  ///< [rows, width]
    static constexpr std::tuple members{field{"weight", &embedding::weight}};
};

/// Throws unless there is one level for all samples of x, or one for each, and all are of the network.
inline void require_rows(const chosen_rows& levels, std::size_t rows, const shape& x) {
    const std::size_t n = levels.list().size();
    require(n == 1 || n == x[0], "conditional instance norm: ", n, " levels for x of shape ", x, "; one for all or one a sample was expected");
    for (const std::size_t index : levels.list())
        require(index < rows, "conditional instance norm: level ", index, " of a network that was trained with ", rows, " levels (0 to ", rows - 1,
                ")");
}

/// CondInstanceNorm++ as its code has it, f(γ (h + α r) + β) with γ, α ~ N(1, 0.02²) at first, or as Song & Ermon (2019) print it in Appendix A.1,
/// f(γ h + α r + β). What they do not print is as the reproducibility report's program has it: γ = α = 1 at first, and the deviation of the means
/// that r is divided by with the biased variance and ε = 1e-6, where the code has the unbiased one and 1e-5.
enum class norm_form { coded, printed };

/// CondInstanceNorm++: the level's index chooses a row [γ | α | β] of a table [L, 3C], of instance_norm_plus or, printed, of
/// instance_norm_plus_as_printed.   β = 0 at first.   x: [N, H, W, C].
/// levels: one index a sample, or one for all; a network makes them from its noise_levels once for all its layers.
template <class P> struct conditional_instance_norm {
    embedding<P> embed;
    norm_form form = norm_form::coded;
    static constexpr std::tuple members{field{"embed", &conditional_instance_norm::embed}, field{"form", &conditional_instance_norm::form}};

    conditional_instance_norm() = default;
    conditional_instance_norm(std::size_t channels, std::size_t levels, philox& rng) requires Array<P> {
        const P factors = columns(normal<P>({levels, 3 * channels}, rng), 0, 2 * channels);
        embed.weight = concatenated(0.02 * factors + 1.0, P({levels, channels}));
    }
    template <class Activation = identity> auto operator()(const Differentiable auto& x, const chosen_rows& levels,
                                                              const Activation& activation = {}) const {
        require_rows(levels, shape_of(embed.weight)[0], shape_of(x));
        const auto rows = gather_rows(embed.weight, levels);
        if (form == norm_form::coded) return instance_norm_plus_of_rows(x, rows, activation);
        const std::size_t channels = shape_of(x).back();
        return instance_norm_plus_as_printed(x, columns(rows, 0, channels), columns(rows, channels, channels), columns(rows, 2 * channels, channels),
                                             activation);
    }
};
/// Every CondInstanceNorm++ of a network in its printed form, with that form's initial values.
template <class Node> void use_printed_norm(Node& node) {
    if constexpr (requires { node.form; node.embed; }) {
        const shape s = node.embed.weight.shape();
        const std::size_t channels = s[1] / 3;
        using P = std::remove_cvref_t<decltype(node.embed.weight)>;
        node.embed.weight = concatenated(P({s[0], 2 * channels}, 1), P({s[0], channels}));
        node.form = norm_form::printed;
    } else if constexpr (is_vector<Node>) {
        for (auto& element : node) use_printed_norm(element);
    } else if constexpr (Module<Node>)
        std::apply([&](const auto&... entries) { (use_printed_norm(node.*(entries.member)), ...); }, Node::members);
}

/// InstanceNorm++ with one γ, α, β a channel, for networks that are not told the level.
template <class P> struct unconditional_instance_norm {
    P alpha, gamma, beta;  ///< [C] each
    static constexpr std::tuple members{field{"alpha", &unconditional_instance_norm::alpha}, field{"gamma", &unconditional_instance_norm::gamma},
                                        field{"beta", &unconditional_instance_norm::beta}};

    unconditional_instance_norm() = default;
    unconditional_instance_norm(std::size_t channels, std::size_t, philox& rng) requires Array<P>
        : alpha{0.02 * normal<P>({channels}, rng) + 1.0}, gamma{0.02 * normal<P>({channels}, rng) + 1.0}, beta{shape{channels}} {}

    template <class Activation = identity> auto operator()(const Differentiable auto& x, const auto&, const Activation& activation = {}) const {
        return instance_norm_plus(x, gamma, alpha, beta, activation);
    }
};

/// Conditional InstanceNorm++ as the paper prints it (instance_norm_plus_as_printed).   γ = α = 1, β = 0.
template <class P> struct printed_instance_norm {
    P alpha, gamma, beta;  ///< [L, C] each
    static constexpr std::tuple members{field{"alpha", &printed_instance_norm::alpha}, field{"gamma", &printed_instance_norm::gamma},
                                        field{"beta", &printed_instance_norm::beta}};

    printed_instance_norm() = default;
    printed_instance_norm(std::size_t channels, std::size_t levels) requires Array<P>
        : alpha({levels, channels}, 1), gamma({levels, channels}, 1), beta{shape{levels, channels}} {}

    template <class Activation = identity> auto operator()(const Differentiable auto& x, const chosen_rows& levels,
                                                              const Activation& activation = {}) const {
        require_rows(levels, shape_of(gamma)[0], shape_of(x));
        const auto chosen = [&levels](const P& table) { return gather_rows(table, levels); };
        return instance_norm_plus_as_printed(x, chosen(gamma), chosen(alpha), chosen(beta), activation);
    }
};

/// No norm where a network could have one: the activation alone.
template <class P> struct no_instance_norm {
    static constexpr std::tuple<> members{};

    no_instance_norm() = default;
    no_instance_norm(std::size_t, std::size_t, philox&) {}
    template <Differentiable X, class Activation = identity> auto operator()(const X& x, const auto&, const Activation& activation = {}) const {
        return activation(x);
    }
};

/// Which of them a network is built with.
struct conditional_norm {
    template <class P> using layer = conditional_instance_norm<P>;
};
struct unconditional_norm {
    template <class P> using layer = unconditional_instance_norm<P>;
};
struct no_norm {
    template <class P> using layer = no_instance_norm<P>;
};

}  // namespace ncsn
