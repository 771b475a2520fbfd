// SPDX-License-Identifier: Apache-2.0
/// \file  InstanceNorm++ with its activation, value and adjoints, on a device that runs grids.
///
/// Three kernels each way. The first visits x (and ȳ) once and leaves sums over chunks of positions; a thread owns a pack of neighbouring channels,
/// so that memory is read at full width and nothing is shared. The second, a group a sample, puts the chunks together and works across channels;
/// it sees no image. The third visits x (and ȳ) again and writes. Sums of a chunk are float around the chunk's first element, so that a mean far
/// from 0 costs no digits; chunks are put together in double. How a sample is divided depends on the sample alone: its bits do not depend on the
/// batch. The slope of ELU is computed again from x, which is cheaper than reading y.
#pragma once

#include <ncsn/arithmetic/elementary.hpp>
#include <ncsn/arrays/grid/channel_sums.hpp>
#include <ncsn/arrays/grid/elementwise.hpp>
#include <ncsn/arrays/instance_norm_plus.hpp>

#include <cmath>

namespace ncsn {

inline constexpr std::uint32_t norm_chunk = 32;                                     ///< positions whose sums one thread takes
inline constexpr std::uint32_t norm_strip = 8;                                      ///< positions that one thread writes: coefficients are read once
inline constexpr std::uint32_t norm_ahead = 4;                                      ///< of these, how many are read before the first is written

/// Samples of positions and channels, cut into parts of `part` positions: packs of channels fastest, then parts, then samples.
class norm_walk {
public:
    norm_walk(const shape& s, std::size_t part, std::size_t pack_width)
        : channels{static_cast<std::uint32_t>(s.back())}, positions{static_cast<std::uint32_t>(s.row_size() / std::max<std::size_t>(1, s.back()))},
          parts{static_cast<std::uint32_t>((positions + part - 1) / part)}, packs_{std::max<std::size_t>(1, s.back() / pack_width)},
          parts_{std::max<std::size_t>(1, parts)}, part_{static_cast<std::uint32_t>(part)}, pack_width_{static_cast<std::uint32_t>(pack_width)},
          size_{s.size() == 0 ? 0 : s[0] * parts * packs_.divisor()} {}
    std::size_t size() const { return size_; }

