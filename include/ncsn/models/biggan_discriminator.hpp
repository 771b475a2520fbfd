// SPDX-License-Identifier: Apache-2.0
/// \file  BigGAN's discriminator, unconditional, as adversarial score matching has it.
#pragma once

#include <ncsn/autodiff/advance.hpp>
#include <ncsn/layers/spectral_attention.hpp>

#include <algorithm>
#include <vector>

namespace ncsn {

/// y = h + s, halved or not: h = conv2(relu(conv1(a))), a = relu(x), and s = x through a 1x1 convolution where the channels or the size change. The
/// first block of a network takes a = x, and halves before its 1x1 convolution and not behind it.   x: [N, H, W, in] -> [N, H', W', out].
template <class P> struct discriminator_block {
    spectral_conv<P> conv1, conv2;
    std::vector<spectral_conv<P>> shortcut;  ///< none or one
    bool first = false, halved = false;
    static constexpr std::tuple members{field{"conv1", &discriminator_block::conv1}, field{"conv2", &discriminator_block::conv2},
                                        field{"", &discriminator_block::shortcut, [](std::size_t) { return std::string{"conv_sc"}; }},
                                        field{"first", &discriminator_block::first}, field{"halved", &discriminator_block::halved}};

    discriminator_block() = default;
    discriminator_block(std::size_t in, std::size_t out, bool f, bool h, philox& rng) requires Array<P>
        : conv1{in, out, rng}, conv2{out, out, rng}, first{f}, halved{h} {
        if (in != out || halved) shortcut.push_back({in, out, rng, {.kernel_size = 1}});
        const auto glorot = [&](spectral_conv<P>& layer) { layer.weight = glorot_uniform<P>(layer.weight.shape(), rng); };
        glorot(conv1), glorot(conv2);
        for (auto& layer : shortcut) glorot(layer);
    }
    template <Differentiable X> auto operator()(const X& x) const {
        const auto h = smaller(conv2(relu(conv1(first ? x : X{relu(x)}))));
        if (shortcut.empty()) return h + x;
        return first ? h + shortcut.front()(smaller(x)) : h + smaller(shortcut.front()(x));
    }

private:
    template <Differentiable X> X smaller(const X& x) const { return halved ? average_pool(x, pool_window{2, 2, 0}) : x; }
};

/// A block and, in some networks, attention behind it.
template <class P> struct discriminator_stage {
    discriminator_block<P> block;
    std::vector<spectral_attention<P>> attention;  ///< none or one
    static constexpr std::tuple members{field{"0", &discriminator_stage::block},
                                        field{"", &discriminator_stage::attention, [](std::size_t) { return std::string{"1"}; }}};

    auto operator()(const Differentiable auto& x) const {
        auto y = block(x);
        if (!attention.empty()) y = attention.front()(y);
        return y;
    }
};

struct discriminator_settings {
    std::size_t channels = 3;    ///< of the images
    std::size_t features = 64;   ///< ch
    std::size_t resolution = 32; ///< of the design, not of the images: 32 (also for images of 28) or 64
    std::vector<std::size_t> attention = {};  ///< attention behind the blocks whose images have such a side in the design: 16; 32, 16, 8, 4
};

/// D(x), one number an image; large for data.   x: [N, H, W, channels] -> [N, 1], not centred, H and W at least 4 (design 64: 16). Design 32: four
/// blocks of 4 ch channels, of which two halve the image; 64: five of ch (1, 2, 4, 8, 16), of which four do. Then relu, the sum over the positions
/// and a linear map. All layers are spectrally normalised; a call leaves their vectors alone, advance(D) keeps the step that the papers' program
/// makes in every call while it trains. 4,204,801 parameters for CIFAR-10, 19,542,721 for images of 64.
template <class P> struct biggan_discriminator {
    std::vector<discriminator_stage<P>> blocks;
    spectral_dense<P> linear;
    static constexpr std::tuple members{field{"blocks", &biggan_discriminator::blocks}, field{"linear", &biggan_discriminator::linear}};

    biggan_discriminator() = default;
    biggan_discriminator(const discriminator_settings& s, philox& rng) requires Array<P> {
        require(s.resolution == 32 || s.resolution == 64, "biggan_discriminator: resolution ", s.resolution, "; the designs are 32 and 64");
        require(s.channels > 0 && s.features > 0, "biggan_discriminator: ", s.channels, " channels and ", s.features, " features; at least 1 of each "
                "was expected");
        const bool large = s.resolution == 64;
        const std::vector<std::size_t> widths = large ? std::vector<std::size_t>{1, 2, 4, 8, 16} : std::vector<std::size_t>{4, 4, 4, 4};
        const std::vector<std::size_t> sides = large ? std::vector<std::size_t>{32, 16, 8, 4, 4} : std::vector<std::size_t>{16, 16, 16, 16};
        const std::size_t halvings = large ? 4 : 2;                                 // sides: the design's own table, which has 16 throughout
        std::size_t width = s.channels;
        for (std::size_t i = 0; i < widths.size(); ++i) {
            discriminator_stage<P> stage{{width, widths[i] * s.features, i == 0, i < halvings, rng}, {}};
            width = widths[i] * s.features;
            for (const std::size_t side : s.attention)
                if (side == sides[i]) stage.attention.push_back({width, rng});
            blocks.push_back(std::move(stage));
        }
        linear = {width, 1, rng};
        linear.weight = glorot_uniform<P>(linear.weight.shape(), rng);
    }

    auto operator()(const Differentiable auto& x) const {
        const shape s = shape_of(x);
        const std::size_t least = std::size_t{1} << std::count_if(blocks.begin(), blocks.end(), [](const auto& b) { return b.block.halved; });
        require(s.rank() == 4 && s[1] >= least && s[2] >= least, "biggan_discriminator: x is ", s, "; [N,H,W,C] with H and W of ", least,
                " at least was expected");
        auto h = blocks.front()(x);
        for (std::size_t i = 1; i < blocks.size(); ++i) h = blocks[i](h);
        const shape last = shape_of(h);
        return linear(reshaped(summed_to(relu(h), {last[0], 1, 1, last[3]}), {last[0], last[3]}));
    }
};

}  // namespace ncsn
