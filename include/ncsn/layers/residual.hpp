// SPDX-License-Identifier: Apache-2.0
/// \file  The pre-activation residual blocks of the score networks.
#pragma once

#include <ncsn/layers/conv2d.hpp>
#include <ncsn/layers/instance_norm.hpp>

namespace ncsn {

/// y = conv2(A(N₂(conv1(A(N₁(x)))))) + shortcut(x),  A = ELU, N an instance norm++.   conv1: in -> in or out; conv2 may pool; the shortcut sees the
/// raw x and is the identity, a dilated convolution, or a pooled 1x1 convolution.
template <class P, class Norm, class Last = conv_layer<P>, class Shortcut = identity> struct residual_block {
    conv_layer<P> conv1;
    typename Norm::template layer<P> normalize2;
    Last conv2;
    Shortcut shortcut;
    typename Norm::template layer<P> normalize1;
    static constexpr std::tuple members{field{"conv1", &residual_block::conv1}, field{"normalize2", &residual_block::normalize2},
                                        field{"conv2", &residual_block::conv2}, field{"shortcut", &residual_block::shortcut},
                                        field{"normalize1", &residual_block::normalize1}};

    auto operator()(const Differentiable auto& x, const auto& z) const {
        return conv2(normalize2(conv1(normalize1(x, z, elu)), z, elu)) + shortcut(x);
    }
};

/// channels -> channels at the same size.
template <class Norm, class P>
residual_block<P, Norm> plain_residual(std::size_t channels, std::size_t levels, philox& rng, std::size_t dilation = 1) {
    const conv_settings s{.dilation = dilation};
    return {{channels, channels, rng, s}, {channels, levels, rng}, {channels, channels, rng, s}, {}, {channels, levels, rng}};
}
/// in -> out at the same size, seen through holes: what replaces downsampling deep in a RefineNet.
template <class Norm, class P> residual_block<P, Norm, conv_layer<P>, conv_layer<P>> dilated_residual(std::size_t in, std::size_t out,
                                                                                                      std::size_t levels, philox& rng,
                                                                                                      std::size_t dilation) {
    const conv_settings s{.dilation = dilation};
    return {{in, in, rng, s}, {in, levels, rng}, {in, out, rng, s}, {in, out, rng, s}, {in, levels, rng}};
}
/// in -> out at half the size.
template <class Norm, class P> residual_block<P, Norm, conv_mean_pool<P>, conv_mean_pool<P>> pooled_residual(std::size_t in, std::size_t out,
                                                                                                             std::size_t levels, philox& rng,
                                                                                                             bool adjust = false) {
    return {{in, in, rng}, {in, levels, rng}, {in, out, rng, {}, adjust}, {in, out, rng, {.kernel_size = 1}, adjust}, {in, levels, rng}};
}

/// Two blocks one after the other: a cascade of a RefineNet's encoder.
template <class First, class Second> struct cascade {
    First first;
    Second second;
    static constexpr std::tuple members{field{"0", &cascade::first}, field{"1", &cascade::second}};
    auto operator()(const Differentiable auto& x, const auto& z) const { return second(first(x, z), z); }
};
template <class First, class Second> cascade(First, Second) -> cascade<First, Second>;

}  // namespace ncsn