    struct place {
        std::size_t sample;
        std::uint32_t part, first, last, channel;                                   ///< positions [first, last)
    };
    template <class Index> NCSN_HD place operator()(Index index) const {
        const Index row = packs_.quotient(index), sample = parts_.quotient(row);
        const auto part = static_cast<std::uint32_t>(row - sample * static_cast<Index>(parts_.divisor()));
        const std::uint32_t first = part * part_, last = first + part_;
        return {sample, part, first, last < positions ? last : positions,
                static_cast<std::uint32_t>(index - row * static_cast<Index>(packs_.divisor())) * pack_width_};
    }
    std::uint32_t channels, positions, parts;

private:
    quick_divisor packs_, parts_;
    std::uint32_t part_, pack_width_;
    std::size_t size_;
};

/// A parameter [N,C], or [1,C] or [C] for all samples.
template <class T> struct norm_parameter {
    const T* data;
    std::size_t step;                                                               ///< from sample to sample
    template <Device D> norm_parameter(const tensor<T, D>& t, std::size_t channels) : data{t.data()}, step{t.size() == channels ? 0 : channels} {}
    /// The k-th third of rows [N,3C] or [1,3C].
    template <Device D> static norm_parameter third(const tensor<T, D>& rows, std::size_t channels, std::size_t k) {
        norm_parameter parameter{rows, channels};
        parameter.data += k * channels;
        parameter.step = rows.shape()[0] == 1 ? 0 : 3 * channels;
        return parameter;
    }
    NCSN_HD const T* row(std::size_t sample) const { return data + sample * step; }
};

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
        S sum[W] = {}, square[W] = {};
        for (std::uint32_t p = first + 1; p < last; ++p) {
            from += walk.channels;
            const auto v = channel_pack<T, W>::load(from);
            for (std::size_t k = 0; k < W; ++k) {
                const S d = v.value[k] - shift.value[k];
                sum[k] += d;
                square[k] = multiply_add(d, d, square[k]);
            }
        }
        const S share = 1 / static_cast<S>(last - first);
        channel_pack<S, W> mean, spread;
        for (std::size_t k = 0; k < W; ++k) {
            mean.value[k] = multiply_add(sum[k], share, shift.value[k]);
            const S rest = multiply_add(-sum[k] * share, sum[k], square[k]);
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

/// The three parameters of a norm.
template <class T> struct norm_parameters { norm_parameter<T> gamma, alpha, beta; };
template <class T, GridDevice D> norm_parameters<T> norm_thirds(const tensor<T, D>& rows, const shape& x) {
    const std::size_t channels = x.back();
    require(x.rank() >= 3 && (rows.shape() == shape{1, 3 * channels} || rows.shape() == shape{x[0], 3 * channels}), "instance norm++: x is ", x,
            " but the rows of parameters are ", rows.shape(), "; [N,...,C] and [N,3C] or [1,3C] were expected");
    using parameter = norm_parameter<T>;
    return {parameter::third(rows, channels, 0), parameter::third(rows, channels, 1), parameter::third(rows, channels, 2)};
}

/// y of x [N,...,C]; fills saved. elu: y = ELU(z), else y = z.
template <class T, GridDevice D> tensor<T, D> norm_forward(const tensor<T, D>& x, const norm_parameters<T>& parameters, bool elu,
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
        if (elu) D::launch(strips.size(), norm_application<T, width(), true>{from, to, mean, slopes, offsets, strips});
        else D::launch(strips.size(), norm_application<T, width(), false>{from, to, mean, slopes, offsets, strips});
    });
    return y;
}
template <class T, GridDevice D>
tensor<T, D> instance_norm_plus_forward(const tensor<T, D>& x, const tensor<T, D>& gamma, const tensor<T, D>& alpha, const tensor<T, D>& beta,
                                        bool elu, instance_norm_plus_saved<tensor<T, D>>& saved, double epsilon = 1e-5) {
    check_instance_norm_plus(x.shape(), gamma, alpha, beta);
    const std::size_t channels = x.shape().back();
    return norm_forward(x, norm_parameters<T>{{gamma, channels}, {alpha, channels}, {beta, channels}}, elu, saved, epsilon);
}
/// The same with rows [γ | α | β] of parameters, [N,3C] or [1,3C], which are read where they lie.
template <class T, GridDevice D> tensor<T, D> instance_norm_plus_forward(const tensor<T, D>& x, const tensor<T, D>& rows, bool elu,
                                                                         instance_norm_plus_saved<tensor<T, D>>& saved, double epsilon = 1e-5) {
    return norm_forward(x, norm_thirds(rows, x.shape()), elu, saved, epsilon);
}

/// z̄ = ȳ f'(z) of one element, z = slope (x - μ) + offset.
template <bool Elu, class S> NCSN_HD inline S norm_linear_adjoint(S y_adjoint, S centred, S slope, S offset) {
    if constexpr (!Elu) return y_adjoint;
    else {
        const S z = multiply_add(slope, centred, offset);
        return y_adjoint * falling_exponential(z > 0 ? S(0) : z);                   // e⁰ is 1 to the last bit
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
        std::size_t place = (n * walk.positions + first) * walk.channels + c;
        static constexpr std::uint32_t ahead = norm_ahead / 2;                      // two images are read
        for (std::uint32_t p = first; p < last; p += ahead, place += ahead * walk.channels) {
            channel_pack<T, W> v[ahead], adjoint[ahead];
            for (std::uint32_t j = 0; j < ahead; ++j)
                if (p + j < last) {
                    v[j] = channel_pack<T, W>::load(x + place + j * walk.channels);
                    adjoint[j] = channel_pack<T, W>::load(y_adjoint + place + j * walk.channels);
                }
            for (std::uint32_t j = 0; j < ahead && p + j < last; ++j)
                for (std::size_t k = 0; k < W; ++k) {
                    const S centred = v[j].value[k] - mu.value[k];
                    const S z = norm_linear_adjoint<Elu>(adjoint[j].value[k], centred, along.value[k], add.value[k]);
                    one.value[k] += z;
                    two.value[k] = multiply_add(z, centred, two.value[k]);
                }
        }
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
    quick_divisor channels;

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
        std::size_t place = (n * walk.positions + first) * walk.channels + c;
        static constexpr std::uint32_t ahead = norm_ahead / 2;                      // two images are read
        for (std::uint32_t p = first; p < last; p += ahead, place += ahead * walk.channels) {
            channel_pack<T, W> v[ahead], adjoint[ahead];
            for (std::uint32_t j = 0; j < ahead; ++j)
                if (p + j < last) {
                    v[j] = channel_pack<T, W>::load(x + place + j * walk.channels);
                    adjoint[j] = channel_pack<T, W>::load(y_adjoint + place + j * walk.channels);
                }
            for (std::uint32_t j = 0; j < ahead; ++j) {
                if (p + j >= last) return;
                for (std::size_t k = 0; k < W; ++k) {
                    const S centred = v[j].value[k] - mu.value[k];
                    const S z = norm_linear_adjoint<Elu>(adjoint[j].value[k], centred, along.value[k], add.value[k]);
                    v[j].value[k] = multiply_add(along.value[k], z, multiply_add(back.value[k], centred, rest.value[k]));
                }
                v[j].store(x_adjoint + place + j * walk.channels);
            }
        }
    }
};

