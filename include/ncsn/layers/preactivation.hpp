// SPDX-License-Identifier: Apache-2.0
/// \file  The residual block of the reproducibility report's networks.
#pragma once

#include <ncsn/autodiff/image_operations.hpp>
#include <ncsn/autodiff/module.hpp>

#include <string>
#include <vector>

namespace ncsn {

/// What a block does with the extents of its images, after everything else: the mean of 2x2 blocks, or bilinear interpolation with the edges on the
/// edges.
enum class resizing { none, halved, doubled };

template <Differentiable X> X resized(const X& x, resizing by) {
    const shape& s = shape_of(x);
    if (by == resizing::none) return x;
    if (by == resizing::doubled) return resize_bilinear(x, 2 * s[1], 2 * s[2], alignment::edges);
    require(s[1] % 2 == 0 && s[2] % 2 == 0, "resized: x is ", s, "; even height and width were expected, to be halved");
    return average_pool(x, pool_window{2, 2, 0});
}

/// y = resize(conv2(A(N₂(conv1(A(N₁(x)))))) + shortcut(x)),  A = ELU. conv1 changes the channels; where it does, the shortcut is a 1x1 convolution of
/// the raw x, else the identity.   x: [N, H, W, in] -> [N, H', W', out].   z goes to the norms.
template <class Conv, class Norm> struct preactivation_block {
    Norm normalize1;
    Conv conv1;
    Norm normalize2;
    Conv conv2;
    std::vector<Conv> shortcut;  ///< none or one
    resizing size = resizing::none;
    static constexpr std::tuple members{
        field{"normalize1", &preactivation_block::normalize1}, field{"conv1", &preactivation_block::conv1},
        field{"normalize2", &preactivation_block::normalize2}, field{"conv2", &preactivation_block::conv2},
        field{"", &preactivation_block::shortcut, [](std::size_t) { return std::string{"shortcut"}; }}, field{"size", &preactivation_block::size}};

    preactivation_block() = default;
    preactivation_block(std::size_t in, std::size_t out, std::size_t levels, auto& rng, std::size_t dilation = 1, resizing r = resizing::none)
        : normalize1{in, levels}, conv1{in, out, rng, {.dilation = dilation}}, normalize2{out, levels}, conv2{out, out, rng, {.dilation = dilation}},
          size{r} {
        if (in != out) shortcut.push_back({in, out, rng, {.kernel_size = 1}});
    }
    template <Differentiable X> auto operator()(const X& x, const auto& z) const {
        const auto h = conv2(normalize2(conv1(normalize1(x, z, elu)), z, elu));
        return shortcut.empty() ? resized(h + x, size) : resized(h + shortcut.front()(x), size);
    }
};

}  // namespace ncsn
