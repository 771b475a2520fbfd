// SPDX-License-Identifier: Apache-2.0
/// \file  Normalisation of images over positions, channels and groups. Compositions, with fused forms of those that networks live on.
#pragma once

#include <ncsn/autodiff/image_operations.hpp>

namespace ncsn {

/// Mean 0 and variance 1 over one axis set: (x - μ) / √(var + ε), μ and var of shape s, var divided by the number of elements less `ddof` (delta
/// degrees of freedom).
template <Differentiable X> X standardized(const X& x, const shape& s, double epsilon, double ddof = 0) {
    const double n = static_cast<double>(shape_of(x).size()) / static_cast<double>(s.size());
    const X centred = x - summed_to(x, s) / n;
    return centred * inverse_sqrt(summed_to(centred * centred, s) / (n - ddof) + epsilon);
}

/// Instance normalisation: each channel of each sample to mean 0 and (biased) variance 1.   x: [N, H, W, C].
template <Differentiable X> X instance_norm(const X& x, double epsilon = 1e-5) {
    const shape& s = shape_of(x);
    const std::size_t positions = s.size() / (s[0] * s.back());
    return reshaped(standardized(reshaped(x, {s[0], positions, s.back()}), {s[0], 1, s.back()}, epsilon), s);
}

/// Group normalisation as a composition of public operations: what duals use, and what the fused form is tested against.
template <Differentiable X, Differentiable W>
auto group_norm_composed(const X& x, const W& gamma, const W& beta, std::size_t groups, double epsilon) {
    const shape& s = shape_of(x);
    require(s.rank() >= 2 && groups > 0 && s.back() % groups == 0, "group_norm: x is ", s, ", whose ", s.rank() > 0 ? s.back() : 0,
            " channels do not divide into ", groups, " groups");
    const std::size_t positions = s.size() / (s[0] * s.back());
    const X standard = standardized(reshaped(x, {s[0], positions, groups, s.back() / groups}), {s[0], 1, groups, 1}, epsilon);
    return reshaped(standard, s) * gamma + beta;
}

/// The scalar function and its slope of an activation that is one; of `identity`, y = x.
struct unbent {
    template <class T> NCSN_HD T value(T x) const { return x; }
    template <class T> NCSN_HD T slope(T) const { return T(1); }
};
inline unbent scalar_of(const identity&) { return {}; }
template <class Op> Op scalar_of(const elementwise_function<Op>&) { return {}; }

/// Group normalisation: `groups` groups of neighbouring channels, each with its positions, to mean 0 and (biased) variance 1; then f(γ x + β), f an
/// activation.   x: [N, ..., C]; γ, β: [C].   For arrays and vars of a device that can it is one kernel each way.
template <Differentiable X, Differentiable W, class Activation = identity>
auto group_norm(const X& x, const W& gamma, const W& beta, std::size_t groups, double epsilon, const Activation& activation = {}) {
    static constexpr bool fused = !is_dual<X> && !is_dual<W> &&
                                  requires(const array_under_t<X>& a, group_norm_saved<typename array_under_t<X>::value_type>& saved) {
                                      group_norm_forward(a, a, a, groups, epsilon, scalar_of(activation), saved);
                                  };
    if constexpr (fused) {
        using A = array_under_t<X>;
        const auto bend = scalar_of(activation);
        group_norm_saved<typename A::value_type> saved;
        A y = group_norm_forward(plain(x), plain(gamma), plain(beta), groups, epsilon, bend, saved);
        if constexpr (is_var<X> || is_var<W>)
            return recorded(
                std::move(y), tape_of(x, gamma, beta),
                [bend, groups, to_x = node_of(x), to_gamma = node_of(gamma), to_beta = node_of(beta), x = plain(x), gamma = plain(gamma),
                 beta = plain(beta), saved = std::move(saved)](const A& adjoint) {
                    auto cotangent = group_norm_backward(adjoint, x, gamma, beta, groups, bend, saved);
                    if (to_x) to_x.accumulate(std::move(cotangent.x));
                    if (to_gamma) to_gamma.accumulate(std::move(cotangent.gamma));
                    if (to_beta) to_beta.accumulate(std::move(cotangent.beta));
                });
        else return y;
    } else return activation(group_norm_composed(x, gamma, beta, groups, epsilon));
}

/// Batch normalisation by the batch itself: each channel over samples and positions to mean 0 and (biased) variance 1; then γ x + β. A sample's
/// result, and its derivatives, depend on the whole batch.   x: [N, H, W, C]; γ, β: [C].
template <Differentiable X, Differentiable W> auto batch_norm(const X& x, const W& gamma, const W& beta, double epsilon) {
    return standardized(x, {1, 1, 1, shape_of(x).back()}, epsilon) * gamma + beta;
}

/// Instance normalisation that keeps what it would lose, the channel means relative to each other (InstanceNorm++):
///     f(γ (h + α r) + β),   h = (x - μ)/√(var + ε),   r = (μ - mean_c μ)/√(var_c μ + ε),
/// with biased var over positions and unbiased var_c over channels, as the NCSN code has it (its paper has α outside γ). f is an activation.
/// x: [N, H, W, C]; γ, α, β: [N, C], [1, C] or [C].   For arrays and vars with f = elu or identity{} it is one fused kernel each way.
template <Differentiable X, Differentiable W, class Activation = identity>
auto instance_norm_plus(const X& x, const W& gamma, const W& alpha, const W& beta, const Activation& activation = {}, double epsilon = 1e-5) {
    static constexpr bool is_elu = std::same_as<Activation, elementwise_function<elu_op>>;
    if constexpr (!is_dual<X> && !is_dual<W> && (is_elu || std::same_as<Activation, identity>)) {
        using A = array_under_t<X>;
        instance_norm_plus_saved<A> saved;
        A y = instance_norm_plus_forward(plain(x), plain(gamma), plain(alpha), plain(beta), is_elu, saved, epsilon);
        if constexpr (is_var<X> || is_var<W>) {
            A kept = is_elu ? y : A{};                                              // the slope of ELU is read off its result
            return recorded(
                std::move(y), tape_of(x, gamma, alpha, beta),
                [to_x = node_of(x), to_gamma = node_of(gamma), to_alpha = node_of(alpha), to_beta = node_of(beta), x = plain(x),
                 y = std::move(kept), gamma = plain(gamma), alpha = plain(alpha), beta = plain(beta), saved = std::move(saved)](const A& adjoint) {
                    auto cotangent = instance_norm_plus_backward(adjoint, x, is_elu ? y : x, gamma, alpha, beta, is_elu, saved);
                    if (to_x) to_x.accumulate(std::move(cotangent.x));
                    if (to_gamma) to_gamma.accumulate(std::move(cotangent.gamma));
                    if (to_alpha) to_alpha.accumulate(std::move(cotangent.alpha));
                    if (to_beta) to_beta.accumulate(std::move(cotangent.beta));
                });
        } else return y;
    } else return activation(instance_norm_plus_composed(x, gamma, alpha, beta, epsilon));
}
/// The same with γ, α and β side by side in a row for each sample, or in one for all: rows [N, 3C] or [1, 3C]. A device that can reads them where
/// they lie; elsewhere columns are taken out first.
template <Differentiable X, Differentiable W, class Activation = identity>
auto instance_norm_plus_of_rows(const X& x, const W& rows, const Activation& activation = {}, double epsilon = 1e-5) {
    using A = array_under_t<X>;
    static constexpr bool is_elu = std::same_as<Activation, elementwise_function<elu_op>>;
    static constexpr bool in_place = requires(const A& a, instance_norm_plus_saved<A>& s) { instance_norm_plus_forward(a, a, is_elu, s, 1e-5); };
    if constexpr (in_place && !is_dual<X> && !is_dual<W> && (is_elu || std::same_as<Activation, identity>)) {
        instance_norm_plus_saved<A> saved;
        A y = instance_norm_plus_forward(plain(x), plain(rows), is_elu, saved, epsilon);
        if constexpr (is_var<X> || is_var<W>)
            return recorded(
                std::move(y), tape_of(x, rows),
                [to_x = node_of(x), to_rows = node_of(rows), x = plain(x), rows = plain(rows), saved = std::move(saved)](const A& adjoint) {
                    auto cotangent = instance_norm_plus_backward(adjoint, x, rows, is_elu, saved);
                    if (to_x) to_x.accumulate(std::move(cotangent.x));
                    if (to_rows) to_rows.accumulate(std::move(cotangent.rows));
                });
        else return y;
    } else {
        const std::size_t channels = shape_of(x).back();
        return instance_norm_plus(x, columns(rows, 0, channels), columns(rows, channels, channels), columns(rows, 2 * channels, channels), activation,
                                  epsilon);
    }
}
/// InstanceNorm++, without an activation, as a composition of public operations: what duals use, and what the fused form is tested against.
template <Differentiable X, Differentiable W>
auto instance_norm_plus_composed(const X& x, const W& gamma, const W& alpha, const W& beta, double epsilon = 1e-5) {
    const shape s = shape_of(x);
    const std::size_t n = s[0], channels = s.back(), positions = s.size() / (n * channels);
    const auto spread = [channels](const W& parameter) { return reshaped(parameter, {shape_of(parameter).size() / channels, 1, channels}); };
    const X image = reshaped(x, {n, positions, channels});
    const X means = summed_to(image, {n, 1, channels}) / static_cast<double>(positions);
    const X h = standardized(image, {n, 1, channels}, epsilon);
    if (channels == 1) return reshaped(spread(gamma) * h + spread(beta), s);         // one channel has no others to compare with
    const X r = standardized(means, {n, 1, 1}, epsilon, 1);
    return reshaped(spread(gamma) * (h + spread(alpha) * r) + spread(beta), s);
}

/// InstanceNorm++ as the NCSN paper prints it and the reproducibility report's program computes it:
///     f(γ h + α r + β),   h = (x - μ)/√(var + ε),   r = (μ - mean_c μ)/√(var_c μ + ε),
/// both variances biased, and α outside γ. x: [N, H, W, C]; γ, α, β: [N, C], [1, C] or [C].   The fused kernels do all but r, which is small.
template <Differentiable X, Differentiable W, class Activation = identity>
auto instance_norm_plus_as_printed(const X& x, const W& gamma, const W& alpha, const W& beta, const Activation& activation = {},
                                   double epsilon = 1e-6) {
    const shape s = shape_of(x);
    require(s.rank() >= 3, "instance norm++: x is ", s, "; [N,...,C] with at least one axis of positions was expected");
    const std::size_t n = s[0], channels = s.back(), positions = s.size() / (n * channels);
    const auto each = [channels](const W& parameter) { return reshaped(parameter, {shape_of(parameter).size() / channels, channels}); };
    const X image = reshaped(x, {n, positions, channels});
    const X means = reshaped(summed_to(image, {n, 1, channels}), {n, channels}) / static_cast<double>(positions);
    const auto offset = each(alpha) * standardized(means, {n, 1}, epsilon) + each(beta);
    if constexpr (is_dual<X> || is_dual<W>) {
        const X h = standardized(image, {n, 1, channels}, epsilon);
        const auto spread = [channels](const auto& rows) { return reshaped(rows, {shape_of(rows)[0], 1, channels}); };
        return activation(reshaped(spread(each(gamma)) * h + spread(offset), s));
    } else {
        using parameter = std::remove_const_t<decltype(offset)>;                     // on the tape as soon as x is, through r
        const array_under_t<X> none{shape{channels}};
        return instance_norm_plus(x, parameter{gamma}, parameter{none}, offset, activation, epsilon);
    }
}

}  // namespace ncsn