/// Rows [N,C] in working precision as the adjoint of a parameter of shape s: rounded, or first summed over the samples that shared it.
template <class T, GridDevice D, class S> tensor<T, D> gathered_over_samples(const tensor<S, D>& rows, const shape& s) {
    return converted<T>(s.size() == rows.size() ? rows.reshaped(s) : sum_of_rows(rows, s));
}

/// Where the adjoints of the parameters go, [N,C] each or thirds of rows.
template <class S> struct norm_adjoint_places {
    S *gamma, *alpha, *beta;
    std::size_t step;
};
/// The adjoint of x; those of the parameters are left, sample by sample, in `places`. The formulas are those of cpu/normalization.hpp.
template <class T, GridDevice D>
tensor<T, D> norm_backward(const tensor<T, D>& y_adjoint, const tensor<T, D>& x, const norm_parameters<T>& parameters, bool elu,
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
    D::launch(samples * channels, norm_line<T>{g, a, b, inverse, relative, slopes, offsets, quick_divisor{channels}});
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
        if (elu) run(width, std::true_type{});
        else run(width, std::false_type{});
    });
    return x_adjoint;
}
/// Adjoints of x, γ, α, β.
template <class T, GridDevice D> instance_norm_plus_adjoints<tensor<T, D>> instance_norm_plus_backward(
    const tensor<T, D>& y_adjoint, const tensor<T, D>& x, const tensor<T, D>&, const tensor<T, D>& gamma, const tensor<T, D>& alpha,
    const tensor<T, D>& beta, bool elu, const instance_norm_plus_saved<tensor<T, D>>& saved) {
    using S = computing_type<T>;
    const shape& xs = x.shape();
    check_instance_norm_plus(xs, gamma, alpha, beta);
    const std::size_t channels = xs.back();
    if (x.size() == 0) return {tensor<T, D>(xs), tensor<T, D>(gamma.shape()), tensor<T, D>(alpha.shape()), tensor<T, D>(beta.shape())};
    const auto row = [&] { return tensor<S, D>::uninitialized({xs[0], channels}); };
    tensor<S, D> gammas = row(), alphas = row(), betas = row();
    auto x_adjoint = norm_backward(y_adjoint, x, norm_parameters<T>{{gamma, channels}, {alpha, channels}, {beta, channels}}, elu, saved,
                                   norm_adjoint_places<S>{gammas.write(), alphas.write(), betas.write(), channels});
    return {std::move(x_adjoint), gathered_over_samples<T>(gammas, gamma.shape()), gathered_over_samples<T>(alphas, alpha.shape()),
            gathered_over_samples<T>(betas, beta.shape())};
}
/// Adjoints of x and of rows [γ | α | β], [N,3C] or [1,3C].
template <class A> struct norm_of_rows_adjoints { A x, rows; };
template <class T, GridDevice D> norm_of_rows_adjoints<tensor<T, D>> instance_norm_plus_backward(
    const tensor<T, D>& y_adjoint, const tensor<T, D>& x, const tensor<T, D>& rows, bool elu, const instance_norm_plus_saved<tensor<T, D>>& saved) {
    using S = computing_type<T>;
    const shape& xs = x.shape();
    const norm_parameters<T> parameters = norm_thirds(rows, xs);
    const std::size_t channels = xs.back();
    if (x.size() == 0) return {tensor<T, D>(xs), tensor<T, D>(rows.shape())};
    auto shares = tensor<S, D>::uninitialized({xs[0], 3 * channels});
    S* const to = shares.write();
    auto x_adjoint = norm_backward(y_adjoint, x, parameters, elu, saved, norm_adjoint_places<S>{to, to + channels, to + 2 * channels, 3 * channels});
    return {std::move(x_adjoint), gathered_over_samples<T>(shares, rows.shape())};
}

}  // namespace ncsn
