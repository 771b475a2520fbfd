// SPDX-License-Identifier: Apache-2.0
/// \file  Convolutions of networks that are only evaluated, with the batch normalisation behind them folded in.
#pragma once

#include <ncsn/arrays/grouped_convolution.hpp>
#include <ncsn/arrays/random.hpp>
#include <ncsn/autodiff/module.hpp>

#include <cmath>

namespace ncsn {

/// Arrays of the host, on which alone networks are that are only evaluated.
template <class A> concept HostArray = Array<A> && std::same_as<typename A::device_type, cpu>;

/// How the kernel moves, its sides, and what follows.
struct folded_conv_settings {
    grouped_window window = {};                                                     // first: g++ 12 with AVX-512 fills it with ones behind the others
    std::size_t height = 1, width = 1;
    activation bend = activation::rectified;
};

/// y = f(W * x + b).   x: [N, H, W, in] -> [N, H', W', out].   Value only, on the host; f is an activation. Uniform on ±1/√(in kh kw / groups), b =
/// 0.
template <class P> struct folded_conv {
    P weight;  ///< [out, kh, kw, in/groups]
    P bias;    ///< [out]
    grouped_window window;
    activation bend = activation::none;
    static constexpr std::tuple members{field{"weight", &folded_conv::weight}, field{"bias", &folded_conv::bias},
                                        field{"window", &folded_conv::window}, field{"bend", &folded_conv::bend}};

    folded_conv() = default;
    folded_conv(std::size_t in, std::size_t out, philox& rng, folded_conv_settings s = {}) requires Array<P>
        : bias{shape{out}}, window{s.window}, bend{s.bend} {
        const std::size_t seen = in / window.groups;
        const double bound = 1 / std::sqrt(static_cast<double>(seen * s.height * s.width));
        weight = uniform<P>({out, s.height, s.width, seen}, -bound, bound, rng);
    }

    template <HostArray A> A operator()(const A& x) const { return (*this)(x, A{}); }
    /// f(W * x + b + added).
    template <HostArray A> A operator()(const A& x, const A& added) const {
        return convolve(x, weight, bias, window, bend, added);
    }
};

/// What evaluation by running statistics does to a channel:  y = γ (x - μ)/√(v + ε) + β.
struct channel_normalization {
    tensor<double, cpu> weight, bias, running_mean, running_var;  ///< γ, β, μ, v: [C]
    double epsilon = 1e-3;
};

/// The convolution that W followed by a normalisation is:  weight = W γ/√(v + ε), bias = β - μ γ/√(v + ε).   W: [out, kh, kw, in/groups], as it has.
template <class P> void fold(folded_conv<P>& to, const tensor<double, cpu>& w, const channel_normalization& n) {
    using T = typename P::value_type;
    const shape channels{to.weight.shape()[0]};
    require(w.shape() == to.weight.shape(), "fold: weight is ", w.shape(), " but the convolution has ", to.weight.shape());
    for (const auto* part : {&n.weight, &n.bias, &n.running_mean, &n.running_var})
        require(part->shape() == channels, "fold: a normalisation of ", part->shape(), " channels behind ", channels);
    auto weight = P::uninitialized(w.shape()), bias = P::uninitialized(channels);
    T *to_weight = weight.write(), *to_bias = bias.write();
    const std::size_t each = w.shape().row_size();
    for (std::size_t o = 0; o < channels[0]; ++o) {
        require(n.running_var[o] + n.epsilon > 0, "fold: channel ", o, " has the variance ", n.running_var[o], "; 0 or more was expected");
        const double scale = n.weight[o] / std::sqrt(n.running_var[o] + n.epsilon);
        for (std::size_t k = o * each; k < (o + 1) * each; ++k) to_weight[k] = static_cast<T>(scale * w[k]);
        to_bias[o] = static_cast<T>(n.bias[o] - n.running_mean[o] * scale);
    }
    to.weight = std::move(weight);
    to.bias = std::move(bias);
}

}  // namespace ncsn
