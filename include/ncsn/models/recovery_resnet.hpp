// SPDX-License-Identifier: Apache-2.0
/// \file  The image energy of diffusion recovery likelihood: a Wide ResNet without normalisation.
#pragma once

#include <ncsn/layers/recovery_block.hpp>
#include <ncsn/layers/timestep_embedding.hpp>
#include <ncsn/models/score_model.hpp>

#include <utility>

namespace ncsn {

/// The channels of each level in units of the width: those of Gao et al. (2021), Table 4, for 32, 64 and 128 pixels and its code's for 256; for other
/// extents as many levels as can be halved to 4 pixels or more, with the same multipliers: 1, then 2 three times, then 4.
inline std::vector<std::size_t> recovery_multipliers(std::size_t height, std::size_t width) {
    require(height > 0 && width > 0, "recovery_multipliers: images of ", height, " x ", width, "; at least one pixel was expected");
    constexpr std::size_t smallest = 4, largest_with_one = 128;
    std::vector<std::size_t> result{1};
    std::size_t side = std::min(height, width);
    for (std::size_t h = height, w = width; h % 2 == 0 && w % 2 == 0 && std::min(h, w) / 2 >= smallest; h /= 2, w /= 2)
        result.push_back(result.size() < 4 ? 2 : 4);
    if (side > largest_with_one && result.size() > 2) {                             // 256: 1, 1, 2, 2, 2, 4, 4
        result.insert(result.begin(), 1);
        result.pop_back();
    }
    return result;
}

struct recovery_resnet_settings {
    std::size_t channels = 3, width = 128, blocks = 2;       ///< of the images; of the first level; residual blocks a level, the papers' N
    std::vector<std::size_t> multipliers = {1, 2, 2, 2};     ///< channels of the sizes in units of the width
    std::size_t levels = 0;                                  ///< of noise, that it is to know; 0: not said, so any process is taken

    void check() const {
        require(channels > 0 && width >= 4 && blocks > 0 && !multipliers.empty(), "recovery_resnet: channels = ", channels, ", width = ", width,
                ", blocks = ", blocks, ", ", multipliers.size(), " levels; at least 1, 4, 1 and 1 were expected");
        for (const std::size_t m : multipliers) require(m > 0, "recovery_resnet: a multiplier is 0; 1 or more were expected");
    }
};

/// f = Σ_c h_c w_c,  w = W e + b of the embedded time e: the head of the published code.   h: [N, C] -> [N, 1].
template <class P> struct time_product_head {
    P weight;  ///< [C, time]
    P bias;    ///< [C]
    static constexpr std::tuple members{field{"weight", &time_product_head::weight}, field{"bias", &time_product_head::bias}};

    time_product_head() = default;
    time_product_head(std::size_t channels, std::size_t time, philox& rng) requires Array<P>
        : weight{bounded_weight<P>{{channels, time}, rng}.weight}, bias{shape{channels}} {}
    auto operator()(const Differentiable auto& h, const Differentiable auto& e) const { return row_dot(h, matmul(e, weight) + bias); }
};
/// f = w·h + b: the head of the paper ("global sum, Dense 1"), which does not look at the time.   h: [N, C] -> [N, 1].
template <class P> struct dense_head {
    bounded_dense<P> dense;
    static constexpr std::tuple members{field{"", &dense_head::dense}};

    dense_head() = default;
    dense_head(std::size_t channels, std::size_t, philox& rng) requires Array<P> : dense{channels, 1, rng} {}
    auto operator()(const Differentiable auto& h, const Differentiable auto&) const { return dense(h); }
};

/// The residual blocks between two poolings.
template <class P> struct recovery_stage {
    std::vector<recovery_block<P>> blocks;
    static constexpr std::tuple members{field{"", &recovery_stage::blocks}};
};

/// E(x, t) = -f(x, t): a 3x3 convolution; at each level `blocks` residual blocks, and means over 2x2 between levels; ReLU, the sum over all places,
/// and a head. Time enters every block: waves of t, two dense layers. Every weight but the coded head's has its largest singular value held at 1, or
/// below it at the end of each block (Gao et al. 2021, Table 4, and its code, net_res_temb2).
/// A call takes one step of power iteration from the buffers u and changes nothing; advance() keeps it. The published code keeps it in every call.
/// x: [N, H, W, C] in [-1, 1], H and W multiples of 2^(levels-1); levels' indices are t -> [N, 1].
template <class P, class Head = time_product_head<P>> struct recovery_resnet {
    bounded_conv<P> conv_in;
    bounded_dense<P> dense0, dense1;            ///< width -> 4 width -> 4 width, of the time
    std::vector<recovery_stage<P>> stages;
    Head head;
    leaky_relu activation;
    std::size_t known = 0;
    static constexpr std::tuple members{field{"conv_in", &recovery_resnet::conv_in}, field{"dense0", &recovery_resnet::dense0},
                                        field{"dense1", &recovery_resnet::dense1}, field{"levels", &recovery_resnet::stages},
                                        field{"head", &recovery_resnet::head}, field{"activation", &recovery_resnet::activation},
                                        field{"known", &recovery_resnet::known}};

    recovery_resnet() = default;
    recovery_resnet(const recovery_resnet_settings& s, philox& rng) requires Array<P> : known{s.levels} {
        s.check();
        const std::size_t time = 4 * s.width;
        conv_in = {s.channels, s.width, rng};
        dense0 = {s.width, time, rng};
        dense1 = {time, time, rng};
        std::size_t in = s.width;
        for (const std::size_t m : s.multipliers) {
            recovery_stage<P> stage;
            for (std::size_t k = 0; k < s.blocks; ++k) stage.blocks.emplace_back(std::exchange(in, m * s.width), m * s.width, time, rng);
            stages.push_back(std::move(stage));
        }
        head = {in, time, rng};
    }

    template <Differentiable X> auto operator()(const X& x, const noise_levels& z) const {
        check(shape_of(x));
        const auto e = embedded(z);
        auto h = conv_in(x);
        for (std::size_t level = 0; level < stages.size(); ++level) {
            if (level > 0) h = average_pool(h, pool_window{2, 2, 0});
            for (const auto& block : stages[level].blocks) h = block(h, e);
        }
        const shape s = shape_of(h);
        return -head(reshaped(summed_to(relu(h), {s[0], 1, 1, s[3]}), {s[0], s[3]}), e);
    }
    /// The number of noise levels that it was made for: those of a process have to be as many. 0 where nobody said.
    std::size_t levels() const { return known; }
    /// The embedded time after the activation, as blocks and head get it: [N or 1, 4 width].
    auto embedded(const noise_levels& z) const {
        require_index(z, known, "recovery_resnet");
        const std::vector<double> t(z.index.begin(), z.index.end());
        return activation(dense1(activation(dense0(timestep_embedding<array_under_t<P>>(t, shape_of(dense0.weights.weight)[1])))));
    }

private:
    void check(const shape& s) const {
        const std::size_t factor = std::size_t{1} << (stages.size() - 1), channels = shape_of(conv_in.weights.weight)[3];
        require(s.rank() == 4 && s[3] == channels && s[1] % factor == 0 && s[2] % factor == 0, "recovery_resnet: x is ", s, "; [N, H, W, ", channels,
                "] with H and W multiples of ", factor, " (", stages.size(), " levels) was expected");
    }
};

}  // namespace ncsn
