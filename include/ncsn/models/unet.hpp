// SPDX-License-Identifier: Apache-2.0
/// \file  The U-Net of diffusion models, as adversarial score matching has it.
#pragma once

#include <ncsn/layers/attention.hpp>
#include <ncsn/layers/initialisation.hpp>
#include <ncsn/layers/timestep_embedding.hpp>
#include <ncsn/layers/unet_block.hpp>
#include <ncsn/models/score_model.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace ncsn {

/// Initial weights of the U-Net. as_executed: what the program of adversarial score matching does, Glorot's with a gain of √½ on the way down and in
/// all maps of single pixels, 10⁻⁵ √½ where attention ends, and the layers' own elsewhere. ddpm: Glorot's everywhere, 10⁻⁵ of it where a residual
/// block or attention ends and in the last convolution (Ho, Jain & Abbeel 2020).
enum class unet_initialisation { as_executed, ddpm };

struct unet_settings {
    std::size_t channels = 3;    ///< of the images
    std::size_t features = 128;  ///< width n
    bool deeper = false;         ///< six sizes, n (1, 2, 2, 2, 4, 4), and not four, n (1, 2, 2, 2)
    bool conditional = false;    ///< told the index of the level
    std::size_t groups = 32;     ///< of the norms, a divisor of n
    unet_initialisation initialisation = unet_initialisation::as_executed;
    std::size_t levels = 0;      ///< how many the conditional network is to know; 0: not said, so any schedule is taken

    std::vector<std::size_t> multipliers() const {
        return deeper ? std::vector<std::size_t>{1, 2, 2, 2, 4, 4} : std::vector<std::size_t>{1, 2, 2, 2};
    }
    void check() const {
        require(channels > 0 && features >= 4 && groups > 0 && features % groups == 0, "unet: ", channels, " channels, ", features, " features in ",
                groups, " groups; at least 1 channel, 4 features, and groups that divide the features were expected");
    }
};

/// One place on the way of a U-Net: a residual block, attention, a convolution that halves, or one that doubles; one of the vectors has an element.
template <class P> struct unet_module {
    std::vector<unet_residual<P>> residual;
    std::vector<attention_block<P>> attention;
    std::vector<conv_layer<P>> conv;
    std::vector<unet_upsample<P>> up;
    static constexpr auto no_name = [](std::size_t) { return std::string{}; };
    static constexpr std::tuple members{field{"", &unet_module::residual, no_name}, field{"", &unet_module::attention, no_name},
                                        field{"", &unet_module::conv, no_name}, field{"", &unet_module::up, no_name}};

    /// told...: the embedding of the level, where the network has one.
    template <Differentiable H, class... Told> H operator()(const H& h, const Told&... told) const {
        if (!residual.empty()) return residual.front()(h, told...);
        if (!attention.empty()) return attention.front()(h);
        return conv.empty() ? up.front()(h) : conv.front()(h);
    }
};

