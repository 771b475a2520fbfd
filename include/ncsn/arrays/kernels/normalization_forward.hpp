// SPDX-License-Identifier: Apache-2.0
/// \file  The value of InstanceNorm++ with its activation, on a device that runs kernels.
#pragma once

#include <ncsn/arithmetic/elementary.hpp>
#include <ncsn/arrays/kernels/channel_pack.hpp>
#include <ncsn/arrays/kernels/norm_walk.hpp>
#include <ncsn/arrays/instance_norm_plus.hpp>

#include <cmath>

namespace ncsn {

/// The mean of a chunk and the sum of squares around it.   means, squares: [N, parts, C].
template <class T, std::size_t W> struct norm_chunk_moments {
    const T* x;
    computing_type<T>*means, *squares;
    norm_walk walk;

    template <class Index> NCSN_HD void operator()(Index index) const {
        using S = computing_type<T>;
        const auto [n, part, first, last, c] = walk(index);
        const T* from = x + (n * walk.positions + first) * walk.channels + c;
        const auto shift = channel_pack<T, W>::load(from);
        S sum[W] = {}, second[W] = {};
        for (std::uint32_t p = first + 1; p < last; ++p) {
            from += walk.channels;
            const auto v = channel_pack<T, W>::load(from);
            for (std::size_t k = 0; k < W; ++k) {
                const S d = v.value[k] - shift.value[k];
                sum[k] += d;
                second[k] = multiply_add(d, d, second[k]);
            }
        }
        const S share = 1 / static_cast<S>(last - first);
        channel_pack<S, W> mean, spread;
        for (std::size_t k = 0; k < W; ++k) {
            mean.value[k] = multiply_add(sum[k], share, shift.value[k]);
            const S rest = multiply_add(-sum[k] * share, sum[k], second[k]);
            spread.value[k] = rest > 0 ? rest : (rest == rest ? S(0) : rest);
        }
        const std::size_t to = (n * walk.parts + part) * walk.channels + c;
        mean.store(means + to);
        spread.store(squares + to);
    }
};

/// What a sample's channels are multiplied with, from its chunks: f(γ (h + α r) + β) = f(slope (x - μ) + offset).
template <class T> struct norm_coefficients {
    using S = computing_type<T>;
    const S *means, *squares;
    norm_parameter<T> gamma, alpha, beta;
    S *mean, *inverse_deviation, *relative, *relative_scale, *slope, *offset;
    std::uint32_t channels, positions, parts;
    double epsilon;

    NCSN_HD double length(std::uint32_t part) const {                               // positions of a chunk
        return part + 1 < parts ? norm_chunk : positions - part * norm_chunk;
    }
    template <class Group> NCSN_HD void operator()(std::size_t n, const Group& group) const {
        S *const mu = mean + n * channels, *const inverse = inverse_deviation + n * channels;
        group.each(channels, [&, this](std::uint32_t c) {
            const S *const m = means + n * parts * channels + c, *const q = squares + n * parts * channels + c;
            double middle = 0, spread = 0;
            for (std::uint32_t part = 0; part < parts; ++part) middle += length(part) * m[std::size_t{part} * channels];
            middle /= positions;
            for (std::uint32_t part = 0; part < parts; ++part) {
                const double d = m[std::size_t{part} * channels] - middle;
                spread += q[std::size_t{part} * channels] + length(part) * d * d;
            }
            mu[c] = static_cast<S>(middle);
            inverse[c] = static_cast<S>(1 / std::sqrt(spread / positions + epsilon));
        });
        const double middle = group.sum(channels, [=](std::uint32_t c) { return static_cast<double>(mu[c]); }) / channels;
        const double spread = group.sum(channels, [=](std::uint32_t c) { return (mu[c] - middle) * (mu[c] - middle); });
        const double factor = channels > 1 ? 1 / std::sqrt(spread / (channels - 1) + epsilon) : 0;
        group.each(1, [&, this](std::uint32_t) { relative_scale[n] = static_cast<S>(factor); });
        group.each(channels, [&, this](std::uint32_t c) {
            const S g = static_cast<S>(gamma.row(n)[c]), a = static_cast<S>(alpha.row(n)[c]), b = static_cast<S>(beta.row(n)[c]);
            const S r = static_cast<S>((mu[c] - middle) * factor);
            relative[n * channels + c] = r;
            slope[n * channels + c] = g * inverse[c];
            offset[n * channels + c] = g * a * r + b;
        });
    }
};

/// ELU as a sum of which one part is 0: without a branch, on which the threads of a warp would part.
template <class S> NCSN_HD inline S norm_elu(S z) { return (z > 0 ? z : S(0)) + (falling_exponential(z > 0 ? S(0) : z) - 1); }

/// y = f(slope (x - μ) + offset).
template <class T, std::size_t W, bool Elu> struct norm_application {
    using S = computing_type<T>;
    const T* x;
    T* y;
    const S *mean, *slope, *offset;
    norm_walk walk;

    template <class Index> NCSN_HD void operator()(Index index) const {
        const auto [n, part, first, last, c] = walk(index);
        const std::size_t at = n * walk.channels + c;
        const auto mu = channel_pack<S, W>::load(mean + at), along = channel_pack<S, W>::load(slope + at),
                   add = channel_pack<S, W>::load(offset + at);
        std::size_t place = (n * walk.positions + first) * walk.channels + c;
        for (std::uint32_t p = first; p < last; p += norm_ahead, place += norm_ahead * walk.channels) {
            channel_pack<T, W> v[norm_ahead];
            for (std::uint32_t j = 0; j < norm_ahead; ++j)
                if (p + j < last) v[j] = channel_pack<T, W>::load(x + place + j * walk.channels);
            for (std::uint32_t j = 0; j < norm_ahead; ++j) {
                if (p + j >= last) return;
                for (std::size_t k = 0; k < W; ++k) {
                    const S z = multiply_add(along.value[k], v[j].value[k] - mu.value[k], add.value[k]);
                    v[j].value[k] = Elu ? norm_elu(z) : z;
                }
                v[j].store(y + place + j * walk.channels);
            }
        }
    }
};

/// y of x [N,...,C]; fills saved. bent: y = ELU(z), else y = z.
template <class T, KernelDevice D> tensor<T, D> norm_forward(const tensor<T, D>& x, const norm_parameters<T>& parameters, bool bent,
                                                           instance_norm_plus_saved<tensor<T, D>>& saved, double epsilon) {
    using S = computing_type<T>;
    const shape& xs = x.shape();
    const std::size_t samples = xs[0], channels = xs.back();
    auto y = tensor<T, D>::uninitialized(xs);
    for (auto* small : {&saved.mean, &saved.inverse_deviation, &saved.relative}) *small = tensor<S, D>::uninitialized({samples, channels});
    saved.relative_scale = tensor<S, D>::uninitialized({samples});
    if (x.size() == 0) return y;
    auto slope = tensor<S, D>::uninitialized({samples, channels}), offset = tensor<S, D>::uninitialized({samples, channels});
    const T* from = x.data();
    T* to = y.write();
    S *const slopes = slope.write(), *const offsets = offset.write(), *const mean = saved.mean.write();
    with_pack_width<T>(channels, [&](auto width) {
        const norm_walk chunks{xs, norm_chunk, width()}, strips{xs, norm_strip, width()};
        const shape sums{samples, chunks.parts, channels};
        auto means = tensor<S, D>::uninitialized(sums), squares = tensor<S, D>::uninitialized(sums);
        S *const m = means.write(), *const q = squares.write();
        D::launch(chunks.size(), norm_chunk_moments<T, width()>{from, m, q, chunks});
        D::launch_rows(samples, channels * chunks.parts,
                       norm_coefficients<T>{m, q, parameters.gamma, parameters.alpha, parameters.beta, mean, saved.inverse_deviation.write(),
                                            saved.relative.write(), saved.relative_scale.write(), slopes, offsets, chunks.channels, chunks.positions,
                                            chunks.parts, epsilon});
        if (bent) D::launch(strips.size(), norm_application<T, width(), true>{from, to, mean, slopes, offsets, strips});
        else D::launch(strips.size(), norm_application<T, width(), false>{from, to, mean, slopes, offsets, strips});
    });
    return y;
}
template <class T, KernelDevice D>
tensor<T, D> instance_norm_plus_forward(const tensor<T, D>& x, const tensor<T, D>& gamma, const tensor<T, D>& alpha, const tensor<T, D>& beta,
                                        bool bent, instance_norm_plus_saved<tensor<T, D>>& saved, double epsilon = 1e-5) {
    check_instance_norm_plus(x.shape(), gamma, alpha, beta);
    const std::size_t channels = x.shape().back();
    return norm_forward(x, norm_parameters<T>{{gamma, channels}, {alpha, channels}, {beta, channels}}, bent, saved, epsilon);
}
/// The same with rows [γ | α | β] of parameters, [N,3C] or [1,3C], which are read where they lie.
template <class T, KernelDevice D> tensor<T, D> instance_norm_plus_forward(const tensor<T, D>& x, const tensor<T, D>& rows, bool bent,
                                                                         instance_norm_plus_saved<tensor<T, D>>& saved, double epsilon = 1e-5) {
    return norm_forward(x, norm_thirds(rows, x.shape()), bent, saved, epsilon);
}

}  // namespace ncsn
