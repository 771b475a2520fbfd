// SPDX-License-Identifier: Apache-2.0
/// \file  The adjoints of InstanceNorm++ with its activation, on a device that runs kernels.
#pragma once

#include <ncsn/arithmetic/elementary.hpp>
#include <ncsn/arrays/kernels/channel_sums.hpp>
#include <ncsn/arrays/kernels/elementwise.hpp>
#include <ncsn/arrays/kernels/norm_walk.hpp>
#include <ncsn/arrays/instance_norm_plus.hpp>

namespace ncsn {

/// z̄ = ȳ f'(z) of one element, z = slope (x - μ) + offset.
template <bool Elu, class S> NCSN_HD inline S norm_linear_adjoint(S y_adjoint, S centred, S slope, S offset) {
    if constexpr (!Elu) return y_adjoint;
    else {
        const S z = multiply_add(slope, centred, offset);
        return y_adjoint * falling_exponential(z > 0 ? S(0) : z);                   // e⁰ is 1 to the last bit
    }
}

/// visit(place, pack of x, pack of ȳ) for positions [first, last) of sample n and the channels from c on; several are read before the first visit.
template <class T, std::size_t W, class Visit>
NCSN_HD inline void norm_visit(const norm_walk& walk, std::size_t n, std::uint32_t first, std::uint32_t last, std::uint32_t c, const T* x,
                               const T* y_adjoint, const Visit& visit) {
    static constexpr std::uint32_t ahead = norm_ahead / 2;                          // two images are read
    std::size_t place = (n * walk.positions + first) * walk.channels + c;
    for (std::uint32_t p = first; p < last; p += ahead, place += ahead * walk.channels) {
        channel_pack<T, W> v[ahead], adjoint[ahead];
        for (std::uint32_t j = 0; j < ahead; ++j)
            if (p + j < last) {
                v[j] = channel_pack<T, W>::load(x + place + j * walk.channels);
                adjoint[j] = channel_pack<T, W>::load(y_adjoint + place + j * walk.channels);
            }
        for (std::uint32_t j = 0; j < ahead && p + j < last; ++j) visit(place + j * walk.channels, v[j], adjoint[j]);
    }
}

/// S₁ = Σ z̄ and Σ z̄ (x - μ) of a chunk.   first_sums, second_sums: [N, parts, C].
template <class T, std::size_t W, bool Elu> struct norm_chunk_adjoints {
    using S = computing_type<T>;
    const T *x, *y_adjoint;
    const S *mean, *slope, *offset;
    S *first_sums, *second_sums;
    norm_walk walk;

    template <class Index> NCSN_HD void operator()(Index index) const {
        const auto [n, part, first, last, c] = walk(index);
        const std::size_t at = n * walk.channels + c;
        const auto mu = channel_pack<S, W>::load(mean + at), along = channel_pack<S, W>::load(slope + at),
                   add = channel_pack<S, W>::load(offset + at);
        auto one = channel_pack<S, W>::zero(), two = one;
        norm_visit<T, W>(walk, n, first, last, c, x, y_adjoint, [&](std::size_t, const channel_pack<T, W>& v, const channel_pack<T, W>& adjoint) {
            for (std::size_t k = 0; k < W; ++k) {
                const S centred = v.value[k] - mu.value[k];
                const S z = norm_linear_adjoint<Elu>(adjoint.value[k], centred, along.value[k], add.value[k]);
                one.value[k] += z;
                two.value[k] = multiply_add(z, centred, two.value[k]);
            }
        });
        const std::size_t to = (n * walk.parts + part) * walk.channels + c;
        one.store(first_sums + to);
        two.store(second_sums + to);
    }
};

/// Slope and offset of the forward pass again, from what was saved.
template <class T> struct norm_line {
    using S = computing_type<T>;
    norm_parameter<T> gamma, alpha, beta;
    const S *inverse_deviation, *relative;
    S *slope, *offset;
    fast_divmod channels;

    template <class Index> NCSN_HD void operator()(Index index) const {
        const Index n = channels.quotient(index), c = index - n * static_cast<Index>(channels.divisor());
        const S g = static_cast<S>(gamma.row(n)[c]);
        slope[index] = g * inverse_deviation[index];
        offset[index] = g * static_cast<S>(alpha.row(n)[c]) * relative[index] + static_cast<S>(beta.row(n)[c]);
    }
};

/// The parameters' adjoints of a sample, and what x̄ = along_z z̄ + along_x (x - μ) + constant is made of (along_z is the slope).
template <class T> struct norm_adjoint_coefficients {
    using S = computing_type<T>;
    const S *first_sums, *second_sums;
    norm_parameter<T> gamma, alpha;
    const S *inverse_deviation, *relative, *relative_scale;
    S *gammas, *alphas, *betas, *along_x, *constant;
    std::size_t step;                                                               // of the parameters' adjoints, from sample to sample
    std::uint32_t channels, positions, parts;

    template <class Group> NCSN_HD void operator()(std::size_t n, const Group& group) const {
        const std::size_t row = n * channels, own = n * step;
        group.each(channels, [&, this](std::uint32_t c) {
            const S *const one = first_sums + n * parts * channels + c, *const two = second_sums + n * parts * channels + c;
            double s1 = 0, s2 = 0;
            for (std::uint32_t part = 0; part < parts; ++part) {
                s1 += one[std::size_t{part} * channels];
                s2 += two[std::size_t{part} * channels];
            }
            s2 *= inverse_deviation[row + c];
            const double g = static_cast<S>(gamma.row(n)[c]), a = static_cast<S>(alpha.row(n)[c]), r = relative[row + c];
            gammas[own + c] = static_cast<S>(s2 + a * r * s1);
            alphas[own + c] = static_cast<S>(g * r * s1);
            betas[own + c] = static_cast<S>(s1);
            along_x[row + c] = static_cast<S>(-g * inverse_deviation[row + c] * inverse_deviation[row + c] * s2 / positions);
        });
        const auto relative_adjoint = [&, this](std::uint32_t c) {
            return static_cast<double>(static_cast<S>(gamma.row(n)[c])) * static_cast<S>(alpha.row(n)[c]) * betas[own + c];
        };
        const double middle = group.sum(channels, relative_adjoint) / channels;
        const double along = group.sum(channels, [&, this](std::uint32_t c) { return relative_adjoint(c) * relative[row + c]; }) /
                             (channels > 1 ? channels - 1 : 1);
        group.each(channels, [&, this](std::uint32_t c) {
            const double mean_adjoint = relative_scale[n] * (relative_adjoint(c) - middle - relative[row + c] * along);
            const double g = static_cast<S>(gamma.row(n)[c]);
            constant[row + c] = static_cast<S>((mean_adjoint - g * inverse_deviation[row + c] * betas[own + c]) / positions);
        });
    }
};

/// x̄ = slope z̄ + along_x (x - μ) + constant.
template <class T, std::size_t W, bool Elu> struct norm_adjoint_application {
    using S = computing_type<T>;
    const T *x, *y_adjoint;
    T* x_adjoint;
    const S *mean, *slope, *offset, *along_x, *constant;
    norm_walk walk;

    template <class Index> NCSN_HD void operator()(Index index) const {
        const auto [n, part, first, last, c] = walk(index);
        const std::size_t at = n * walk.channels + c;
        const auto mu = channel_pack<S, W>::load(mean + at), along = channel_pack<S, W>::load(slope + at),
                   add = channel_pack<S, W>::load(offset + at), back = channel_pack<S, W>::load(along_x + at),
                   rest = channel_pack<S, W>::load(constant + at);
        norm_visit<T, W>(walk, n, first, last, c, x, y_adjoint, [&](std::size_t place, channel_pack<T, W>& v, const channel_pack<T, W>& adjoint) {
            for (std::size_t k = 0; k < W; ++k) {
                const S centred = v.value[k] - mu.value[k];
                const S z = norm_linear_adjoint<Elu>(adjoint.value[k], centred, along.value[k], add.value[k]);
                v.value[k] = multiply_add(along.value[k], z, multiply_add(back.value[k], centred, rest.value[k]));
            }
            v.store(x_adjoint + place);
        });
    }
};

/// Rows [N,C] in working precision as the adjoint of a parameter of shape s: rounded, or first summed over the samples that shared it.
template <class T, KernelDevice D, class S> tensor<T, D> gathered_over_samples(const tensor<S, D>& rows, const shape& s) {
    return converted<T>(s.size() == rows.size() ? rows.reshaped(s) : sum_of_rows(rows, s));
}

/// Where the adjoints of the parameters go, [N,C] each or thirds of rows.
template <class S> struct norm_adjoint_places {
    S *gamma, *alpha, *beta;
    std::size_t step;
};
/// The adjoint of x; those of the parameters are left, sample by sample, in `places`. The formulas are those of cpu/normalization.hpp.
template <class T, KernelDevice D>
tensor<T, D> norm_backward(const tensor<T, D>& y_adjoint, const tensor<T, D>& x, const norm_parameters<T>& parameters, bool bent,
                           const instance_norm_plus_saved<tensor<T, D>>& saved, const norm_adjoint_places<computing_type<T>>& places) {
    using S = computing_type<T>;
    const shape& xs = x.shape();
    require(y_adjoint.shape() == xs, "instance norm++ adjoint: x is ", xs, " but the adjoint is ", y_adjoint.shape());
    const std::size_t samples = xs[0], channels = xs.back();
    auto x_adjoint = tensor<T, D>::uninitialized(xs);
    const auto row = [&] { return tensor<S, D>::uninitialized({samples, channels}); };
    tensor<S, D> slope = row(), offset = row(), along_x = row(), constant = row();
    S *const slopes = slope.write(), *const offsets = offset.write(), *const back = along_x.write(), *const rest = constant.write();
    const norm_parameter<T> g = parameters.gamma, a = parameters.alpha, b = parameters.beta;
    const S *const inverse = saved.inverse_deviation.data(), *const relative = saved.relative.data(), *const mean = saved.mean.data();
    D::launch(samples * channels, norm_line<T>{g, a, b, inverse, relative, slopes, offsets, fast_divmod{channels}});
    const auto run = [&]<std::size_t W, bool Elu>(std::integral_constant<std::size_t, W>, std::bool_constant<Elu>) {
        const norm_walk chunks{xs, norm_chunk, W}, strips{xs, norm_strip, W};
        const shape sums{samples, chunks.parts, channels};
        auto first = tensor<S, D>::uninitialized(sums), second = tensor<S, D>::uninitialized(sums);
        S *const one = first.write(), *const two = second.write();
        D::launch(chunks.size(), norm_chunk_adjoints<T, W, Elu>{x.data(), y_adjoint.data(), mean, slopes, offsets, one, two, chunks});
        D::launch_rows(samples, channels * chunks.parts,
                       norm_adjoint_coefficients<T>{one, two, g, a, inverse, relative, saved.relative_scale.data(), places.gamma, places.alpha,
                                                    places.beta, back, rest, places.step, chunks.channels, chunks.positions, chunks.parts});
        D::launch(strips.size(), norm_adjoint_application<T, W, Elu>{x.data(), y_adjoint.data(), x_adjoint.write(), mean, slopes, offsets, back, rest,
                                                                     strips});
    };
    with_pack_width<T>(channels, [&](auto width) {
        if (bent) run(width, std::true_type{});
        else run(width, std::false_type{});
    });
    return x_adjoint;
}
/// Adjoints of x, γ, α, β.
template <class T, KernelDevice D> instance_norm_plus_adjoints<tensor<T, D>> instance_norm_plus_backward(
    const tensor<T, D>& y_adjoint, const tensor<T, D>& x, const tensor<T, D>&, const tensor<T, D>& gamma, const tensor<T, D>& alpha,
    const tensor<T, D>& beta, bool bent, const instance_norm_plus_saved<tensor<T, D>>& saved) {
    using S = computing_type<T>;
    const shape& xs = x.shape();
    check_instance_norm_plus(xs, gamma, alpha, beta);
    const std::size_t channels = xs.back();
    if (x.size() == 0) return {tensor<T, D>(xs), tensor<T, D>(gamma.shape()), tensor<T, D>(alpha.shape()), tensor<T, D>(beta.shape())};
    const auto row = [&] { return tensor<S, D>::uninitialized({xs[0], channels}); };
    tensor<S, D> gammas = row(), alphas = row(), betas = row();
    auto x_adjoint = norm_backward(y_adjoint, x, norm_parameters<T>{{gamma, channels}, {alpha, channels}, {beta, channels}}, bent, saved,
                                   norm_adjoint_places<S>{gammas.write(), alphas.write(), betas.write(), channels});
    return {std::move(x_adjoint), gathered_over_samples<T>(gammas, gamma.shape()), gathered_over_samples<T>(alphas, alpha.shape()),
            gathered_over_samples<T>(betas, beta.shape())};
}
/// Adjoints of x and of rows [γ | α | β], [N,3C] or [1,3C].
template <class A> struct norm_of_rows_adjoints { A x, rows; };
template <class T, KernelDevice D> norm_of_rows_adjoints<tensor<T, D>> instance_norm_plus_backward(
    const tensor<T, D>& y_adjoint, const tensor<T, D>& x, const tensor<T, D>& rows, bool bent, const instance_norm_plus_saved<tensor<T, D>>& saved) {
    using S = computing_type<T>;
    const shape& xs = x.shape();
    const norm_parameters<T> parameters = norm_thirds(rows, xs);
    const std::size_t channels = xs.back();
    if (x.size() == 0) return {tensor<T, D>(xs), tensor<T, D>(rows.shape())};
    auto shares = tensor<S, D>::uninitialized({xs[0], 3 * channels});
    S* const to = shares.write();
    auto x_adjoint = norm_backward(y_adjoint, x, parameters, bent, saved, norm_adjoint_places<S>{to, to + channels, to + 2 * channels, 3 * channels});
    return {std::move(x_adjoint), gathered_over_samples<T>(shares, rows.shape())};
}

}  // namespace ncsn