/// Images [N, H, W, channels] with values in [0, 1], not centred, H and W multiples of 8 (deeper: 32). Two residual blocks at each size down, three
/// up, each of which sees what one down gave; attention at half the size and at the bottom. Parameters for CIFAR-10: 33,185,411, of which 328,704,
/// the map of the level, serve the conditional form only; that has 35,746,307; deeper 111,547,267. Unconditional, its output is f, of which
/// scaled_by_noise makes the score f/σ. Names of the parameters are those of the program of adversarial score matching.
template <class P> struct unet {
    std::vector<dense<P>> temb_dense;  ///< of the waves of the level
    std::vector<unet_module<P>> downblocks, middleblocks, upblocks;
    group_norm_layer<P> normalize;
    conv_layer<P> out;
    bool conditional = false;
    std::size_t known = 0;
    static constexpr std::tuple members{
        field{"temb_dense", &unet::temb_dense, [](std::size_t i) { return std::to_string(2 * i); }}, field{"downblocks", &unet::downblocks},
        field{"middleblocks", &unet::middleblocks}, field{"upblocks", &unet::upblocks}, field{"normalize", &unet::normalize},
        field{"out", &unet::out}, field{"conditional", &unet::conditional}, field{"known", &unet::known}};

    unet() = default;
    unet(const unet_settings& s, philox& rng) requires Array<P> : conditional{s.conditional}, known{s.conditional ? s.levels : 0} {
        s.check();
        const std::size_t n = s.features;
        const std::size_t told = s.conditional ? 4 * n : 0;
        const group_norm_settings norm{.groups = s.groups, .epsilon = 1e-6};
        const auto residual = [&](std::size_t from, std::size_t to) { return unet_module<P>{{{from, to, rng, norm, told}}, {}, {}, {}}; };
        const auto attention = [&](std::size_t width) { return unet_module<P>{{}, {{width, rng, norm}}, {}, {}}; };
        temb_dense = {{n, 4 * n, rng}, {4 * n, 4 * n, rng}};
        downblocks.push_back({{}, {}, {{s.channels, n, rng}}, {}});
        std::vector<std::size_t> seen{n};
        std::size_t width = n;
        const auto multipliers = s.multipliers();
        for (std::size_t level = 0; level < multipliers.size(); ++level) {
            for (int block = 0; block < 2; ++block) {
                downblocks.push_back(residual(width, multipliers[level] * n));
                width = multipliers[level] * n;
                if (level == 1) downblocks.push_back(attention(width));
                seen.push_back(width);
            }
            if (level + 1 == multipliers.size()) break;
            downblocks.push_back({{}, {}, {{width, width, rng, conv_settings{.stride = 2}}}, {}});
            seen.push_back(width);
        }
        middleblocks = {residual(width, width), attention(width), residual(width, width)};
        for (std::size_t level = multipliers.size(); level-- > 0;) {
            for (int block = 0; block < 3; ++block) {
                upblocks.push_back(residual(width + seen.back(), multipliers[level] * n));
                width = multipliers[level] * n;
                seen.pop_back();
                if (level == 1) upblocks.push_back(attention(width));
            }
            if (level > 0) upblocks.push_back({{}, {}, {}, {{width, rng}}});
        }
        normalize = group_norm_layer<P>{n, norm};
        out = {n, s.channels, rng};
        initialise(s.initialisation, rng);
    }

    /// The number of levels that the conditional network was made for: those of a schedule have to be as many. 0 where nobody said.
    std::size_t levels() const { return known; }

    /// f(x) of the unconditional network.
    auto operator()(const Differentiable auto& x) const {
        require(!conditional, "unet: this one is told the level; it is asked at (x, levels)");
        return through(x);
    }
    auto operator()(const Differentiable auto& x, const noise_levels& z) const {
        if (!conditional) return through(x);
        require_index(z, known, "unet");
        const std::vector<double> t(z.index.begin(), z.index.end());
        require(t.size() == 1 || t.size() == shape_of(x)[0], "unet: ", t.size(), " levels for x of shape ", shape_of(x),
                "; one for all or one a sample was expected");
        return from_waves(x, timestep_embedding<array_under_t<P>>(std::span<const double>{t}, width()));
    }
    /// f(x, t) of the conditional network, the times given as waves: [N or 1, n] (timestep_embedding).
    auto from_waves(const Differentiable auto& x, const array_under_t<P>& waves) const {
        require(conditional && waves.shape().back() == width(), "unet: waves ", waves.shape(), "; [N,", width(), "] of a conditional network were "
                "expected");
        return through(x, swish(temb_dense[1](swish(temb_dense[0](waves)))));
    }

private:
    std::size_t width() const { return shape_of(temb_dense.at(0).weight)[1]; }

    template <class... Told> auto through(const Differentiable auto& x, const Told&... told) const {
        const shape& s = shape_of(x);
        const auto doublings = std::count_if(upblocks.begin(), upblocks.end(), [](const auto& each) { return !each.up.empty(); });
        const std::size_t unit = std::size_t{1} << doublings;
        require(s.rank() == 4 && s[1] % unit == 0 && s[2] % unit == 0, "unet: x is ", s, "; [N,H,W,C] with H and W multiples of ", unit,
                " was expected");
        auto h = downblocks.front().conv.front()(x);
        std::vector<decltype(h)> seen{h};
        for (std::size_t i = 1; i < downblocks.size(); ++i) {
            h = downblocks[i](h, told...);
            if (downblocks[i].attention.empty()) seen.push_back(h);
            else seen.back() = h;                                                   // attention stands in for the block before it
        }
        for (const auto& each : middleblocks) h = each(h, told...);
        for (const auto& each : upblocks) {
            if (!each.residual.empty()) {
                h = concatenated(h, seen.back());
                seen.pop_back();
            }
            h = each(h, told...);
        }
        return out(normalize(h, swish));
    }

    void initialise(unet_initialisation rule, philox& rng) {
        const bool executed = rule == unet_initialisation::as_executed;
        const double gain = executed ? std::sqrt(0.5) : 1, little = 1e-5 * gain;
        const auto draw = [&](auto& layer, double g) { initialise_glorot(layer, rng, g); };
        for (auto& layer : temb_dense) draw(layer, gain);
        for (auto* blocks : {&downblocks, &middleblocks, &upblocks})
            for (auto& each : *blocks) {
                const bool all = !executed || blocks == &downblocks;                // elsewhere the program draws single pixels' maps only
                for (auto& block : each.residual) {
                    for (auto& map : block.shortcut) draw(map, gain);
                    if (!all) continue;
                    draw(block.conv0, gain), draw(block.conv1, executed ? gain : little);
                    for (auto& layer : block.told) draw(layer, gain);
                }
                for (auto& block : each.attention) draw(block.Q, gain), draw(block.K, gain), draw(block.V, gain), draw(block.OUT, little);
                if (!all) continue;
                for (auto& layer : each.conv) draw(layer, gain);
                for (auto& layer : each.up) draw(layer.conv, gain);
            }
        if (!executed) draw(out, little);
    }
};

}  // namespace ncsn
