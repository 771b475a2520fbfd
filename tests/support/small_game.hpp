// SPDX-License-Identifier: Apache-2.0
/// \file  A small score and a small discriminator in the plane, for tests of what learns from both.
#pragma once

#include <ncsn/layers/spectral_norm.hpp>
#include <ncsn/models/adapters.hpp>
#include <ncsn/models/mlp.hpp>

#include <support/check_every_mode.hpp>

namespace ncsn::small_game {

using score_network = unconditional<mlp<reals>>;
inline const std::vector<double> sigmas{1, 0.3};

/// A discriminator with a spectral norm: D(x) = W/σ(W) softplus(V/σ(V) x).
template <class P> struct small_discriminator {
    spectral_dense<P> first, second;
    static constexpr std::tuple members{field{"first", &small_discriminator::first}, field{"second", &small_discriminator::second}};
    auto operator()(const Differentiable auto& x) const { return second(softplus(first(x))); }
};
inline small_discriminator<reals> discriminator_of(philox& rng) { return {{2, 6, rng}, {6, 1, rng}}; }
inline score_network score_of_two(philox& rng) { return {mlp<reals>{2, 8, 2, rng}}; }
/// Both networks and a batch at two levels.
struct drawn_game {
    score_network score;
    small_discriminator<reals> discriminator;
    reals x, z;
    noise_levels levels;
};
inline drawn_game game(std::uint64_t seed) {
    philox rng{seed};
    auto score = score_of_two(rng);
    auto discriminator = discriminator_of(rng);
    auto x = normal<reals>({5, 2}, rng), z = normal_like(x, rng);
    return {std::move(score), std::move(discriminator), std::move(x), std::move(z), {{0, 1, 1, 0, 1}, {1, 0.3, 0.3, 1, 0.3}}};
}

}  // namespace ncsn::small_game
