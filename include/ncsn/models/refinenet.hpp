// SPDX-License-Identifier: Apache-2.0
/// \file  The score network of Song & Ermon (2019): a RefineNet with dilated convolutions and instance norm++.
#pragma once

#include <ncsn/layers/refine.hpp>
#include <ncsn/layers/residual.hpp>
#include <ncsn/models/score_model.hpp>

namespace ncsn {

struct refinenet_settings {
    std::size_t channels = 1;   ///< of the images
    std::size_t features = 64;  ///< width n: 64 for MNIST, 128 for CIFAR-10 and CelebA in the paper
    std::size_t levels = 10;    ///< noise levels the network knows
    norm_form norm = norm_form::coded;
};

/// CondRefineNetDilated. Images [N, H, W, channels] with values in [0, 1], H and W even. Four cascades of two residual blocks (n, 2n pooled, 2n with
/// dilation 2, 2n with dilation 4), four refine blocks back, and the score itself: no division by σ. 7,638,657 parameters for MNIST, 30,117,635
/// for CIFAR-10. Names of the parameters are those of the official checkpoints. With unconditional_norm it is the paper's single-noise baseline.
template <class P, class Norm = conditional_norm> struct refinenet {
    using plain_cascade = cascade<residual_block<P, Norm>, residual_block<P, Norm>>;
    using pooled_cascade = cascade<residual_block<P, Norm, conv_mean_pool<P>, conv_mean_pool<P>>, residual_block<P, Norm>>;
    using dilated_cascade = cascade<residual_block<P, Norm, conv_layer<P>, conv_layer<P>>, residual_block<P, Norm>>;

    conv_layer<P> begin_conv;
    typename Norm::template layer<P> normalizer;
    conv_layer<P> end_conv;
    plain_cascade res1;
    pooled_cascade res2;
    dilated_cascade res3, res4;
    refine_block<P, Norm> refine1, refine2, refine3, refine4;
    static constexpr std::tuple members{
        field{"begin_conv", &refinenet::begin_conv}, field{"normalizer", &refinenet::normalizer}, field{"end_conv", &refinenet::end_conv},
        field{"res1", &refinenet::res1}, field{"res2", &refinenet::res2}, field{"res3", &refinenet::res3}, field{"res4", &refinenet::res4},
        field{"refine1", &refinenet::refine1}, field{"refine2", &refinenet::refine2}, field{"refine3", &refinenet::refine3},
        field{"refine4", &refinenet::refine4}};

    refinenet() = default;
    refinenet(refinenet_settings s, philox& rng) requires Array<P>
        : begin_conv{s.channels, s.features, rng},
          normalizer{s.features, s.levels, rng},
          end_conv{s.features, s.channels, rng},
          res1{plain_residual<Norm, P>(s.features, s.levels, rng), plain_residual<Norm, P>(s.features, s.levels, rng)},
          res2{pooled_residual<Norm, P>(s.features, 2 * s.features, s.levels, rng), plain_residual<Norm, P>(2 * s.features, s.levels, rng)},
          res3{dilated_residual<Norm, P>(2 * s.features, 2 * s.features, s.levels, rng, 2),
               plain_residual<Norm, P>(2 * s.features, s.levels, rng, 2)},
          res4{dilated_residual<Norm, P>(2 * s.features, 2 * s.features, s.levels, rng, 4),
               plain_residual<Norm, P>(2 * s.features, s.levels, rng, 4)},
          refine1{{2 * s.features}, 2 * s.features, s.levels, rng},
          refine2{{2 * s.features, 2 * s.features}, 2 * s.features, s.levels, rng},
          refine3{{2 * s.features, 2 * s.features}, s.features, s.levels, rng},
          refine4{{s.features, s.features}, s.features, s.levels, rng, 3} {
        if (s.norm == norm_form::coded) return;
        require(std::same_as<Norm, conditional_norm>, "refinenet: the paper prints its norm for networks that are told the level; leave norm out");
        use_printed_norm(*this);
    }

    auto operator()(const Differentiable auto& x, const noise_levels& z) const {
        const chosen_rows level{z.index};                                           // made once: a device is sent them once for all layers
        const auto layer1 = res1(begin_conv(2.0 * x - 1.0), level);
        const auto layer2 = res2(layer1, level);
        const auto layer3 = res3(layer2, level);
        const auto layer4 = res4(layer3, level);
        const auto up = refine4(layer1, refine3(layer2, refine2(layer3, refine1(layer4, level), level), level), level);
        return end_conv(normalizer(up, level, elu));
    }
    /// The number of levels it was made for: those of a schedule have to be as many.
    std::size_t levels() const requires std::same_as<Norm, conditional_norm> { return shape_of(normalizer.embed.weight)[0]; }

    /// The baseline is not told the level.
    auto operator()(const Differentiable auto& x) const requires std::same_as<Norm, unconditional_norm> { return (*this)(x, no_noise); }
};

}  // namespace ncsn
