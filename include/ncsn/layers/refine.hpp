// SPDX-License-Identifier: Apache-2.0
/// \file  The pieces of a RefineNet's decoder (Lin et al. 2017, as the NCSN code adapts them).
#pragma once

#include <ncsn/layers/conv2d.hpp>
#include <ncsn/layers/instance_norm.hpp>

namespace ncsn {

/// "1_1_norm", "1_2_norm", "2_1_norm", ...: the papers' names of the two stages of each block.
inline std::string stage_norm(std::size_t i) { return std::to_string(i / 2 + 1) + '_' + std::to_string(i % 2 + 1) + "_norm"; }
inline std::string stage_conv(std::size_t i) { return std::to_string(i / 2 + 1) + '_' + std::to_string(i % 2 + 1) + "_conv"; }

/// Residual convolution units: `blocks` times  x <- x + conv(A(N(conv(A(N(x)))))),  3x3 without bias.
template <class P, class Norm> struct residual_units {
    std::vector<typename Norm::template layer<P>> norms;
    std::vector<conv_layer<P, without_bias>> convs;
    static constexpr std::tuple members{field{"", &residual_units::norms, stage_norm}, field{"", &residual_units::convs, stage_conv}};

    residual_units() = default;
    residual_units(std::size_t channels, std::size_t blocks, std::size_t levels, philox& rng) requires Array<P> {
        for (std::size_t i = 0; i < 2 * blocks; ++i) {
            norms.emplace_back(channels, levels, rng);
            convs.emplace_back(channels, channels, rng);
        }
    }
    template <Differentiable X> auto operator()(const X& x, const auto& z) const {
        const auto unit = [&](const auto& in, std::size_t i) { return convs[i + 1](norms[i + 1](convs[i](norms[i](in, z, elu)), z, elu)) + in; };
        auto y = unit(x, 0);
        for (std::size_t i = 2; i < convs.size(); i += 2) y = unit(y, i);
        return y;
    }
};

/// How the images of a decoder are resized, for `fusion`.
struct by_corners {
    static constexpr alignment on = alignment::corners;
};
struct by_edges {
    static constexpr alignment on = alignment::edges;
};

/// Multi-resolution fusion: Σᵢ resize(convᵢ(Nᵢ(xᵢ))) at the size of the first input.
template <class Conv, class Norm, class Resize = by_corners> struct fusion {
    std::vector<Conv> convs;
    std::vector<Norm> norms;
    static constexpr std::tuple members{field{"convs", &fusion::convs}, field{"norms", &fusion::norms}};

    template <Differentiable X> auto operator()(const X& fine, const X& coarse, const auto& z) const {
        return convs[0](norms[0](fine, z)) + resize_bilinear(convs[1](norms[1](coarse, z)), shape_of(fine)[1], shape_of(fine)[2], Resize::on);
    }
};

/// The pools of `chained_pooling`: 5x5, and the size stays. The mean with zeros of the padding, the mean of what is inside, and the maximum.
struct mean_pool5 {
    template <Differentiable X> X operator()(const X& x) const { return average_pool(x, pool_window{5, 1, 2}); }
};
struct mean_pool5_inside {
    template <Differentiable X> X operator()(const X& x) const { return average_pool_inside(x, pool_window{5, 1, 2}); }
};
struct max_pool5 {
    template <Differentiable X> X operator()(const X& x) const { return max_pool(x, pool_window{5, 1, 2}); }
};

/// Chained residual pooling: x <- A(x), p = x; twice  p <- conv(pool(N(p))), x <- x + p.
template <class Conv, class Norm, class Pool = mean_pool5> struct chained_pooling {
    std::vector<Conv> convs;
    std::vector<Norm> norms;
    static constexpr std::tuple members{field{"convs", &chained_pooling::convs}, field{"norms", &chained_pooling::norms}};

    template <Differentiable X> auto operator()(const X& in, const auto& z) const {
        const X x = elu(in);
        auto path = convs[0](Pool{}(norms[0](x, z)));
        auto y = x + path;
        for (std::size_t i = 1; i < convs.size(); ++i) {
            path = convs[i](Pool{}(norms[i](path, z)));
            y = y + path;
        }
        return y;
    }
};

/// One step of the decoder: each input through two residual units, fusion when there are two, chained pooling, and one unit (three at the end).
template <class P, class Norm, class Pool = mean_pool5> struct refine_block {
    std::vector<residual_units<P, Norm>> adapt_convs;
    residual_units<P, Norm> output_convs;
    fusion<conv_layer<P>, typename Norm::template layer<P>> msf;
    chained_pooling<conv_layer<P, without_bias>, typename Norm::template layer<P>, Pool> crp;
    static constexpr std::tuple members{field{"adapt_convs", &refine_block::adapt_convs}, field{"output_convs", &refine_block::output_convs},
                                        field{"msf", &refine_block::msf}, field{"crp", &refine_block::crp}};

    refine_block() = default;
    /// inputs: the channels of the one or two inputs, the finer first; out: channels of the result.
    refine_block(std::initializer_list<std::size_t> inputs, std::size_t out, std::size_t levels, philox& rng,
                 std::size_t output_units = 1) requires Array<P> : output_convs{out, output_units, levels, rng} {
        for (const std::size_t channels : inputs) {
            adapt_convs.emplace_back(channels, 2, levels, rng);
            if (inputs.size() == 1) continue;
            msf.convs.emplace_back(channels, out, rng);
            msf.norms.emplace_back(channels, levels, rng);
        }
        for (int stage = 0; stage < 2; ++stage) {
            crp.convs.emplace_back(out, out, rng);
            crp.norms.emplace_back(out, levels, rng);
        }
    }
    auto operator()(const Differentiable auto& x, const auto& z) const { return output_convs(crp(adapt_convs[0](x, z), z), z); }
    auto operator()(const Differentiable auto& fine, const Differentiable auto& coarse, const auto& z) const {
        return output_convs(crp(msf(adapt_convs[0](fine, z), adapt_convs[1](coarse, z), z), z), z);
    }
};

}  // namespace ncsn
