// SPDX-License-Identifier: Apache-2.0
/// \file  InceptionV3 as the FID takes it: the network of 2015-12-05 with 1,008 outputs, whose 2,048 pooled features it compares.
#pragma once

#include <ncsn/arrays/resampling.hpp>
#include <ncsn/autodiff/structure.hpp>
#include <ncsn/models/feature_network.hpp>

namespace ncsn {

/// Settings of an Inception convolution: kh x kw, and zeros that keep the extents where it is padded.
inline folded_conv_settings inception_conv(std::size_t height, std::size_t width, bool padded = true, std::size_t stride = 1) {
    const std::size_t rows = padded ? height / 2 : 0, columns = padded ? width / 2 : 0;
    return {.window = {stride, 1, 1, rows, rows, columns, columns}, .height = height, .width = width};
}

/// The mean over the pixels of each 3x3 window and a 1x1 convolution behind it, f(W m(x) + b), computed as f(m(W x) + b): both are linear, one acts
/// on pixels and the other on channels, and the mean over the fewer channels is cheaper.
template <HostArray A> A averaged_then(const folded_conv<A>& conv, const A& x) {
    const A mean = average_pool_inside(convolve(x, conv.weight, A{}, conv.window, activation::none), pool_window{3, 1, 1});
    return relu(mean + conv.bias);
}

/// 1x1, 5x5 and two 3x3 side by side, and pooled: [N, H, W, in] -> [N, H, W, 224 + pool].
template <class P> struct inception_a {
    folded_conv<P> branch1x1, branch5x5_1, branch5x5_2, branch3x3dbl_1, branch3x3dbl_2, branch3x3dbl_3, branch_pool;
    static constexpr std::tuple members{
        field{"branch1x1", &inception_a::branch1x1}, field{"branch5x5_1", &inception_a::branch5x5_1}, field{"branch5x5_2", &inception_a::branch5x5_2},
        field{"branch3x3dbl_1", &inception_a::branch3x3dbl_1}, field{"branch3x3dbl_2", &inception_a::branch3x3dbl_2},
        field{"branch3x3dbl_3", &inception_a::branch3x3dbl_3}, field{"branch_pool", &inception_a::branch_pool}};

    inception_a() = default;
    inception_a(std::size_t in, std::size_t pool, philox& rng)
        : branch1x1{in, 64, rng}, branch5x5_1{in, 48, rng}, branch5x5_2{48, 64, rng, inception_conv(5, 5)}, branch3x3dbl_1{in, 64, rng},
          branch3x3dbl_2{64, 96, rng, inception_conv(3, 3)}, branch3x3dbl_3{96, 96, rng, inception_conv(3, 3)}, branch_pool{in, pool, rng} {}
    template <HostArray A> A operator()(const A& x, const auto& see) const {
        const A first = see("branch1x1", branch1x1(x));
        const A fifth = see("branch5x5_2", branch5x5_2(see("branch5x5_1", branch5x5_1(x))));
        const A twice = see("branch3x3dbl_2", branch3x3dbl_2(see("branch3x3dbl_1", branch3x3dbl_1(x))));
        return concatenated(first, fifth, see("branch3x3dbl_3", branch3x3dbl_3(twice)), see("branch_pool", averaged_then(branch_pool, x)));
    }
};
/// Half the extents: 3x3, two 3x3, and the maximum: [N, H, W, 288] -> [N, H/2, W/2, 768].
template <class P> struct inception_b {
    folded_conv<P> branch3x3, branch3x3dbl_1, branch3x3dbl_2, branch3x3dbl_3;
    static constexpr std::tuple members{field{"branch3x3", &inception_b::branch3x3}, field{"branch3x3dbl_1", &inception_b::branch3x3dbl_1},
                                        field{"branch3x3dbl_2", &inception_b::branch3x3dbl_2}, field{"branch3x3dbl_3", &inception_b::branch3x3dbl_3}};

    inception_b() = default;
    explicit inception_b(std::size_t in, philox& rng)
        : branch3x3{in, 384, rng, inception_conv(3, 3, false, 2)}, branch3x3dbl_1{in, 64, rng}, branch3x3dbl_2{64, 96, rng, inception_conv(3, 3)},
          branch3x3dbl_3{96, 96, rng, inception_conv(3, 3, false, 2)} {}
    template <HostArray A> A operator()(const A& x, const auto& see) const {
        const A twice = see("branch3x3dbl_2", branch3x3dbl_2(see("branch3x3dbl_1", branch3x3dbl_1(x))));
        return concatenated(see("branch3x3", branch3x3(x)), see("branch3x3dbl_3", branch3x3dbl_3(twice)), max_pool(x, pool_window{3, 2, 0}));
    }
};
/// Rows and columns of seven: [N, H, W, 768] -> [N, H, W, 768]; `narrow` channels between.
template <class P> struct inception_c {
    folded_conv<P> branch1x1, branch7x7_1, branch7x7_2, branch7x7_3, branch7x7dbl_1, branch7x7dbl_2, branch7x7dbl_3, branch7x7dbl_4, branch7x7dbl_5,
        branch_pool;
    static constexpr std::tuple members{
        field{"branch1x1", &inception_c::branch1x1}, field{"branch7x7_1", &inception_c::branch7x7_1}, field{"branch7x7_2", &inception_c::branch7x7_2},
        field{"branch7x7_3", &inception_c::branch7x7_3}, field{"branch7x7dbl_1", &inception_c::branch7x7dbl_1},
        field{"branch7x7dbl_2", &inception_c::branch7x7dbl_2}, field{"branch7x7dbl_3", &inception_c::branch7x7dbl_3},
        field{"branch7x7dbl_4", &inception_c::branch7x7dbl_4}, field{"branch7x7dbl_5", &inception_c::branch7x7dbl_5},
        field{"branch_pool", &inception_c::branch_pool}};

    inception_c() = default;
    inception_c(std::size_t in, std::size_t narrow, philox& rng)
        : branch1x1{in, 192, rng}, branch7x7_1{in, narrow, rng}, branch7x7_2{narrow, narrow, rng, inception_conv(1, 7)},
          branch7x7_3{narrow, 192, rng, inception_conv(7, 1)}, branch7x7dbl_1{in, narrow, rng},
          branch7x7dbl_2{narrow, narrow, rng, inception_conv(7, 1)}, branch7x7dbl_3{narrow, narrow, rng, inception_conv(1, 7)},
          branch7x7dbl_4{narrow, narrow, rng, inception_conv(7, 1)}, branch7x7dbl_5{narrow, 192, rng, inception_conv(1, 7)},
          branch_pool{in, 192, rng} {}
    template <HostArray A> A operator()(const A& x, const auto& see) const {
        const A first = see("branch1x1", branch1x1(x));
        const A once = see("branch7x7_3", branch7x7_3(see("branch7x7_2", branch7x7_2(see("branch7x7_1", branch7x7_1(x))))));
        const A half = see("branch7x7dbl_3", branch7x7dbl_3(see("branch7x7dbl_2", branch7x7dbl_2(see("branch7x7dbl_1", branch7x7dbl_1(x))))));
        const A twice = see("branch7x7dbl_5", branch7x7dbl_5(see("branch7x7dbl_4", branch7x7dbl_4(half))));
        return concatenated(first, once, twice, see("branch_pool", averaged_then(branch_pool, x)));
    }
};
/// Half the extents again: [N, H, W, 768] -> [N, H/2, W/2, 1280].
template <class P> struct inception_d {
    folded_conv<P> branch3x3_1, branch3x3_2, branch7x7x3_1, branch7x7x3_2, branch7x7x3_3, branch7x7x3_4;
    static constexpr std::tuple members{
        field{"branch3x3_1", &inception_d::branch3x3_1}, field{"branch3x3_2", &inception_d::branch3x3_2},
        field{"branch7x7x3_1", &inception_d::branch7x7x3_1}, field{"branch7x7x3_2", &inception_d::branch7x7x3_2},
        field{"branch7x7x3_3", &inception_d::branch7x7x3_3}, field{"branch7x7x3_4", &inception_d::branch7x7x3_4}};

    inception_d() = default;
    explicit inception_d(std::size_t in, philox& rng)
        : branch3x3_1{in, 192, rng}, branch3x3_2{192, 320, rng, inception_conv(3, 3, false, 2)}, branch7x7x3_1{in, 192, rng},
          branch7x7x3_2{192, 192, rng, inception_conv(1, 7)}, branch7x7x3_3{192, 192, rng, inception_conv(7, 1)},
          branch7x7x3_4{192, 192, rng, inception_conv(3, 3, false, 2)} {}
    template <HostArray A> A operator()(const A& x, const auto& see) const {
        const A third = see("branch3x3_2", branch3x3_2(see("branch3x3_1", branch3x3_1(x))));
        const A half = see("branch7x7x3_3", branch7x7x3_3(see("branch7x7x3_2", branch7x7x3_2(see("branch7x7x3_1", branch7x7x3_1(x))))));
        return concatenated(third, see("branch7x7x3_4", branch7x7x3_4(half)), max_pool(x, pool_window{3, 2, 0}));
    }
};
/// Rows and columns of three beside each other: [N, H, W, in] -> [N, H, W, 2048]. The published network of 2015 takes the mean in its pooled branch
/// the first time and the maximum the second time.
template <class P> struct inception_e {
    folded_conv<P> branch1x1, branch3x3_1, branch3x3_2a, branch3x3_2b, branch3x3dbl_1, branch3x3dbl_2, branch3x3dbl_3a, branch3x3dbl_3b, branch_pool;
    bool maximum = false;
    static constexpr std::tuple members{
        field{"branch1x1", &inception_e::branch1x1}, field{"branch3x3_1", &inception_e::branch3x3_1},
        field{"branch3x3_2a", &inception_e::branch3x3_2a},
        field{"branch3x3_2b", &inception_e::branch3x3_2b}, field{"branch3x3dbl_1", &inception_e::branch3x3dbl_1},
        field{"branch3x3dbl_2", &inception_e::branch3x3dbl_2}, field{"branch3x3dbl_3a", &inception_e::branch3x3dbl_3a},
        field{"branch3x3dbl_3b", &inception_e::branch3x3dbl_3b}, field{"branch_pool", &inception_e::branch_pool},
        field{"maximum", &inception_e::maximum}};

    inception_e() = default;
    inception_e(std::size_t in, bool maximum_, philox& rng)
        : branch1x1{in, 320, rng}, branch3x3_1{in, 384, rng}, branch3x3_2a{384, 384, rng, inception_conv(1, 3)},
          branch3x3_2b{384, 384, rng, inception_conv(3, 1)}, branch3x3dbl_1{in, 448, rng}, branch3x3dbl_2{448, 384, rng, inception_conv(3, 3)},
          branch3x3dbl_3a{384, 384, rng, inception_conv(1, 3)}, branch3x3dbl_3b{384, 384, rng, inception_conv(3, 1)}, branch_pool{in, 192, rng},
          maximum{maximum_} {}
    template <HostArray A> A operator()(const A& x, const auto& see) const {
        const A first = see("branch1x1", branch1x1(x)), third = see("branch3x3_1", branch3x3_1(x));
        const A once_a = see("branch3x3_2a", branch3x3_2a(third)), once_b = see("branch3x3_2b", branch3x3_2b(third));
        const A twice = see("branch3x3dbl_2", branch3x3dbl_2(see("branch3x3dbl_1", branch3x3dbl_1(x))));
        const A twice_a = see("branch3x3dbl_3a", branch3x3dbl_3a(twice)), twice_b = see("branch3x3dbl_3b", branch3x3dbl_3b(twice));
        const A pool = maximum ? branch_pool(max_pool(x, pool_window{3, 1, 1})) : averaged_then(branch_pool, x);
        return concatenated(first, once_a, once_b, twice_a, twice_b, see("branch_pool", pool));
    }
};

/// InceptionV3 (Szegedy et al. 2016) as in the graph inception-2015-12-05 and its port pytorch-fid, evaluated with its normalisations folded in:
/// means leave padding out, the last block pools by maximum, 1,008 outputs. Names of layers are those of pt_inception-2015-12-05. Value only, on the
/// host. Images [N, H, W, 1 or 3] in [0, 1] of any extents, brought to 299 x 299 and then to [-1, 1].
template <class P> struct inception_v3 {
    static constexpr std::size_t feature_count = 2048, class_count = 1008;
    static constexpr double epsilon = 1e-3;                                         ///< of the normalisations
    static image_input published_input() { return {299, {0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}}; }
    static published_names names_of(const std::string& name) { return {name + ".conv.weight", name + ".bn"}; }

    folded_conv<P> conv2d_1a, conv2d_2a, conv2d_2b, conv2d_3b, conv2d_4a;
    inception_a<P> mixed_5b, mixed_5c, mixed_5d;
    inception_b<P> mixed_6a;
    inception_c<P> mixed_6b, mixed_6c, mixed_6d, mixed_6e;
    inception_d<P> mixed_7a;
    inception_e<P> mixed_7b, mixed_7c;
    dense<P> fc;
    image_input input = published_input();
    static constexpr std::tuple members{
        field{"Conv2d_1a_3x3", &inception_v3::conv2d_1a}, field{"Conv2d_2a_3x3", &inception_v3::conv2d_2a},
        field{"Conv2d_2b_3x3", &inception_v3::conv2d_2b}, field{"Conv2d_3b_1x1", &inception_v3::conv2d_3b},
        field{"Conv2d_4a_3x3", &inception_v3::conv2d_4a}, field{"Mixed_5b", &inception_v3::mixed_5b}, field{"Mixed_5c", &inception_v3::mixed_5c},
        field{"Mixed_5d", &inception_v3::mixed_5d}, field{"Mixed_6a", &inception_v3::mixed_6a}, field{"Mixed_6b", &inception_v3::mixed_6b},
        field{"Mixed_6c", &inception_v3::mixed_6c}, field{"Mixed_6d", &inception_v3::mixed_6d}, field{"Mixed_6e", &inception_v3::mixed_6e},
        field{"Mixed_7a", &inception_v3::mixed_7a}, field{"Mixed_7b", &inception_v3::mixed_7b}, field{"Mixed_7c", &inception_v3::mixed_7c},
        field{"fc", &inception_v3::fc}, field{"input", &inception_v3::input}};

    inception_v3() = default;
    explicit inception_v3(philox& rng) requires Array<P>
        : conv2d_1a{3, 32, rng, inception_conv(3, 3, false, 2)}, conv2d_2a{32, 32, rng, inception_conv(3, 3, false)},
          conv2d_2b{32, 64, rng, inception_conv(3, 3)}, conv2d_3b{64, 80, rng}, conv2d_4a{80, 192, rng, inception_conv(3, 3, false)},
          mixed_5b{192, 32, rng}, mixed_5c{256, 64, rng}, mixed_5d{288, 64, rng}, mixed_6a{288, rng}, mixed_6b{768, 128, rng},
          mixed_6c{768, 160, rng}, mixed_6d{768, 160, rng}, mixed_6e{768, 192, rng}, mixed_7a{768, rng}, mixed_7b{1280, false, rng},
          mixed_7c{2048, true, rng}, fc{feature_count, class_count, rng} {}

    /// What the last layer sees: the mean of 2,048 channels, [N, 2048].
    template <HostArray A> A features(const A& x) const {
        return for_each_image(x, feature_count, [this](const A& image) { return pooled(prepared(image, input)); });
    }
    /// The same of images [N, 299, 299, 3] that are prepared; see(name, output) looks at every layer and block.
    template <HostArray A, class See = unseen> A pooled(const A& x, const See& see = {}) const {
        const auto seen = [&see](const char* name, const A& y) -> const A& { return see(name, y), y; };
        const auto block = [&see](const char* name, const auto& of, const A& h) {
            const std::string prefix = std::string{name} + '.';
            const A y = of(h, [&](const char* layer, const A& inside) -> const A& { return see(prefix + layer, inside), inside; });
            see(name, y);
            return y;
        };
        constexpr pool_window halved{3, 2, 0};
        A h = seen("Conv2d_2b_3x3", conv2d_2b(seen("Conv2d_2a_3x3", conv2d_2a(seen("Conv2d_1a_3x3", conv2d_1a(x))))));
        h = seen("block0", max_pool(h, halved));
        h = seen("Conv2d_4a_3x3", conv2d_4a(seen("Conv2d_3b_1x1", conv2d_3b(h))));
        h = seen("block1", max_pool(h, halved));
        h = block("Mixed_5d", mixed_5d, block("Mixed_5c", mixed_5c, block("Mixed_5b", mixed_5b, h)));
        h = block("Mixed_6c", mixed_6c, block("Mixed_6b", mixed_6b, block("Mixed_6a", mixed_6a, h)));
        h = seen("block2", block("Mixed_6e", mixed_6e, block("Mixed_6d", mixed_6d, h)));
        h = block("Mixed_7c", mixed_7c, block("Mixed_7b", mixed_7b, block("Mixed_7a", mixed_7a, h)));
        return spatial_mean(h);
    }
    /// Of 1,008 classes, for features [N, 2048]. The published code of the inception score leaves the bias out.
    template <HostArray A> A logits(const A& features) const { return fc(features); }
    template <HostArray A> A logits_without_bias(const A& features) const { return matmul(features, fc.weight); }
    /// softmax of those without bias: what the inception score is computed from. Rows sum to 1.
    template <HostArray A> A probabilities(const A& features) const { return softmax(logits_without_bias(features)); }
};

}  // namespace ncsn
