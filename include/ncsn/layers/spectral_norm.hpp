// SPDX-License-Identifier: Apache-2.0
/// \file  Layers whose weight is divided by an estimate of its largest singular value.
#pragma once

#include <ncsn/layers/conv2d.hpp>
#include <ncsn/layers/dense.hpp>

namespace ncsn {

/// 1/max(√(Σx²), least), of a sum of squares.
struct inverse_length {
    double least;
    template <class T> NCSN_HD T operator()(T squares) const {
        const double length = std::sqrt(static_cast<double>(squares));
        return static_cast<T>(1 / (length > least ? length : least));
    }
};
/// x / max(|x|, least). Nothing is read back, so a device can capture it.
template <Array A> A unit_vector(const A& x, double least = 1e-12) { return x * map(A{sum(square(x))}, inverse_length{least}); }

/// One step of power iteration for W, seen as a matrix [out, everything else] (Miyato et al. 2018, as BigGAN's code has it):
///     v = u W/|u W|,   u' = v Wᵀ/|v Wᵀ|,   σ = v Wᵀ u'ᵀ.
/// u and v are constants for a derivative; σ depends on W. Vectors shorter than `least` are divided by it.   u: [1, out]; σ: [1].
template <Array A, Differentiable W> struct power_step {
    A u;
    W sigma;

    power_step(const A& from, const W& weight, double least = 1e-12) {
        const std::size_t out = shape_of(weight)[0], rest = shape_of(weight).row_size();
        const A matrix = plain(weight).reshaped({out, rest});
        const A v = unit_vector(product(from, matrix, transposed::neither), least);
        u = unit_vector(product(v, matrix, transposed::right), least);
        sigma = summed_to(matmul(v, reshaped(weight, {out, rest})) * u, {1});
    }
};

/// W/σ after one step from u.
template <Array A, Differentiable W> W spectrally_normalized(const W& weight, const A& u, double least = 1e-12) {
    return weight * reciprocal(power_step<A, W>{u, weight, least}.sigma);
}
/// W/max(σ + 1e-6, 1): what is above 1 is brought to it, and smaller weights stay as they are (Gao et al. 2021, for layers that start near zero).
template <Array A, Differentiable W> W spectrally_capped(const W& weight, const A& u, double least = 1e-12) {
    return weight * reciprocal(1.0 + relu(power_step<A, W>{u, weight, least}.sigma + (1e-6 - 1)));
}

/// A layer y = f(x; W/σ(W), b); the bias is not touched. A call estimates σ afresh from u0 and changes nothing; advance() keeps the step, which the
/// papers' code does in every call of a training network.
/// A convolution:   x: [N, H, W, in] -> [N, H', W', out].
template <class P> struct spectral_conv {
    P weight;  ///< [out, k, k, in]
    P bias;    ///< [out]
    buffer<array_under_t<P>> u0, sv0;  ///< the left vector so far, [1, out]; the singular value of the last advance(), [1]
    conv_window window;
    static constexpr std::tuple members{field{"weight", &spectral_conv::weight}, field{"bias", &spectral_conv::bias}, field{"u0", &spectral_conv::u0},
                                        field{"sv0", &spectral_conv::sv0}, field{"window", &spectral_conv::window}};

    spectral_conv() = default;
    spectral_conv(std::size_t in, std::size_t out, philox& rng, conv_settings s = {}) requires Array<P> : window{s.window()} {
        conv_layer<P> drawn{in, out, rng, s};
        weight = std::move(drawn.weight);
        bias = std::move(drawn.bias);
        u0.value = normal<P>({1, out}, rng);
        sv0.value = P({1}, 1);
    }
    auto operator()(const Differentiable auto& x) const { return conv2d(x, spectrally_normalized(weight, u0.value), bias, window); }
    void advance() {
        const power_step<array_under_t<P>, array_under_t<P>> step{u0.value, plain(weight)};
        u0.value = step.u;
        sv0.value = step.sigma;
    }
};
/// A fully connected layer:   x: [N, in] -> [N, out].
template <class P> struct spectral_dense {
    P weight;  ///< [out, in]
    P bias;    ///< [out]
    buffer<array_under_t<P>> u0, sv0;
    static constexpr std::tuple members{field{"weight", &spectral_dense::weight}, field{"bias", &spectral_dense::bias},
                                        field{"u0", &spectral_dense::u0}, field{"sv0", &spectral_dense::sv0}};

    spectral_dense() = default;
    spectral_dense(std::size_t in, std::size_t out, philox& rng) requires Array<P> {
        dense<P> drawn{in, out, rng};
        weight = std::move(drawn.weight);
        bias = std::move(drawn.bias);
        u0.value = normal<P>({1, out}, rng);
        sv0.value = P({1}, 1);
    }
    auto operator()(const Differentiable auto& x) const { return matmul(x, spectrally_normalized(weight, u0.value)) + bias; }
    void advance() {
        const power_step<array_under_t<P>, array_under_t<P>> step{u0.value, plain(weight)};
        u0.value = step.u;
        sv0.value = step.sigma;
    }
};

}  // namespace ncsn
