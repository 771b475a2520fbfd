// SPDX-License-Identifier: Apache-2.0
/// \file  The residual encoder and decoder that the reproducibility report on NCSN tried in place of the RefineNet.
#pragma once

#include <ncsn/layers/instance_norm.hpp>
#include <ncsn/layers/preactivation.hpp>
#include <ncsn/layers/same_conv.hpp>
#include <ncsn/models/score_model.hpp>

namespace ncsn {

struct report_resnet_settings {
    std::size_t channels = 3;    ///< of the images
    std::size_t features = 128;  ///< width n
    std::size_t levels = 10;     ///< noise levels the network knows
};

/// Images [N, H, W, channels] with values in [0, 1], not centred, H and W multiples of 4. Blocks n, 2n at half the size, 2n, 4n at a quarter, 4n;
/// then 4n, 4n doubled, 2n, 2n doubled, n, of transposed convolutions; all but the first and the last see through holes (dilation 2). Sizes change
/// behind the convolutions, by means and by interpolation. The output is the score itself. 23,991,555 parameters for CIFAR-10.
template <class P> struct report_resnet {
    using norm = printed_instance_norm<P>;

    same_conv_layer<P> begin_conv;
    std::vector<preactivation_block<same_conv_layer<P>, norm>> encoder;
    std::vector<preactivation_block<same_conv_transpose_layer<P>, norm>> decoder;
    norm normalizer;
    same_conv_layer<P> end_conv;
    static constexpr std::tuple members{field{"begin_conv", &report_resnet::begin_conv}, field{"encoder", &report_resnet::encoder},
                                        field{"decoder", &report_resnet::decoder}, field{"normalizer", &report_resnet::normalizer},
                                        field{"end_conv", &report_resnet::end_conv}};

    report_resnet() = default;
    report_resnet(report_resnet_settings s, philox& rng) requires Array<P>
        : begin_conv{s.channels, s.features, rng},
          encoder{{s.features, s.features, s.levels, rng},
                  {s.features, 2 * s.features, s.levels, rng, 2, resizing::halved},
                  {2 * s.features, 2 * s.features, s.levels, rng, 2},
                  {2 * s.features, 4 * s.features, s.levels, rng, 2, resizing::halved},
                  {4 * s.features, 4 * s.features, s.levels, rng, 2}},
          decoder{{4 * s.features, 4 * s.features, s.levels, rng, 2},
                  {4 * s.features, 4 * s.features, s.levels, rng, 2, resizing::doubled},
                  {4 * s.features, 2 * s.features, s.levels, rng, 2},
                  {2 * s.features, 2 * s.features, s.levels, rng, 2, resizing::doubled},
                  {2 * s.features, s.features, s.levels, rng}},
          normalizer{s.features, s.levels},
          end_conv{s.features, s.channels, rng} {}

    auto operator()(const Differentiable auto& x, const noise_levels& z) const {
        const chosen_rows level{z.index};
        auto h = begin_conv(x);
        for (const auto& down : encoder) h = down(h, level);
        for (const auto& up : decoder) h = up(h, level);
        return end_conv(normalizer(h, level, elu));
    }
    /// The number of levels it was made for: those of a schedule have to be as many.
    std::size_t levels() const { return shape_of(normalizer.gamma)[0]; }
};

}  // namespace ncsn
