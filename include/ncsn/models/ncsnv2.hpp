// SPDX-License-Identifier: Apache-2.0
/// \file  The unconditional score networks of Song & Ermon (2020), NCSNv2, which adversarial score matching takes.
#pragma once

#include <ncsn/layers/refine.hpp>
#include <ncsn/layers/residual.hpp>
#include <ncsn/models/score_model.hpp>

namespace ncsn {

/// How an image shrinks on its way down. original: once, to ½, then dilations 2 and 4; undilated: three times, to ⅛; deeper: twice, then dilations;
/// deepest: three times, then dilations.
enum class ncsnv2_depth { original, undilated, deeper, deepest };

struct ncsnv2_settings {
    std::size_t channels = 3;    ///< of the images
    std::size_t features = 128;  ///< width n
    ncsnv2_depth depth = ncsnv2_depth::original;
};

/// Two residual blocks, of which the first halves the image or sees it through holes; one of the two vectors has an element.
template <class P> struct ncsnv2_cascade {
    using block = residual_block<P, unconditional_norm>;
    using halving = cascade<residual_block<P, unconditional_norm, conv_mean_pool<P>, conv_mean_pool<P>>, block>;
    using holes = cascade<residual_block<P, unconditional_norm, conv_layer<P>, conv_layer<P>>, block>;

    std::vector<halving> pooled;
    std::vector<holes> dilated;
    static constexpr auto no_name = [](std::size_t) { return std::string{}; };
    static constexpr std::tuple members{field{"", &ncsnv2_cascade::pooled, no_name}, field{"", &ncsnv2_cascade::dilated, no_name}};

    ncsnv2_cascade() = default;
    /// dilation 0: the image is halved, one row and one column of zeros before it where its extents are odd.
    ncsnv2_cascade(std::size_t in, std::size_t out, std::size_t dilation, philox& rng) requires Array<P> {
        if (dilation == 0)
            pooled.push_back({pooled_residual<unconditional_norm, P>(in, out, 1, rng, true), plain_residual<unconditional_norm, P>(out, 1, rng)});
        else
            dilated.push_back({dilated_residual<unconditional_norm, P>(in, out, 1, rng, dilation),
                               plain_residual<unconditional_norm, P>(out, 1, rng, dilation)});
    }
    auto operator()(const Differentiable auto& x, const auto& z) const { return pooled.empty() ? dilated.front()(x, z) : pooled.front()(x, z); }
};

/// Images [N, H, W, channels] with values in [0, 1], centred before the first convolution; H and W as often even as they are halved, or odd together.
/// The wiring is refinenet's; norms are unconditional and in the residual blocks only, and chained pooling takes the largest element. The output is
/// f, of which scaled_by_noise makes the score f/σ.   Parameters at n = 128 and 3 channels: 29,694,083; undilated as many; deeper 83,445,379; deepest
/// 94,132,611. Names of the parameters are those of the official checkpoints.
template <class P> struct ncsnv2 {
    using first_cascade = cascade<residual_block<P, unconditional_norm>, residual_block<P, unconditional_norm>>;
    using refine = refine_block<P, no_norm, max_pool5>;

    conv_layer<P> begin_conv;
    unconditional_instance_norm<P> normalizer;
    conv_layer<P> end_conv;
    first_cascade res1;
    ncsnv2_cascade<P> res2, res3, res4;
    std::vector<ncsnv2_cascade<P>> res31, res5;          ///< none or one
    refine refine1, refine2, refine3, refine4;
    std::vector<refine> refine31, refine5;               ///< none or one
    static constexpr std::tuple members{
        field{"begin_conv", &ncsnv2::begin_conv}, field{"normalizer", &ncsnv2::normalizer}, field{"end_conv", &ncsnv2::end_conv},
        field{"res1", &ncsnv2::res1}, field{"res2", &ncsnv2::res2}, field{"res3", &ncsnv2::res3},
        field{"", &ncsnv2::res31, [](std::size_t) { return std::string{"res31"}; }}, field{"res4", &ncsnv2::res4},
        field{"", &ncsnv2::res5, [](std::size_t) { return std::string{"res5"}; }}, field{"refine1", &ncsnv2::refine1},
        field{"refine2", &ncsnv2::refine2}, field{"", &ncsnv2::refine31, [](std::size_t) { return std::string{"refine31"}; }},
        field{"refine3", &ncsnv2::refine3}, field{"refine4", &ncsnv2::refine4},
        field{"", &ncsnv2::refine5, [](std::size_t) { return std::string{"refine5"}; }}};

    ncsnv2() = default;
    ncsnv2(ncsnv2_settings s, philox& rng) requires Array<P>
        : begin_conv{s.channels, s.features, rng},
          normalizer{s.features, 1, rng},
          end_conv{s.features, s.channels, rng},
          res1{plain_residual<unconditional_norm, P>(s.features, 1, rng), plain_residual<unconditional_norm, P>(s.features, 1, rng)} {
        const bool long_way = s.depth == ncsnv2_depth::deeper || s.depth == ncsnv2_depth::deepest;
        const std::size_t n = s.features, wide = long_way ? 4 * n : 2 * n, without_holes = s.depth == ncsnv2_depth::undilated ? 0 : 1;
        res2 = {n, 2 * n, 0, rng};
        res3 = {2 * n, 2 * n, long_way ? 0 : 2 * without_holes, rng};
        if (s.depth == ncsnv2_depth::deepest) res31.push_back({2 * n, 2 * n, 0, rng});
        res4 = {2 * n, wide, (long_way ? 2 : 4) * without_holes, rng};
        if (long_way) res5.push_back({wide, wide, 4, rng});
        refine1 = {{wide}, wide, 1, rng};
        refine2 = {{wide, wide}, 2 * n, 1, rng};
        if (s.depth == ncsnv2_depth::deepest) refine31.push_back({{2 * n, 2 * n}, 2 * n, 1, rng});
        refine3 = {{2 * n, 2 * n}, long_way ? 2 * n : n, 1, rng};
        refine4 = {{long_way ? 2 * n : n, long_way ? 2 * n : n}, n, 1, rng, long_way ? std::size_t{1} : 3};
        if (long_way) refine5.push_back({{n, n}, n, 1, rng, 3});
    }

    auto operator()(const Differentiable auto& x) const {
        const auto first = res1(begin_conv(2.0 * x - 1.0), no_noise);
        std::vector<std::remove_const_t<decltype(first)>> layers{first};
        for (const auto* down : encoder()) layers.push_back((*down)(layers.back(), no_noise));
        auto up = refine1(layers.back(), no_noise);
        for (const refine* block : decoder()) {
            layers.pop_back();
            up = (*block)(layers.back(), up, no_noise);
        }
        return end_conv(normalizer(up, no_noise, elu));
    }

    /// What follows res1 on the way down, and refine1 on the way up, in this order.
    std::vector<const ncsnv2_cascade<P>*> encoder() const { return in_order<ncsnv2_cascade<P>>({&res2, &res3}, res31, {&res4}, res5); }
    std::vector<const refine*> decoder() const { return in_order<refine>({&refine2}, refine31, {&refine3, &refine4}, refine5); }

private:
    template <class Part> static std::vector<const Part*> in_order(std::vector<const Part*> parts, const std::vector<Part>& middle,
                                                                   const std::vector<const Part*>& more, const std::vector<Part>& last) {
        for (const Part& one : middle) parts.push_back(&one);
        parts.insert(parts.end(), more.begin(), more.end());
        for (const Part& one : last) parts.push_back(&one);
        return parts;
    }
};

}  // namespace ncsn
