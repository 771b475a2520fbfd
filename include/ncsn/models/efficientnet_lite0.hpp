// SPDX-License-Identifier: Apache-2.0
/// \file  EfficientNet-Lite0: a small network of ImageNet, whose features compare sets of images where nothing larger can be had.
#pragma once

#include <ncsn/models/feature_network.hpp>

namespace ncsn {

/// A mobile inverted bottleneck (Sandler et al. 2018): 1x1 to `ratio` times the channels, a depthwise convolution, 1x1 back without an activation;
/// plus x where neither extents nor channels change.   [N, H, W, in] -> [N, H/stride, W/stride, out].
template <class P> struct inverted_bottleneck {
    std::vector<folded_conv<P>> expand;  ///< none where the ratio is 1
    folded_conv<P> depthwise, project;
    bool adds = false;
    static constexpr std::tuple members{field{"", &inverted_bottleneck::expand, [](std::size_t) { return std::string{"_expand_conv"}; }},
                                        field{"_depthwise_conv", &inverted_bottleneck::depthwise},
                                        field{"_project_conv", &inverted_bottleneck::project}, field{"adds", &inverted_bottleneck::adds}};

    inverted_bottleneck() = default;
    inverted_bottleneck(std::size_t in, std::size_t out, std::size_t ratio, std::size_t kernel_size, std::size_t stride, philox& rng)
        : adds{stride == 1 && in == out} {
        const std::size_t wide = in * ratio, after = (kernel_size - 1) / 2, before = after - (stride - 1);
        if (ratio > 1) expand.emplace_back(in, wide, rng, folded_conv_settings{.bend = activation::rectified_to_6});
        const grouped_window window{stride, 1, wide, before, after, before, after};
        using conv = folded_conv<P>;                                                // written out: nvcc passes no braces within braces on
        depthwise = conv{wide, wide, rng, folded_conv_settings{.window = window, .height = kernel_size, .width = kernel_size,
                                                               .bend = activation::rectified_to_6}};
        project = conv{wide, out, rng, folded_conv_settings{.bend = activation::none}};
    }
    template <HostArray A> A operator()(const A& x) const {
        const A wide = depthwise(expand.empty() ? x : expand.front()(x));
        return adds ? project(wide, x) : project(wide);
    }
};

/// EfficientNet-Lite0 (Tan & Le 2019, as simplified for mobile devices: no squeeze-and-excitation, ReLU6), evaluated with its normalisations folded
/// in. 4,652,008 published parameters; 4,631,000 numbers folded: one bias in place of a γ and a β. Value only, on the host. Names of layers are the
/// published ones. Images [N, H, W, 1 or 3] in [0, 1] of any extents; what is done to them first is `input`.
template <class P> struct efficientnet_lite0 {
    static constexpr std::size_t feature_count = 1280, class_count = 1000;
    static constexpr double epsilon = 1e-3;                                         ///< of the normalisations
    /// As the package of the weights says; trained_input is that of the original, which is more confident.
    static image_input package_input() { return {224, {0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}}; }
    static image_input trained_input() { return {224, {127 / 255., 127 / 255., 127 / 255.}, {128 / 255., 128 / 255., 128 / 255.}}; }

    static published_names names_of(const std::string& name) {
        const std::string block = name.substr(0, name.rfind('.') + 1), layer = name.substr(block.size());
        const bool first = layer == "_conv_stem" || layer == "_expand_conv", second = layer == "_conv_head" || layer == "_depthwise_conv";
        return {name + ".weight", block + (first ? "_bn0" : second ? "_bn1" : "_bn2")};
    }

    folded_conv<P> stem;
    std::vector<inverted_bottleneck<P>> blocks;
    folded_conv<P> head;
    dense<P> fc;
    image_input input = package_input();
    static constexpr std::tuple members{field{"_conv_stem", &efficientnet_lite0::stem}, field{"_blocks", &efficientnet_lite0::blocks},
                                        field{"_conv_head", &efficientnet_lite0::head}, field{"_fc", &efficientnet_lite0::fc},
                                        field{"input", &efficientnet_lite0::input}};

    efficientnet_lite0() = default;
    explicit efficientnet_lite0(philox& rng) requires Array<P>
        : stem{3, 32, rng, {.window = {2, 1, 1, 0, 1, 0, 1}, .height = 3, .width = 3, .bend = activation::rectified_to_6}},
          head{320, feature_count, rng, {.bend = activation::rectified_to_6}}, fc{feature_count, class_count, rng} {
        struct stage { std::size_t repeats, kernel_size, stride, ratio, in, out; };
        for (const stage& s : {stage{1, 3, 1, 1, 32, 16}, stage{2, 3, 2, 6, 16, 24}, stage{2, 5, 2, 6, 24, 40}, stage{3, 3, 2, 6, 40, 80},
                               stage{3, 5, 1, 6, 80, 112}, stage{4, 5, 2, 6, 112, 192}, stage{1, 3, 1, 6, 192, 320}})
            for (std::size_t i = 0; i < s.repeats; ++i)
                blocks.emplace_back(i == 0 ? s.in : s.out, s.out, s.ratio, s.kernel_size, i == 0 ? s.stride : 1, rng);
    }

    /// What the last layer sees: the mean of 1,280 channels, [N, 1280].
    template <HostArray A> A features(const A& x) const {
        return for_each_image(x, feature_count, [this](const A& image) { return pooled(prepared(image, input)); });
    }
    /// The same of images [N, 224, 224, 3] that are prepared; see(name, output) looks at every block.
    template <HostArray A, class See = unseen> A pooled(const A& x, const See& see = {}) const {
        A h = stem(x);
        see("_bn0", h);
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            h = blocks[i](h);
            see("_blocks." + std::to_string(i), h);
        }
        h = head(h);
        see("_bn1", h);
        return spatial_mean(h);
    }
    /// Of ImageNet's 1,000 classes, for features [N, 1280].
    template <HostArray A> A logits(const A& features) const { return fc(features); }
    template <HostArray A> A operator()(const A& x) const { return logits(features(x)); }
};

}  // namespace ncsn
