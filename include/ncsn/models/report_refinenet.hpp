// SPDX-License-Identifier: Apache-2.0
/// \file  The RefineNet of the reproducibility report on NCSN: one residual block a cascade, and TensorFlow's layers.
#pragma once

#include <ncsn/layers/instance_norm.hpp>
#include <ncsn/layers/preactivation.hpp>
#include <ncsn/layers/refine.hpp>
#include <ncsn/layers/same_conv.hpp>
#include <ncsn/models/score_model.hpp>

namespace ncsn {

/// One step of its decoder: each input through two residual blocks, fusion where there are two inputs, chained pooling, and one block (three at the
/// end). All convolutions have biases; a coarse input with more channels than the result changes them in its first block.
template <class P> struct report_refine_block {
    using conv = same_conv_layer<P>;
    using norm = printed_instance_norm<P>;
    using block = preactivation_block<conv, norm>;

    std::vector<block> fine, coarse;
    fusion<conv, norm, by_edges> fused;
    chained_pooling<conv, norm, mean_pool5_inside> pooling;
    std::vector<block> output;
    static constexpr std::tuple members{field{"fine", &report_refine_block::fine}, field{"coarse", &report_refine_block::coarse},
                                        field{"fused", &report_refine_block::fused}, field{"pooling", &report_refine_block::pooling},
                                        field{"output", &report_refine_block::output}};

    report_refine_block() = default;
    /// inputs: the channels of the one or two inputs, the finer first; out: channels of the result.
    report_refine_block(std::initializer_list<std::size_t> inputs, std::size_t out, std::size_t levels, philox& rng, std::size_t output_blocks = 1)
        requires Array<P> {
        for (const std::size_t channels : inputs) {
            auto& adapted = fine.empty() ? fine : coarse;
            adapted.push_back({channels, out, levels, rng});
            adapted.push_back({out, out, levels, rng});
            if (inputs.size() == 1) continue;
            fused.convs.push_back({out, out, rng});
            fused.norms.push_back({out, levels});
        }
        for (int stage = 0; stage < 2; ++stage) {
            pooling.convs.push_back({out, out, rng});
            pooling.norms.push_back({out, levels});
        }
        for (std::size_t i = 0; i < output_blocks; ++i) output.push_back({out, out, levels, rng});
    }
    auto operator()(const Differentiable auto& x, const auto& z) const { return refined(through(fine, x, z), z); }
    auto operator()(const Differentiable auto& high, const Differentiable auto& low, const auto& z) const {
        return refined(fused(through(fine, high, z), through(coarse, low, z), z), z);
    }

private:
    static auto through(const std::vector<block>& blocks, const auto& x, const auto& z) {
        auto y = blocks.front()(x, z);
        for (std::size_t i = 1; i < blocks.size(); ++i) y = blocks[i](y, z);
        return y;
    }
    auto refined(const auto& x, const auto& z) const { return through(output, pooling(x, z), z); }
};

struct report_refinenet_settings {
    std::size_t channels = 1;   ///< of the images
    std::size_t features = 64;  ///< width n: 64 for MNIST, 128 for CIFAR-10 and CelebA in the report
    std::size_t levels = 10;    ///< noise levels the network knows; with one it is the report's baseline
};

/// Images [N, H, W, channels] with values in [0, 1], not centred, H and W even. Four cascades of one residual block (n, 2n pooled, 2n with dilation
/// 2, 2n with dilation 4), four refine blocks back, and the score itself. It differs from refinenet by the norm, which is the one the paper prints, by
/// biases everywhere, by pools that do not count the padding, by resizing with the edges on the edges and by Keras' initialisation. 7,119,617
/// parameters for MNIST, 28,063,747 for CIFAR-10.
template <class P> struct report_refinenet {
    using block = preactivation_block<same_conv_layer<P>, printed_instance_norm<P>>;

    same_conv_layer<P> begin_conv;
    std::vector<block> cascades;
    std::vector<report_refine_block<P>> decoder;  ///< the coarsest first
    printed_instance_norm<P> normalizer;
    same_conv_layer<P> end_conv;
    static constexpr std::tuple members{
        field{"begin_conv", &report_refinenet::begin_conv},
        field{"", &report_refinenet::cascades, [](std::size_t i) { return "res" + std::to_string(i + 1); }},
        field{"", &report_refinenet::decoder, [](std::size_t i) { return "refine" + std::to_string(i + 1); }},
        field{"normalizer", &report_refinenet::normalizer}, field{"end_conv", &report_refinenet::end_conv}};

    report_refinenet() = default;
    report_refinenet(report_refinenet_settings s, philox& rng) requires Array<P>
        : begin_conv{s.channels, s.features, rng},
          cascades{{s.features, s.features, s.levels, rng},
                   {s.features, 2 * s.features, s.levels, rng, 1, resizing::halved},
                   {2 * s.features, 2 * s.features, s.levels, rng, 2},
                   {2 * s.features, 2 * s.features, s.levels, rng, 4}},
          decoder{{{2 * s.features}, 2 * s.features, s.levels, rng},
                  {{2 * s.features, 2 * s.features}, 2 * s.features, s.levels, rng},
                  {{2 * s.features, 2 * s.features}, 2 * s.features, s.levels, rng},
                  {{s.features, 2 * s.features}, s.features, s.levels, rng, 3}},
          normalizer{s.features, s.levels},
          end_conv{s.features, s.channels, rng} {}

    auto operator()(const Differentiable auto& x, const noise_levels& z) const {
        const chosen_rows level{z.index};
        const auto layer1 = cascades[0](begin_conv(x), level);
        const auto layer2 = cascades[1](layer1, level);
        const auto layer3 = cascades[2](layer2, level);
        const auto layer4 = cascades[3](layer3, level);
        const auto up = decoder[3](layer1, decoder[2](layer2, decoder[1](layer3, decoder[0](layer4, level), level), level), level);
        return end_conv(normalizer(up, level, elu));
    }
    /// The number of levels it was made for: those of a schedule have to be as many.
    std::size_t levels() const { return shape_of(normalizer.gamma)[0]; }
};

}  // namespace ncsn
