// SPDX-License-Identifier: Apache-2.0
/// \file  Layers and residual block of the energies of diffusion recovery likelihood.
#pragma once

#include <ncsn/layers/spectral_norm.hpp>

namespace ncsn {

/// How a weight is bounded: W/σ(W), whatever σ; or only where σ is above 1. Vectors are divided by 1e-6 at least, as TensorFlow has it.
struct spectral_unit {
    static constexpr double least = 1e-6;
    template <Differentiable W> static W of(const W& weight, const array_under_t<W>& u) { return spectrally_normalized(weight, u, least); }
};
struct spectral_cap {
    static constexpr double least = spectral_unit::least;
    template <Differentiable W> static W of(const W& weight, const array_under_t<W>& u) { return spectrally_capped(weight, u, least); }
};

/// Normal numbers of that deviation, those beyond two deviations drawn again (TensorFlow's truncated normal).
template <Array A> A truncated_normal(const shape& s, double deviation, philox& rng) {
    using T = typename A::value_type;
    std::vector<T> numbers;
    while (numbers.size() < s.size())
        for (const T z : normal<tensor<T, cpu>>(s, rng).values())
            if (std::abs(z) <= 2 && numbers.size() < s.size()) numbers.push_back(static_cast<T>(deviation) * z);
    return {s, std::span<const T>{numbers}};
}

/// A weight and the vector by which its largest singular value is known.
template <class P, class Bound = spectral_unit> struct bounded_weight {
    P weight;                      ///< [out, ...]
    buffer<array_under_t<P>> u;    ///< the left vector so far, [1, out]
    static constexpr std::tuple members{field{"weight", &bounded_weight::weight}, field{"u", &bounded_weight::u}};

    bounded_weight() = default;
    /// Glorot's initialisation times √scale: uniform on ±√(6 scale/(fan in + fan out)).
    bounded_weight(const shape& s, philox& rng, double scale = 1) requires Array<P>
        : weight{uniform<P>(s, -bound(s, scale), bound(s, scale), rng)}, u{truncated_normal<P>({1, s[0]}, 0.02, rng)} {}

    /// The weight as it is used.
    auto operator()() const { return Bound::of(weight, u.value); }
    void advance() { u.value = power_step<array_under_t<P>, array_under_t<P>>{u.value, plain(weight), Bound::least}.u; }

private:
    static double bound(const shape& s, double scale) {
        const double window = static_cast<double>(s.row_size()) / static_cast<double>(s.back());
        return std::sqrt(6 * scale / (window * static_cast<double>(s.back() + s[0])));
    }
};

/// y = W * x + b, 3x3, W bounded.   x: [N, H, W, in] -> [N, H, W, out].   b = 0.
template <class P> struct bounded_conv {
    bounded_weight<P> weights;  ///< [out, 3, 3, in]
    P bias;                     ///< [out]
    static constexpr std::tuple members{field{"", &bounded_conv::weights}, field{"bias", &bounded_conv::bias}};

    bounded_conv() = default;
    bounded_conv(std::size_t in, std::size_t out, philox& rng) requires Array<P> : weights{{out, 3, 3, in}, rng}, bias{shape{out}} {}

    auto operator()(const Differentiable auto& x) const { return conv2d(x, weights(), bias, conv_settings{}.window()); }
};
/// y = x Wᵀ + b, W bounded.   x: [N, in] -> [N, out].   b = 0.
template <class P> struct bounded_dense {
    bounded_weight<P> weights;  ///< [out, in]
    P bias;                     ///< [out]
    static constexpr std::tuple members{field{"", &bounded_dense::weights}, field{"bias", &bounded_dense::bias}};

    bounded_dense() = default;
    bounded_dense(std::size_t in, std::size_t out, philox& rng) requires Array<P> : weights{{out, in}, rng}, bias{shape{out}} {}

    auto operator()(const Differentiable auto& x) const { return matmul(x, weights()) + bias; }
};
/// y = g (W * x + b), 3x3, W capped: the last layer of a residual branch, which starts near zero.   x: [N, H, W, in] -> [N, H, W, out].
template <class P> struct scaled_conv {
    bounded_weight<P, spectral_cap> weights;  ///< [out, 3, 3, in]
    P bias;                                   ///< [out]
    P scale;                                  ///< g, [out]
    static constexpr std::tuple members{field{"", &scaled_conv::weights}, field{"bias", &scaled_conv::bias}, field{"scale", &scaled_conv::scale}};
    static constexpr double smallness = 1e-10;                                      // of the weights' variance at the start, in Glorot's

    scaled_conv() = default;
    scaled_conv(std::size_t in, std::size_t out, philox& rng) requires Array<P>
        : weights{{out, 3, 3, in}, rng, smallness}, bias{shape{out}}, scale({out}, 1) {}

    auto operator()(const Differentiable auto& x) const {                           // g in the weights costs no pass over y
        const std::size_t out = shape_of(scale)[0];
        return conv2d(x, weights() * reshaped(scale, {out, 1, 1, 1}), bias * scale, conv_settings{}.window());
    }
};

/// y = conv2(A(conv1(A(x)) + temb_proj(e))) + shortcut(x),  A = leaky ReLU of slope 0.2, e the embedded time after A; the shortcut is a convolution
/// where the number of channels changes (Gao et al. 2021, Table 4 (e)).   x: [N, H, W, in], e: [N or 1, time] -> [N, H, W, out].
template <class P> struct recovery_block {
    bounded_conv<P> conv1;
    bounded_dense<P> temb_proj;
    scaled_conv<P> conv2;
    std::vector<bounded_conv<P>> shortcut;  ///< none or one
    leaky_relu activation;
    static constexpr std::tuple members{field{"conv1", &recovery_block::conv1}, field{"temb_proj", &recovery_block::temb_proj},
                                        field{"conv2", &recovery_block::conv2},
                                        field{"", &recovery_block::shortcut, [](std::size_t) { return std::string{"conv_shortcut"}; }},
                                        field{"activation", &recovery_block::activation}};

    recovery_block() = default;
    recovery_block(std::size_t in, std::size_t out, std::size_t time, philox& rng) requires Array<P>
        : conv1{in, out, rng}, temb_proj{time, out, rng}, conv2{out, out, rng} {
        if (in != out) shortcut.emplace_back(in, out, rng);
    }
    auto operator()(const Differentiable auto& x, const Differentiable auto& e) const {
        const auto shift = temb_proj(e);
        const shape s = shape_of(shift);
        const auto h = conv2(activation(conv1(activation(x)) + reshaped(shift, {s[0], 1, 1, s[1]})));
        return shortcut.empty() ? h + x : h + shortcut.front()(x);
    }
};

}  // namespace ncsn
